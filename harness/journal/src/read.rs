//! Reads `events.jsonl` back.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cc_ci_model::{EVENTS_SCHEMA, Record};
use serde::Deserialize;
use thiserror::Error;

/// Why a file of events cannot be read.
#[derive(Debug, Error)]
pub enum ReadError {
    /// The file cannot be read at all.
    #[error("{path}: {source}; hint: give the out folder of a run")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// A whole line is not a record.
    #[error("{path}:{line}: not a record: {source}")]
    Line {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A line was written by a newer harness.
    #[error(
        "{path}:{line}: schema {found} is newer than {EVENTS_SCHEMA}; \
         hint: read it with the harness that wrote it"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// The schema found.
        found: u32,
    },
    /// A record is missing, doubled or out of order.
    #[error("{path}:{line}: record {found} where {expected} should be; hint: the file was changed")]
    Gap {
        /// The file.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
        /// The position that comes next.
        expected: u64,
        /// The position found.
        found: u64,
    },
}

/// The part of a line that every schema has.
#[derive(Deserialize)]
struct Head {
    v: u32,
}

/// Reads all records of a run.
///
/// The last line may be torn: a harness that was killed while writing leaves half a record without
/// a line break, and what came before is still true.
///
/// # Errors
/// [`ReadError`] names the file and the line.
pub fn read_events(path: &Path) -> Result<Vec<Record>, ReadError> {
    let bytes = fs::read(path).map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
    parse(path, &bytes)
}

fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<Record>, ReadError> {
    let mut records = Vec::new();
    for (index, text) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
        let whole = text.last() == Some(&b'\n');
        match record(path, index + 1, text, records.len() as u64) {
            Ok(record) => records.push(record),
            Err(ReadError::Line { .. }) if !whole => break,
            Err(error) => return Err(error),
        }
    }
    Ok(records)
}

fn record(path: &Path, line: usize, text: &[u8], expected: u64) -> Result<Record, ReadError> {
    let bad = |source| ReadError::Line { path: path.to_owned(), line, source };
    let Head { v: found } = serde_json::from_slice(text).map_err(bad)?;
    if found > EVENTS_SCHEMA {
        return Err(ReadError::Newer { path: path.to_owned(), line, found });
    }
    let record: Record = serde_json::from_slice(text).map_err(bad)?;
    if record.seq != expected {
        let found = record.seq;
        return Err(ReadError::Gap { path: path.to_owned(), line, expected, found });
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Event;

    use super::*;

    /// A few records of a run.
    fn green() -> Vec<Record> {
        let at = "2026-01-01T00:00:00Z".parse().unwrap();
        let event = Event::UnitStarted { isolated: false };
        let record = |seq| Record {
            v: EVENTS_SCHEMA,
            seq,
            at,
            unit: None,
            attempt: 1,
            event: event.clone(),
        };
        (0..8).map(record).collect()
    }

    fn lines() -> Vec<u8> {
        let line = |record: &Record| serde_json::to_string(record).unwrap() + "\n";
        green().iter().map(line).collect::<String>().into_bytes()
    }

    fn parsed(bytes: &[u8]) -> Result<Vec<Record>, ReadError> {
        parse(Path::new("events.jsonl"), bytes)
    }

    #[test]
    fn what_was_written_reads_back() {
        assert_eq!(parsed(&lines()).unwrap(), green());
        assert_eq!(parsed(b"").unwrap(), []);
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
            let line = |record: &Record| serde_json::to_string(record).unwrap() + "\n";
            parsed(records.iter().map(line).collect::<String>().as_bytes()).unwrap_err()
        };
        let error = change(2, |record| record.seq = 3);
        assert!(matches!(error, ReadError::Gap { line: 3, expected: 2, found: 3, .. }), "{error}");
        let error = change(4, |record| record.v = EVENTS_SCHEMA + 1);
        assert!(matches!(error, ReadError::Newer { line: 5, found: 2, .. }), "{error}");
        let newer = b"{\"v\":2,\"something\":\"else\"}";
        assert!(matches!(parsed(newer).unwrap_err(), ReadError::Newer { line: 1, .. }));
    }

    #[test]
    fn a_file_that_is_not_there_is_named() {
        let error = read_events(Path::new("/nowhere/events.jsonl")).unwrap_err();
        assert!(error.to_string().starts_with("/nowhere/events.jsonl: "), "{error}");
    }
}
