//! Run folders of every version that there was are read, and reported as they were.

use std::fs;
use std::path::Path;

use cc_ci_journal::read_events;
use cc_ci_report::{Run, Target, rendered, write_all};
use cc_ci_verify::{Place, verify};

/// Folders that were written by the types of the commit in their names, with the reports of that time; the first
/// harnesses could not report them any more.
#[rstest::rstest]
#[case("1.0-84b1848")]
#[case("1.0-757e2f5")]
#[case("1.0-5249f7b")]
fn a_kept_folder_is_reported_as_before(#[case] name: &str) {
    let folder =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/journal").join(name);
    let records = read_events(&folder.join("events.jsonl")).unwrap();
    let run = Run::from_records(&records).unwrap();
    assert_eq!(run.units.len(), 3);
    for (report, bytes) in rendered(&run).unwrap() {
        let path = folder.join(report);
        // The page changes with its style; the others have formats that programs read.
        if report == "report.html" {
            continue;
        }
        let kept = fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let own = String::from_utf8(bytes).unwrap();
        assert!(own == kept, "{name}/{report} was\n{kept}\nand is\n{own}");
    }
    // Without a tree nobody can tell whether it was changed.
    let verified = verify(&folder).unwrap();
    assert!(!verified.equal);
    assert!(verified.gaps.iter().any(|gap| gap.what.contains("schema 1")), "{verified}");
}

/// A run that was reported when a case was a check: its cases are read from the events, and the report of today
/// takes the place of the old one.
#[test]
fn a_classification_of_schema_1_is_made_anew() {
    let kept =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/journal/1.0-757e2f5");
    let folder = tempfile::tempdir().unwrap();
    fs::copy(kept.join("events.jsonl"), folder.path().join("events.jsonl")).unwrap();
    let old = r#"{"schema": 1, "run": "r1", "cases": [{"case": "shop/upgrade/serves", "class": "flake"}]}"#;
    fs::write(folder.path().join("classification.json"), old).unwrap();
    let before = verify(folder.path()).unwrap();
    let is_it = |place: &Place| place.place.starts_with("classification.json");
    assert!(before.differences.iter().any(is_it), "{before}");

    let run =
        Run::from_records(&read_events(&folder.path().join("events.jsonl")).unwrap()).unwrap();
    write_all(Target { out: folder.path(), docs: folder.path() }, &run).unwrap();
    let own = fs::read_to_string(folder.path().join("classification.json")).unwrap();
    assert_eq!(own, fs::read_to_string(kept.join("classification.json")).unwrap());
    let after = verify(folder.path()).unwrap();
    assert!(!after.differences.iter().any(is_it), "{after}");
}
