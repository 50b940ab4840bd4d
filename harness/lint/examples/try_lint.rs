use cc_ci_lint::*;
use cc_ci_model::StackName;
use cc_ci_recipe::*;
use std::collections::BTreeMap;
fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let stack = StackName::new("test-abc123").unwrap();
    let settings = BTreeMap::new();
    let inst = Instance { stack: &stack, domain: "app.example.test", settings: &settings };
    if args[0] == "bench" {
        let n: usize = args[1].parse().unwrap();
        let t = std::time::Instant::now();
        let mut k = 0;
        let mut f = 0;
        for _ in 0..n {
            for p in &args[2..] {
                let files = Files::read(p.as_ref(), &inst);
                f += lint(&Subject {
                    recipe: "x",
                    version: None,
                    files: &files,
                    older: None,
                    tags: None,
                })
                .findings
                .len();
                k += 1;
            }
        }
        println!(
            "{k} recipes {f} findings {:?} {:.0}/s",
            t.elapsed(),
            k as f64 / t.elapsed().as_secs_f64()
        );
        for p in &args[2..] {
            let t = std::time::Instant::now();
            for _ in 0..50 {
                let files = Files::read(p.as_ref(), &inst);
                std::hint::black_box(&files);
            }
            let a = t.elapsed() / 50;
            let files = Files::read(p.as_ref(), &inst);
            let t = std::time::Instant::now();
            for _ in 0..50 {
                std::hint::black_box(lint(&Subject {
                    recipe: "x",
                    version: None,
                    files: &files,
                    older: None,
                    tags: None,
                }));
            }
            println!("{p}: read {a:?} lint {:?}", t.elapsed() / 50);
        }
        return;
    }
    let files = Files::read(args[0].as_ref(), &inst);
    let old = args.get(1).map(|p| Files::read(p.as_ref(), &inst));
    let r = lint(&Subject {
        recipe: &args[0],
        version: None,
        files: &files,
        older: old.as_ref().map(|o| ("old", o)),
        tags: None,
    });
    println!("{}", text(&r));
}
