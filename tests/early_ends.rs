//! What ends a run early and is nobody's recipe: a case with an owner is on record all the same.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use cc_ci_docker::Docker;
use cc_ci_engine::Containers as _;
use cc_ci_model::{Event, Record, RunId, Tier};
use cc_ci_testkit::{Checkout, Ended, TempState};
use quick_junit::{Report, TestCase, TestCaseStatus};
use rstest::rstest;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// Starts the program where a small disk is mounted at `AT`, in a namespace of its own: nothing has to be
/// unmounted, and a user needs no more than a kernel that lets users make namespaces.
const ON_A_SMALL_DISK: &str = r#"#!/bin/sh
exec unshare --mount OPTIONS sh -c '
mount -t tmpfs -o size=SIZE none "AT" || { echo "the small disk cannot be mounted" >&2; exit 99; }
FILL
exec "PROGRAM" "$@"' sh "$@"
"#;
/// Fills the disk once a unit has begun.
const FILL: &str = r#"(
    until grep -qs unit_started "AT/out/events.jsonl"; do sleep 0.02; done
    cat /dev/zero >"AT/filler" 2>/dev/null
) &"#;

/// A program that runs `cc-ci` with a disk of `size` at `at`.
fn on_a_small_disk(state: &TempState, at: &Path, size: &str, fill: &str) -> PathBuf {
    let options = if rustix::process::geteuid().is_root() { "" } else { "--map-root-user" };
    let script = ON_A_SMALL_DISK
        .replace("OPTIONS", options)
        .replace("FILL", fill)
        .replace("SIZE", size)
        .replace("PROGRAM", PROGRAM)
        .replace("AT", &at.display().to_string());
    let path = state.join("cc-ci-on-a-small-disk");
    fs::create_dir_all(at).unwrap();
    fs::write(&path, script).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path
}

#[rstest]
#[case::full_from_the_start("16k", "", false)]
#[case::full_in_the_middle("1m", FILL, true)]
#[tokio::test]
async fn a_full_disk_is_a_case_of_the_machine(
    #[case] size: &str,
    #[case] fill: &str,
    #[case] begins: bool,
) {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let state = TempState::new();
    let small = state.join("small");
    let checkout = Checkout::of(PROJECT, on_a_small_disk(&state, &small, size, fill));
    let (out, docs) = (small.join("out").display().to_string(), state.join("docs"));
    let docs = docs.display().to_string();
    let words = ["run", "custom-html", "--tiers", "deploy,custom", "--out", &out, "--docs", &docs];
    let ended = checkout.say(words).await;
    ended.expect_refusal(11, &["No space left on device", "written down in"]);

    let place = written_down(&ended);
    assert!(!place.starts_with(&small), "{}", place.display());
    let records = records(&place);
    let begun = records.iter().any(|record| matches!(record.event, Event::UnitStarted { .. }));
    assert_eq!(begun, begins);
    let case = only_case(&place);
    assert_eq!([&case["class"], &case["owner"]], ["harness", "harness"], "{case:#}");
    assert!(case.to_string().contains("disk space"), "{case:#}");
    let owners = owners_of_red(&place);
    assert!(!owners.is_empty() && owners.iter().all(|owner| owner == "harness"), "{owners:?}");
    node.left_of(&run_of(&records)).await.assert_none();
    node.finish().await;
}

#[tokio::test]
async fn a_toolbox_that_is_killed_in_a_tier_is_the_harnesss_case() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("run");
    let mut running =
        checkout.start(folder.words(["run", "custom-html", "--tiers", "deploy,backup"]));
    let in_backup =
        |record: &Record| matches!(&record.event, Event::CheckFinished { tier: Tier::Backup, .. });
    running.until(&folder, in_backup).await;
    let stack = folder.records().into_iter().find_map(|record| match record.event {
        Event::RunStarted { units, .. } => Some(units[0].stack.clone()),
        _ => None,
    });
    let toolbox = format!("{}_cc-ci-toolbox", stack.unwrap());
    node.engine().kill(&toolbox, "KILL").await.unwrap();
    let ended = running.end().await;

    let case = only_case(folder.out());
    assert_eq!([&case["owner"], &case["cause"]], ["harness", "engine"], "{case:#}");
    assert!(case.to_string().contains("was stopped from outside"), "{case:#}");
    // The rerun alone has a toolbox that lives, so nothing is unproven.
    assert_eq!([&case["class"], &case["repeat"]], ["flake", "once"], "{case:#}");
    ended.expect(0);
    let (name, case) = (case["check"].as_str().unwrap(), junit(folder.out()));
    let case = case.iter().find(|row| row.name.as_str() == name).unwrap();
    assert_eq!(property(case, "owner").as_deref(), Some("harness"), "{case:?}");
    let flaky = |status: &TestCaseStatus| match status {
        TestCaseStatus::Success { flaky_runs } => flaky_runs.len(),
        _ => 0,
    };
    assert_eq!(flaky(&case.status), 1, "{case:?}");
    node.left_of(&folder.run()).await.assert_none();
    node.finish().await;
}

/// The folder that the last hint names.
fn written_down(ended: &Ended) -> PathBuf {
    let hint = ended.stderr().lines().find_map(|line| line.split_once("written down in "));
    let (_, place) = hint.unwrap_or_else(|| panic!("no place in {ended}"));
    PathBuf::from(place.trim())
}

fn records(folder: &Path) -> Vec<Record> {
    let text = fs::read_to_string(folder.join("events.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn run_of(records: &[Record]) -> RunId {
    match &records[0].event {
        Event::RunStarted { run, .. } => run.clone(),
        other => panic!("{other:?}"),
    }
}

fn only_case(folder: &Path) -> Value {
    let text = fs::read_to_string(folder.join("classification.json")).unwrap();
    let classification: Value = serde_json::from_str(&text).unwrap();
    let cases = classification["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 1, "{classification:#}");
    cases[0].clone()
}

fn junit(folder: &Path) -> Vec<TestCase> {
    let text = fs::read_to_string(folder.join("junit.xml")).unwrap();
    let report = Report::deserialize_from_str(&text).unwrap();
    report.test_suites.into_iter().flat_map(|suite| suite.test_cases).collect()
}

fn property(case: &TestCase, name: &str) -> Option<String> {
    let found = case.properties.iter().find(|property| property.name.as_str() == name);
    found.map(|property| property.value.as_str().to_owned())
}

/// The owner of each red row.
fn owners_of_red(folder: &Path) -> Vec<String> {
    let red = |case: &TestCase| matches!(case.status, TestCaseStatus::NonSuccess { .. });
    let rows = junit(folder).into_iter().filter(red);
    rows.map(|case| property(&case, "owner").unwrap_or_else(|| format!("{case:?}"))).collect()
}
