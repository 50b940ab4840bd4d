//! Words that are refused before any engine is asked: there is none.

use cc_ci_testkit::Checkout;
use rstest::rstest;

use crate::{NO_ENGINE, PROGRAM, PROJECT};

#[rstest]
#[case::recipe(&["run", "mumbel"], &["no recipe \"mumbel\"", "did you mean mumble?"])]
#[case::rerun(&["rerun", "mumbel"], &["no recipe \"mumbel\"", "did you mean mumble?"])]
#[case::path(&["run", "./nowhere"], &["./nowhere holds no recipe", "does not exist"])]
#[case::version(&["run", "mumble@9"], &["mumble has no version \"9\"", "0.2.0+1.5.735"])]
#[case::from(&["run", "mumble", "--from", "8"], &["mumble has no version \"8\""])]
#[case::no_upgrade(&["run", "mumble", "--from", "0.2.0+1.5.735"], &["no upgrade from itself", "--from"])]
#[case::from_of_two(&["run", "mumble", "custom-html", "--from", "0.1.0"], &["--from names a version of one recipe"])]
#[case::twice(&["run", "mumble", "mumble"], &["mumble@0.2.0+1.5.735 is given twice", "-n 2"])]
#[case::tier(&["run", "mumble", "--tiers", "deploy,bakcup"], &["bakcup", "'backup'"])]
#[case::phase(&["nightly", "--phase", "../x"], &["\"../x\"", "--phase"])]
#[tokio::test]
async fn words_are_refused(#[case] words: &[&str], #[case] parts: &[&str]) {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("run");
    let words = folder.words(words.iter().copied());
    checkout.say_with(NO_ENGINE, words).await.expect_refusal(2, parts);
    assert!(!folder.out().exists(), "nothing was asked of it");
}

/// Nobody listens there, and a fetch that failed is no fault of the recipe.
#[tokio::test]
async fn a_repository_that_cannot_be_fetched_is_told() {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("run");
    let url = "https://127.0.0.1:1/shop.git";
    let ended = checkout.say_with(NO_ENGINE, folder.words(["run", url])).await;
    ended.expect_refusal(11, &[url, "could not be fetched"]);
    let case = &folder.json("classification.json")["cases"][0];
    assert_ne!(case["owner"], "recipe", "{case}");
}

#[rstest]
#[case::run(&["report", "nowhere"], &["nowhere holds no run"])]
#[case::latest(&["rerun", "latest"], &["latest holds no run"])]
#[case::root(&["--root", "nowhere", "list"], &["nowhere has no recipes/ and suites/"])]
#[tokio::test]
async fn folders_are_refused(#[case] words: &[&str], #[case] parts: &[&str]) {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    checkout.say_with(NO_ENGINE, words.iter().copied()).await.expect_refusal(2, parts);
}

#[rstest]
#[case::below_a_device("/dev/null/x")]
#[case::a_file("suites/generic.toml")]
#[tokio::test]
async fn an_out_folder_that_cannot_be_written_is_refused(#[case] out: &str) {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let words = ["run", "custom-html", "--out", out];
    checkout.say_with(NO_ENGINE, words).await.expect_refusal(2, &["write to", out, "--out"]);
    // The record is where runs usually are.
    let runs = std::fs::read_dir(checkout.root().join(".cc-ci/runs")).unwrap();
    let runs: Vec<_> = runs.map(|entry| entry.unwrap().path()).collect();
    let [run] = runs.as_slice() else { panic!("{runs:?}") };
    let text = std::fs::read_to_string(run.join("classification.json")).unwrap();
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["cases"][0]["owner"], "harness", "{value}");
    assert!(run.join("junit.xml").is_file() && run.join("events.jsonl").is_file());
}

#[tokio::test]
async fn an_out_folder_that_holds_a_run_is_refused_and_kept() {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("run");
    let journal = folder.out().join("events.jsonl");
    std::fs::create_dir_all(folder.out()).unwrap();
    std::fs::write(&journal, "the truth\n").unwrap();
    let words = folder.words(["run", "custom-html"]);
    checkout.say_with(NO_ENGINE, words).await.expect_refusal(2, &["holds a run already", "--out"]);
    assert_eq!(std::fs::read_to_string(&journal).unwrap(), "the truth\n");
}

#[tokio::test]
async fn a_catalogue_without_recipes_is_no_green_night() {
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    let words = checkout.run_folder("run");
    let ended = checkout.say_with(NO_ENGINE, words.words(["nightly"])).await;
    ended.expect_refusal(2, &["no recipe under recipes/"]);
}
