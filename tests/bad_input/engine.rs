//! No engine answers.

use cc_ci_model::{Event, Record};
use cc_ci_testkit::Checkout;
use rstest::rstest;
use serde_json::Value;

use crate::{NO_ENGINE, PROGRAM, PROJECT};

#[rstest]
#[case::run(&["run", "custom-html"])]
#[case::nightly(&["nightly"])]
#[case::rerun(&["rerun", "custom-html"])]
#[case::build(&["images", "build"])]
#[case::list(&["images", "list"])]
#[case::reap(&["reap"])]
#[tokio::test]
async fn a_command_that_needs_an_engine_says_so(#[case] words: &[&str]) {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("run");
    let writes = matches!(words[0], "run" | "nightly" | "rerun");
    let words = words.iter().copied();
    let words = if writes { folder.words(words) } else { words.collect() };
    let ended = checkout.say_with(NO_ENGINE, words).await;
    ended.expect_refusal(20, &["no engine answers", "/nonexistent/engine.sock", "cc-ci doctor"]);
    if !writes {
        return;
    }
    // The run that could not begin is written down, as one case that is no recipe's.
    let classification = folder.json("classification.json");
    let cases = classification["cases"].as_array().unwrap();
    let words = ["class", "owner", "cause"].map(|word| cases[0][word].as_str().unwrap());
    assert_eq!((cases.len(), words), (1, ["harness", "harness", "engine"]));
    assert!(folder.read("junit.xml").contains("harness.engine"));
    let begun = |record: &Record| matches!(record.event, Event::UnitStarted { .. });
    assert!(!folder.records().iter().any(begun), "no unit began");
    let program = |record: &Record| matches!(&record.event, Event::ProgramKnown { sha256: Some(hash), .. } if hash.len() == 64);
    assert_eq!(folder.records().iter().filter(|record| program(record)).count(), 1);
}

#[tokio::test]
async fn the_error_is_data_for_a_program() {
    let ended = Checkout::of(PROJECT, PROGRAM).say_with(NO_ENGINE, ["reap", "--json"]).await;
    let error: Value = serde_json::from_str(ended.expect(20).stdout()).unwrap();
    assert_eq!(error["exit_code"], 20);
    assert!(error["error"].as_str().unwrap().contains("no engine answers"));
    assert!(!error["hints"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn the_doctor_finds_it_and_looks_at_the_rest() {
    let ended = Checkout::of(PROJECT, PROGRAM).say_with(NO_ENGINE, ["doctor", "--json"]).await;
    let doctor: Value = serde_json::from_str(ended.expect(20).stdout()).unwrap();
    assert_eq!(doctor["able"], false);
    let findings = doctor["findings"].as_array().unwrap();
    let engine = findings.iter().find(|finding| finding["id"] == "engine").unwrap();
    assert_eq!(engine["status"], "bad");
    assert!(engine["reason"].as_str().unwrap().contains("/nonexistent/engine.sock"), "{engine}");
    assert!(engine["remedy"].is_string(), "{engine}");
    assert!(findings.iter().any(|finding| finding["id"] == "disk" && finding["status"] != "bad"));
}
