use std::time::Instant;
#[tokio::main]
async fn main() {
    let gateway = std::env::var("GW").ok().map(|g| g.parse().unwrap());
    let edge = std::env::var("EDGE").ok().map(|e| { let mut p = e.split(','); cc_ci_probe::Edge { https: p.next().unwrap().parse().unwrap(), http: p.next().unwrap().parse().unwrap(), ca_pem: std::fs::read_to_string(p.next().unwrap()).unwrap() } });
    let access = cc_ci_probe::Access { gateway, edge };
    for arg in std::env::args().skip(1) {
        let spec: cc_ci_model::ProbeSpec = serde_json::from_str(&arg).unwrap();
        let probe = match cc_ci_probe::build(&spec) { Ok(p) => p, Err(e) => { println!("SPEC {e} {:?}", e.hint()); continue } };
        let t = Instant::now();
        let r = tokio::time::timeout(std::time::Duration::from_secs(5), probe.run(&access)).await;
        println!("{} => {} [{:?}]", probe.describe(), match r { Ok(Ok(())) => "OK".into(), Ok(Err(e)) => format!("{e:?}"), Err(_) => "TIMEOUT".to_string() }, t.elapsed());
    }
}
