//! A whole folder, read.

use std::collections::BTreeMap;
use std::fs;

use cc_ci_model::StackName;

use crate::{Files, Instance};

fn read(files: &[(&str, &str)]) -> Files {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let stack = StackName::new("shop-abc123").unwrap();
    let settings = BTreeMap::new();
    let instance = Instance { stack: &stack, domain: "shop.test", settings: &settings };
    Files::read(folder.path(), &instance)
}

fn problems(files: &Files) -> Vec<String> {
    let first = |text: String| text.lines().next().unwrap_or_default().to_owned();
    files.problems.iter().map(|problem| first(problem.to_string())).collect()
}

#[test]
fn the_chain_is_one_stack_and_every_other_file_an_overlay() {
    let files = read(&[
        (
            ".env.sample",
            "COMPOSE_FILE=compose.yml:compose.db.yml\n#MAIL=m:1\n# COMPOSE_FILE=\"$COMPOSE_FILE:sub/compose.mail.yml\"\n",
        ),
        ("compose.yml", "services: {app: {image: a:1}}\n"),
        ("compose.db.yml", "services: {db: {image: d:1}}\n"),
        ("sub/compose.mail.yml", "services: {mail: {image: \"${MAIL}\"}}\n"),
        (".git/compose.yml", "no"),
    ]);
    assert!(files.problems.is_empty(), "{:?}", files.problems);
    assert_eq!(files.chain().collect::<Vec<_>>(), ["compose.yml", "compose.db.yml"]);
    let services = files.stack.as_ref().unwrap().get("services").unwrap();
    assert_eq!(
        services.get("db").unwrap().get("image").unwrap().place.to_string(),
        "compose.db.yml:1:24"
    );
    let [overlay] = files.overlays.as_slice() else { panic!("{:?}", files.overlays) };
    assert_eq!(overlay.name, "sub/compose.mail.yml");
    assert!(overlay.stack.get("services").unwrap().get("app").is_some());
    assert!(files.listing.contains(".env.sample") && !files.listing.contains(".git/compose.yml"));
}

#[test]
fn one_broken_file_does_not_hide_the_others() {
    let files = read(&[
        (".env.sample", "A=\"1\n"),
        ("compose.yml", "services: {app: {image: a:1}}\n"),
        ("compose.bad.yml", "services: [\n"),
        ("compose.odd.yml", "services: {app: {secrets: [nobody]}}\n"),
        ("compose.half.yml", "services: {late: {}}\n"),
    ]);
    let problems = problems(&files);
    assert_eq!(problems.len(), 3, "{problems:#?}");
    assert!(problems[0].contains("the quote \" is not closed"), "{problems:?}");
    assert!(problems[1].starts_with("compose.bad.yml:"), "{problems:?}");
    assert!(problems[2].contains("secret `nobody` is not declared"), "{problems:?}");
    assert!(files.stack.is_some());
}

#[test]
fn a_broken_chain_is_no_stack() {
    let files = read(&[
        (".env.sample", "COMPOSE_FILE=compose.yml:compose.gone.yml\n"),
        ("compose.yml", "services: {app: {image: a:1}}\n"),
    ]);
    assert!(files.stack.is_none());
    assert!(problems(&files)[0].ends_with("compose.gone.yml does not exist"));
}

#[test]
fn what_an_operator_fills_in_is_filled_in() {
    let files = read(&[
        (".env.sample", "SECRET_KEY_VERSION=v1 # generate=false\nSET=x\n"),
        (
            "compose.yml",
            "services:\n  app: {image: \"a:${TAG:?say}\", hostname: \"${SET:?say}\", secrets: [key]}\n\
             secrets: {key: {external: true, name: \"${STACK_NAME}_key_${SECRET_KEY_VERSION}\"}}\n",
        ),
    ]);
    assert!(files.problems.is_empty(), "{:?}", files.problems);
    assert_eq!(files.env["SET"], "x");
}

#[test]
fn configs_and_the_readme_are_read_with_their_places() {
    let files = read(&[
        ("README.md", "# shop\n"),
        (
            "compose.yml",
            "services: {app: {image: a:1, configs: [c]}}\nconfigs: {c: {file: ./run.sh}}\n",
        ),
        ("run.sh", "one\ntwo\n"),
        ("other.sh", "three\n"),
    ]);
    assert_eq!(files.text("./run.sh"), Some("one\ntwo\n"));
    assert_eq!(files.bytes("README.md"), Some(&b"# shop\n"[..]));
    assert_eq!(files.text("other.sh"), None);
    assert_eq!(files.place("run.sh", 2, 1).unwrap().excerpt(), "  2 | two\n    | ^");
}

#[test]
fn every_file_that_cannot_be_sent_is_named_at_its_place() {
    let files = read(&[
        (
            "compose.yml",
            "services: {app: {image: a:1}}\nconfigs:\n  c: {file: gone.sh}\n  d: {file: ../up.sh}\n",
        ),
        ("compose.more.yml", "services: {app: {image: a:1}}\nsecrets: {s: {file: empty}}\n"),
        ("empty", ""),
    ]);
    insta::assert_snapshot!(problems(&files).join("\n"), @r#"
    compose.yml:4:13: configs.d.file: file "../up.sh" leaves the recipe's folder
    compose.yml:3:13: configs.c.file: file "gone.sh" does not exist
    compose.more.yml:2:21: secrets.s.file: file "empty" is empty; Swarm refuses empty secrets and configs
    "#);
}
