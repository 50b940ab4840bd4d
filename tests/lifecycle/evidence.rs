//! The journal and what it points to.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use cc_ci_model::{EVENTS_SCHEMA, Event, EvidenceRef, sha256_hex};
use cc_ci_testkit::RunFolder;
use serde_json::Value;

/// Positions have no gap, the last word is the run's end, each piece of evidence is what its name
/// says, and nothing is pointed to that is not there.
pub(crate) fn is_whole(folder: &RunFolder) {
    let records = folder.records();
    for (at, record) in records.iter().enumerate() {
        assert_eq!((record.seq, record.v), (at as u64, EVENTS_SCHEMA));
    }
    let ends = |event: &Event| matches!(event, Event::RunFinished { .. });
    assert_eq!(records.iter().filter(|record| ends(&record.event)).count(), 1);
    assert!(ends(&records.last().unwrap().event));
    let scanned = records.iter().any(|record| {
        matches!(&record.event, Event::SecretsScanned { values, hits, .. } if *values > 0 && hits.is_empty())
    });
    assert!(scanned, "nobody looked for secrets");

    let mut stored = BTreeSet::new();
    for entry in fs::read_dir(folder.out().join("evidence")).unwrap() {
        let path = entry.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        assert_eq!(name, sha256_hex(&bytes));
        stored.insert((name, bytes.len() as u64));
    }
    let mut pointed = BTreeSet::new();
    for line in folder.read("events.jsonl").lines() {
        references(&serde_json::from_str(line).unwrap(), &mut pointed);
    }
    assert!(!pointed.is_empty());
    assert_eq!(pointed, stored);
}

/// Every reference to evidence, wherever in an event it stands.
fn references(value: &Value, found: &mut BTreeSet<(String, u64)>) {
    if let Ok(evidence) = serde_json::from_value::<EvidenceRef>(value.clone()) {
        found.insert((evidence.sha256, evidence.bytes));
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(items) => items.values().for_each(|item| references(item, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

/// No file of the run, whatever it is called, holds `secret`.
pub(crate) fn never_holds(folder: &RunFolder, secret: &str) {
    let mut folders = vec![folder.out().parent().unwrap().to_owned()];
    let mut files: Vec<PathBuf> = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { folders.push(path) } else { files.push(path) }
        }
    }
    assert!(files.iter().any(|file| file.ends_with("events.jsonl")), "{files:?}");
    for file in files {
        let bytes = fs::read(&file).unwrap();
        let holds = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!holds, "the secret stands in {}", file.display());
    }
}
