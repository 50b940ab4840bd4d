use std::fs;

use super::*;
use crate::whole;
use cc_ci_model::Event;

/// A few records of a run.
fn green() -> Vec<Record> {
    let at = "2026-01-01T00:00:00Z".parse().unwrap();
    let event = Event::UnitStarted { isolated: false };
    let record = |seq| Record::new(seq, at, (None, 1), event.clone());
    (0..8).map(record).collect()
}

fn bytes_of(records: &[Record]) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    whole::write_run(folder.path(), records).unwrap();
    fs::read(folder.path().join("events.jsonl")).unwrap()
}

fn lines() -> Vec<u8> {
    bytes_of(&green())
}

fn read(bytes: &[u8]) -> Result<Vec<ReadLine>, ReadError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("events.jsonl");
    fs::write(&path, bytes).unwrap();
    Events::open(&path)?.collect()
}

fn parsed(bytes: &[u8]) -> Result<Vec<Record>, ReadError> {
    Ok(read(bytes)?.into_iter().map(|line| line.record).collect())
}

#[test]
fn what_was_written_reads_back() {
    assert_eq!(parsed(&lines()).unwrap(), green());
    assert_eq!(parsed(b"").unwrap(), []);
}

#[test]
fn each_line_names_the_one_before() {
    let read = read(&lines()).unwrap();
    assert_eq!(read[0].leaf.as_ref().unwrap().1, None);
    for pair in read.windows(2) {
        assert_eq!(pair[0].leaf_hex(), pair[1].leaf.as_ref().unwrap().1);
    }
}

#[test]
fn only_the_last_line_may_be_torn() {
    let bytes = lines();
    for cut in 1..200 {
        let left = parsed(&bytes[..bytes.len() - cut]).unwrap();
        assert_eq!(left, green()[..left.len()]);
        assert!(left.len() + 2 >= green().len(), "{cut}: {}", left.len());
    }
    let mut torn = bytes.clone();
    torn.truncate(bytes.len() - 10);
    torn.push(b'\n');
    let error = parsed(&torn).unwrap_err();
    assert!(matches!(error, ReadError::Line { line, .. } if line == green().len()), "{error}");
}

#[test]
fn gaps_and_newer_schemas_are_refused() {
    let change = |at: usize, change: fn(&mut Record)| {
        let mut records = green();
        change(&mut records[at]);
        parsed(&bytes_of(&records)).unwrap_err()
    };
    let error = change(2, |record| record.seq = 3);
    assert!(matches!(error, ReadError::Gap { line: 3, expected: 2, found: 3, .. }), "{error}");
    let error = change(4, |record| record.v.major += 1);
    assert!(matches!(error, ReadError::Newer { line: 5, .. }), "{error}");
    let minor = EVENTS_SCHEMA.minor;
    let words = format!("schema 3.{minor} is newer than {EVENTS_SCHEMA}; hint: ");
    assert!(error.to_string().contains(&words), "{error}");
    let newer = b"{\"v\":\"3.4\",\"something\":\"else\"}";
    assert!(matches!(parsed(newer).unwrap_err(), ReadError::Newer { line: 1, .. }));
}

#[test]
fn a_file_that_is_not_there_is_named() {
    let error = read_events(Path::new("/nowhere/events.jsonl")).unwrap_err();
    assert!(error.to_string().starts_with("/nowhere/events.jsonl: "), "{error}");
}

fn line(v: &str, event: &str) -> Vec<u8> {
    let head = format!(r#"{{"v":{v},"seq":0,"at":"2026-01-01T00:00:00Z","attempt":0"#);
    format!("{head},\"event\":{event}}}\n").into_bytes()
}

#[test]
fn a_kind_that_a_newer_minor_version_added_is_kept_as_it_is() {
    let json = r#"{"kind":"leg_began","leg":"recovery","of":[1,2]}"#;
    let read = read(&line("\"2.9\"", json)).unwrap();
    let unknown = Event::Unknown { kind: "leg_began".to_owned(), json: json.to_owned() };
    assert_eq!(read[0].record.event, unknown);
    // No version that this harness knows has it: somebody else put it there.
    for v in ["\"2.0\"", "1"] {
        let error = parsed(&line(v, json)).unwrap_err();
        assert!(matches!(error, ReadError::Line { line: 1, .. }), "{error}");
    }
}

#[test]
fn a_field_that_a_newer_minor_version_added_is_counted() {
    let json = r#"{"kind":"unit_started","isolated":true,"leg":"main"}"#;
    let read = read(&line("\"2.9\"", json)).unwrap();
    assert_eq!(read[0].record.event, Event::UnitStarted { isolated: true });
    assert_eq!(read[0].foreign, ["leg"]);
    for v in ["\"2.0\"", "1"] {
        let error = parsed(&line(v, json)).unwrap_err().to_string();
        assert!(error.contains("has no field `leg`"), "{error}");
    }
    // Fields that are left out where they are empty may be written all the same.
    let json = r#"{"kind":"converged","side":"head","millis":1,"noticed_millis":null}"#;
    assert_eq!(parsed(&line("1", json)).unwrap().len(), 1);
}

/// A new fault in a known kind is no minor change: to keep it unread would hide a red check.
#[test]
fn a_known_kind_that_cannot_be_read_is_refused_whatever_its_version() {
    let json = r#"{"kind":"run_failed","fault":{"fault":"from_the_future"}}"#;
    assert!(matches!(parsed(&line("\"2.9\"", json)).unwrap_err(), ReadError::Line { .. }));
}

#[test]
fn a_record_that_was_removed_keeps_its_leaf() {
    let folder = tempfile::tempdir().unwrap();
    whole::write_run(folder.path(), &green()).unwrap();
    let path = folder.path().join("events.jsonl");
    let read = || Events::open(&path).unwrap().map(Result::unwrap).collect::<Vec<_>>();
    let before = read();
    whole::remove(folder.path(), 3, "a secret learnt late").unwrap();
    let after = read();
    let leaves =
        |lines: &[ReadLine]| lines.iter().map(|line| line.leaf.clone()).collect::<Vec<_>>();
    assert_eq!(leaves(&before), leaves(&after));
    let Event::Removed { reason, .. } = &after[3].record.event else { panic!("{:?}", after[3]) };
    assert_eq!(reason, "a secret learnt late");
    assert!(!fs::read_to_string(&path).unwrap().lines().nth(3).unwrap().contains("unit_started"));
    assert!(whole::remove(folder.path(), 8, "r").is_err());
}
