//! What is written, cleaned, kept and refused.

use cc_ci_model::{CheckId, Fault, Outcome, Proves, Tier};

use super::*;
use crate::SystemClock;

fn journal(folder: &Path) -> (Journal, CancellationToken) {
    let broken = CancellationToken::new();
    let journal = Journal::create(folder, Arc::new(SystemClock), None, broken.clone());
    (journal.unwrap(), broken)
}

#[test]
fn records_are_numbered_without_gaps_and_read_back() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = journal(folder.path());
    for _ in 0..3 {
        journal.write(None, 0, Event::UnitStarted { isolated: false });
    }
    let text = std::fs::read_to_string(folder.path().join("events.jsonl")).unwrap();
    let read: Vec<Record> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(read, journal.records());
    assert_eq!(read.iter().map(|record| record.seq).collect::<Vec<_>>(), [0, 1, 2]);
}

#[test]
fn secrets_reach_neither_events_nor_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = journal(folder.path());
    let _ = journal.hide(&[Secret::from("hunter2hunter2")]);
    let reason = "login with hunter2hunter2 failed".to_owned();
    let outcome = cc_ci_model::Outcome::NotRun { reason };
    let tier = cc_ci_model::Tier::Custom;
    journal.write(None, 0, Event::TierFinished { tier, outcome, millis: 1 });
    let kept = journal.keep(EvidenceKind::Log, "app", b"pw=hunter2hunter2");
    let bytes = std::fs::read(folder.path().join("evidence").join(&kept.sha256)).unwrap();
    assert_eq!(bytes, b"pw=[redacted]");
    assert_eq!(sha256_hex(&bytes), kept.sha256);
    assert_eq!(journal.scan().hits, Vec::<String>::new());

    // The scan itself can fail: a value that slips past is found.
    std::fs::write(folder.path().join("evidence/slip"), b"aHVudGVyMmh1bnRlcjI").unwrap();
    std::fs::write(folder.path().join("junit.xml"), b"<hunter2hunter2/>").unwrap();
    assert_eq!(journal.scan().hits, ["evidence/slip", "junit.xml"]);
}

#[test]
fn what_cannot_be_read_is_named_and_not_counted_as_clean() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = journal(folder.path());
    let _ = journal.hide(&[Secret::from("hunter2hunter2")]);
    // A broken link cannot be read by root either.
    std::os::unix::fs::symlink("nowhere", folder.path().join("evidence/gone")).unwrap();
    let scan = journal.scan();
    assert_eq!((scan.files, scan.unread), (1, vec!["evidence/gone".to_owned()]));
}

#[test]
fn evidence_that_was_cut_by_a_crash_is_written_again() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = journal(folder.path());
    let kept = journal.keep(EvidenceKind::Log, "app", b"all of it");
    let path = folder.path().join("evidence").join(&kept.sha256);
    for damaged in [&b"all"[..], b"", b"all of IT"] {
        std::fs::write(&path, damaged).unwrap();
        assert_eq!(journal.keep(EvidenceKind::Log, "app", b"all of it"), kept);
        assert_eq!(std::fs::read(&path).unwrap(), b"all of it");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("evidence")).unwrap().count(), 1);
}

/// Hidden values that are words of JSON or of our own types, with events in which they stand as such.
#[rstest::rstest]
#[case("true")]
#[case("null")]
#[case("8000")]
#[case("false")]
#[case("kind")]
#[case("millis")]
#[case("check_finished")]
#[case("failed")]
#[case("outcome")]
#[case("custom")]
#[case("\"v\":1")]
fn a_hidden_word_of_json_breaks_no_line(#[case] value: &str) {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = journal(folder.path());
    let _ = journal.hide(&[Secret::from(value)]);
    let message = format!("<{value}>");
    let outcome = Outcome::Failed { fault: Fault::Bug { message } };
    let check = CheckId::new("a_check").unwrap();
    let (tier, proves) = (Tier::Custom, Proves::Step);
    let event =
        Event::CheckFinished { tier, check, outcome, millis: 8000, proves, evidence: vec![] };
    journal.write(None, 0, event);
    journal.write(None, 0, Event::UnitStarted { isolated: true });
    let read = crate::read_events(&folder.path().join("events.jsonl")).unwrap();
    assert_eq!(read, journal.records());
    let Event::CheckFinished { tier, outcome, millis, .. } = &read[0].event else {
        panic!("{:?}", read[0].event)
    };
    assert_eq!((*tier, *millis), (Tier::Custom, 8000));
    let fault = Fault::Bug { message: "<[redacted]>".to_owned() };
    assert_eq!(*outcome, Outcome::Failed { fault });
    assert_eq!(read[1].event, Event::UnitStarted { isolated: true });
    assert_eq!(journal.scan().hits, Vec::<String>::new());
}

#[test]
fn an_event_that_cannot_be_cleaned_is_replaced_by_one_that_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = journal(folder.path());
    let _ = journal.hide(&[Secret::from("hunter2hunter2")]);
    // A name with the mask in it is no name.
    let check = CheckId::new("check_hunter2hunter2").unwrap();
    let (tier, outcome, proves) = (Tier::Custom, Outcome::Passed, Proves::Step);
    journal.write(
        None,
        0,
        Event::CheckFinished { tier, check, outcome, millis: 1, proves, evidence: vec![] },
    );
    let text = std::fs::read_to_string(folder.path().join("events.jsonl")).unwrap();
    assert!(!text.contains("hunter2"), "{text}");
    let Event::Withheld { what, .. } = &journal.records()[0].event else { panic!("{text}") };
    assert_eq!(what, "check_finished");
    assert_eq!(journal.scan().hits, Vec::<String>::new());
}

#[test]
fn evidence_of_our_own_types_keeps_its_numbers() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, _) = journal(folder.path());
    let _ = journal.hide(&[Secret::from("8000"), Secret::from("hunter2hunter2")]);
    let value = serde_json::json!({
        "PORT_8000": 8000, "text": "8000 aHVudGVyMmh1bnRlcjI=", "list": [true, null, "hunter2hunter2"]
    });
    let kept = journal.keep_json(EvidenceKind::Spec, "stack", &value);
    let bytes = std::fs::read(folder.path().join("evidence").join(&kept.sha256)).unwrap();
    let read: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
    let expected = serde_json::json!({
        "PORT_[redacted]": 8000, "text": "[redacted] [redacted]=", "list": [true, null, "[redacted]"]
    });
    assert_eq!(read, expected);
    assert_eq!(journal.scan().hits, Vec::<String>::new());
    // A value that is learnt afterwards is found all the same.
    let _ = journal.hide(&[Secret::from("PORT_")]);
    assert_eq!(journal.scan().hits, [format!("evidence/{}", kept.sha256)]);
}

proptest::proptest! {
    /// Whatever event it is: no string of it keeps a hidden value, everything else stays.
    #[test]
    fn no_event_keeps_a_hidden_value(
        value in "[a-zA-Z0-9\"\\\\ ]{2}[a-zA-Z0-9\"\\\\ ]{4,20}[a-zA-Z0-9]", kind in 0_usize..13,
        before in "[ -~]{0,10}", millis: u64, flag: bool,
    ) {
        let value = value.trim();
        let text = format!("{before}{value}!");
        let event = crate::testing::event(kind, &text, millis, flag);
        let mut redactor = Redactor::default();
        let _ = redactor.hide(&[Secret::from(value)]);
        let clean = redactor.event(&event);
        let expected = redactor.clean_text(&text);
        proptest::prop_assert!(!expected.contains(value));
        proptest::prop_assert_eq!(clean, crate::testing::event(kind, &expected, millis, flag));
    }
}

#[test]
fn a_second_journal_in_one_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let _first = journal(folder.path());
    let clock = Arc::new(SystemClock);
    let second = Journal::create(folder.path(), clock, None, CancellationToken::new());
    assert!(second.is_err());
}

#[test]
fn a_write_that_fails_breaks_the_run_off() {
    let folder = tempfile::tempdir().unwrap();
    let (journal, broken) = journal(folder.path());
    std::fs::remove_dir(folder.path().join("evidence")).unwrap();
    journal.keep(EvidenceKind::Log, "app", b"x");
    assert!(broken.is_cancelled());
    assert!(journal.take_error().is_some());
}
