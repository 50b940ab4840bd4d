//! Compares each piece of evidence with its name, and the references of the records with the files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::Path;

use cc_ci_model::{Event, Record, sha256_hex};

use crate::events::has_ended;
use crate::found::Found;

pub(crate) fn check(folder: &Path, records: &[Record], found: &mut Found) {
    let folder = folder.join("evidence");
    // The evidence that records point to, each with the first line that does.
    let mut wanted = BTreeMap::new();
    for (record, line) in records.iter().zip(1..) {
        for evidence in record.event.evidence() {
            wanted.entry((evidence.sha256.as_str(), evidence.bytes)).or_insert(line);
        }
    }
    let removed = removed(records);
    for ((name, bytes), line) in &wanted {
        let place = format!("evidence/{name}");
        // A name that is no hash may lead out of the folder.
        if name.len() != 64 || !name.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            found.different(
                &format!("events.jsonl:{line}"),
                "a reference to evidence is no SHA-256",
            );
            continue;
        }
        match fs::read(folder.join(name)) {
            Ok(there) if there.len() as u64 != *bytes => {
                let what = format!("it has {} bytes, and line {line} says {bytes}", there.len());
                found.different(&place, &what);
            }
            Ok(there) if sha256_hex(&there) != **name => {
                found.different(&place, "its name is not the SHA-256 of its content");
            }
            Ok(_) => found.counts.evidence += 1,
            Err(error) if error.kind() == io::ErrorKind::NotFound && removed.contains_key(name) => {
                found.gap(&place, &format!("it was taken out: {}", removed[name]));
            }
            Err(error) => {
                found.different(&place, &format!("line {line} points to it: {error}"));
            }
        }
    }
    let names: BTreeSet<&str> = wanted.keys().map(|(name, _)| *name).collect();
    let broken_off = records.iter().any(|record| is_break(&record.event));
    match listed(&folder) {
        Ok(there) => {
            for name in there.iter().filter(|name| !names.contains(name.as_str())) {
                // A cancelled check can have kept evidence without a record of it.
                let whole = || fs::read(folder.join(name)).is_ok_and(|it| sha256_hex(&it) == *name);
                if broken_off && whole() {
                    continue;
                }
                let (place, what) = (format!("evidence/{name}"), "no record points to it");
                // A killed run can have kept the evidence before it wrote the record.
                if has_ended(records) {
                    found.different(&place, what);
                } else {
                    found.gap(&place, what);
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound && names.is_empty() => {}
        Err(error) => found.different("evidence", &error.to_string()),
    }
}

/// Names of the pieces of evidence that were taken out, each with the reason.
fn removed(records: &[Record]) -> BTreeMap<&str, &str> {
    let mut removed = BTreeMap::new();
    for record in records {
        if let Event::EvidenceRemoved { sha256, reason } = &record.event {
            removed.insert(sha256.as_str(), reason.as_str());
        }
    }
    removed
}

/// True for the end of a cancelled unit or run, and for a run that failed.
fn is_break(event: &Event) -> bool {
    match event {
        Event::UnitFinished { cancelled, .. } | Event::RunFinished { cancelled, .. } => *cancelled,
        Event::RunFailed { .. } | Event::Resumed { .. } => true,
        _ => false,
    }
}

fn listed(folder: &Path) -> io::Result<Vec<String>> {
    let name =
        |entry: io::Result<fs::DirEntry>| Ok(entry?.file_name().to_string_lossy().into_owned());
    let mut names = fs::read_dir(folder)?.map(name).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}
