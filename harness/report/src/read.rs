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
    #[error(
        "{path}:{line}: record {found} where {expected} should be; hint: the file was changed"
    )]
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
    let bytes = fs::read(path)
        .map_err(|source| ReadError::Io { path: path.to_owned(), source })?;
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
