//! The machine and its images: what is found, what is made, and that nothing is made twice.

use cc_ci_docker::Docker;
use cc_ci_testkit::{Checkout, IMAGES};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

async fn json_of(checkout: &Checkout, words: &[&str]) -> Value {
    let ended = checkout.say(words.iter().copied().chain(["--json"])).await;
    let stdout = ended.expect(0).stdout();
    serde_json::from_str(stdout).unwrap_or_else(|error| panic!("{error} in {ended}"))
}

#[tokio::test]
async fn an_able_machine_is_found_able() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let doctor = json_of(&Checkout::of(PROJECT, PROGRAM), &["doctor"]).await;
    assert_eq!(doctor["able"], true);
    assert_eq!(doctor["fixed"], Value::Null);
    let findings = doctor["findings"].as_array().unwrap();
    let ids: Vec<_> = findings.iter().map(|finding| finding["id"].as_str().unwrap()).collect();
    insta::assert_snapshot!("findings", ids.join("\n"));
    for finding in findings {
        assert!(["ok", "warn"].map(Value::from).contains(&finding["status"]), "{finding:#}");
        assert!(!finding["reason"].as_str().unwrap().is_empty(), "{finding:#}");
        assert!(finding["status"] == "ok" || finding["remedy"].is_string(), "{finding:#}");
    }
    node.finish().await;
}

#[tokio::test]
async fn a_second_fix_has_nothing_to_do() {
    // Nobody may use the daemon while it is being mended.
    let node = cc_ci_testkit::node(PROGRAM).alone().hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    json_of(&checkout, &["doctor", "--fix", "--yes"]).await;
    let second = json_of(&checkout, &["doctor", "--fix", "--yes"]).await;
    assert_eq!(second["fixed"], json!({ "done": [], "commands": [] }));
    assert_eq!(second["able"], true);
    node.finish().await;
}

#[tokio::test]
async fn a_machine_is_not_changed_without_a_yes() {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    checkout
        .say(["doctor", "--fix"])
        .await
        .expect_refusal(2, &["there is no terminal to ask", "--yes"]);
}

#[tokio::test]
async fn a_second_build_does_nothing() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    json_of(&checkout, &["images", "build"]).await;
    let second = json_of(&checkout, &["images", "build"]).await;
    let built = second.as_array().unwrap();
    let actions: Vec<_> = built.iter().map(|image| &image["action"]).collect();
    assert_eq!(actions, vec!["up_to_date"; IMAGES.len()], "{second:#}");

    let listed = json_of(&checkout, &["images", "list"]).await;
    let mut names = Vec::new();
    for image in listed.as_array().unwrap() {
        assert_eq!((&image["built"], &image["pushed"]), (&json!(true), &json!(true)), "{image:#}");
        let digest = image["digest"].as_str().unwrap();
        assert!(digest.starts_with("127.0.0.1:") && digest.contains("@sha256:"), "{digest}");
        names.push(format!("cc-ci/{}:{}", image["name"], image["tag"]).replace('"', ""));
    }
    names.sort();
    assert_eq!(names, IMAGES);
    node.finish().await;
}

#[tokio::test]
async fn an_image_that_is_not_here_is_refused() {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    checkout.say(["images", "build", "ngnix"]).await.expect_refusal(2, &["ngnix"]);
}
