//! Reads `events.jsonl` back, a line at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use cc_ci_model::{EVENTS_SCHEMA, Event, EventsVersion, Record, UnitId};
use serde::Deserialize;
use thiserror::Error;

use crate::tree::Hash;
use crate::{foreign, line, tree, upcast};

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
        found: EventsVersion,
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

impl ReadError {
    /// The number of the line that cannot be read, from 1; nothing where it is the whole file.
    #[must_use]
    pub fn line(&self) -> Option<usize> {
        match self {
            Self::Io { .. } => None,
            Self::Line { line, .. } | Self::Newer { line, .. } | Self::Gap { line, .. } => {
                Some(*line)
            }
        }
    }
}

/// The part of a line that every schema has.
#[derive(Deserialize)]
struct Version {
    v: EventsVersion,
}

/// One line of `events.jsonl`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadLine {
    /// The record, as this version knows it.
    pub record: Record,
    /// Fields of it that a newer minor version added.
    pub foreign: Vec<String>,
    /// Its leaf in the tree, and the leaf of the line before as the line has it. Version 1 has no tree.
    pub leaf: Option<(Hash, Option<String>)>,
}

/// The lines of a file of events, read one at a time.
///
/// The last line may be torn: a harness that was killed while writing leaves half a record without a line break,
/// and what came before is still true. The lines then end before it, and [`Events::is_torn`] says so.
#[derive(Debug)]
pub struct Events {
    path: PathBuf,
    file: BufReader<File>,
    /// Lines that were read.
    read: usize,
    /// The text of a line, reused for the next one.
    text: Vec<u8>,
    /// The unit of the last line. Lines of one unit follow each other, and share its name.
    unit: Option<UnitId>,
    torn: bool,
    over: bool,
}

impl Events {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// [`ReadError::Io`].
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let failed = |source| ReadError::Io { path: path.to_owned(), source };
        let file = BufReader::new(File::open(path).map_err(failed)?);
        let (path, text) = (path.to_owned(), Vec::new());
        Ok(Self { path, file, read: 0, text, unit: None, torn: false, over: false })
    }

    /// True where the last line is not whole, if only by its line break.
    #[must_use]
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    fn next_line(&mut self) -> Result<Option<ReadLine>, ReadError> {
        self.text.clear();
        let failed = |source| ReadError::Io { path: self.path.clone(), source };
        if self.file.read_until(b'\n', &mut self.text).map_err(failed)? == 0 {
            return Ok(None);
        }
        let torn = self.text.last() != Some(&b'\n');
        match parse(&self.path, self.read + 1, &self.text, self.read as u64) {
            Ok(mut line) => {
                self.read += 1;
                self.torn = torn;
                if line.record.unit != self.unit {
                    self.unit.clone_from(&line.record.unit);
                }
                line.record.unit.clone_from(&self.unit);
                Ok(Some(line))
            }
            Err(ReadError::Line { .. }) if torn => {
                self.torn = true;
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
}

impl Iterator for Events {
    type Item = Result<ReadLine, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        let next = self.next_line().transpose();
        self.over = !matches!(next, Some(Ok(_)));
        next
    }
}

/// Reads all records of a run, as far as they are whole.
///
/// # Errors
/// [`ReadError`] names the file and the line.
pub fn read_events(path: &Path) -> Result<Vec<Record>, ReadError> {
    Events::open(path)?.map(|line| Ok(line?.record)).collect()
}

fn parse(path: &Path, number: usize, text: &[u8], expected: u64) -> Result<ReadLine, ReadError> {
    let bad = |source| ReadError::Line { path: path.to_owned(), line: number, source };
    let read = match current(text) {
        Ok(read) => read,
        // The version of the line says how the line has to be read.
        Err(why) => {
            let Version { v: found } = serde_json::from_slice(text).map_err(bad)?;
            if found.major > EVENTS_SCHEMA.major {
                return Err(ReadError::Newer { path: path.to_owned(), line: number, found });
            }
            let older = upcast::is_older(found.major).then(|| older(found, text));
            older.unwrap_or(Err(why)).map_err(bad)?
        }
    };
    if read.record.seq != expected {
        let found = read.record.seq;
        return Err(ReadError::Gap { path: path.to_owned(), line: number, expected, found });
    }
    Ok(read)
}

/// Reads a line of an older version. The record keeps the version that it was written with.
fn older(v: EventsVersion, text: &[u8]) -> Result<ReadLine, serde_json::Error> {
    let mut json = serde_json::from_slice(text)?;
    upcast::upcast(v.major, &mut json);
    let event = serde_json::to_vec(&json["event"])?;
    let mut record: Record = serde_json::from_value(json)?;
    record.v = v;
    // An older schema gets no new minor versions.
    let foreign = foreign::fields(&event, &record.event)?;
    refuse(&foreign, v)?;
    Ok(ReadLine { record, foreign, leaf: None })
}

/// Reads a line of the current major version. A line of any other version is an error.
fn current(text: &[u8]) -> Result<ReadLine, serde_json::Error> {
    let (before, json) =
        line::split(text).ok_or_else(|| error("its event is not its last part"))?;
    let line::Head { v, seq, at, unit, attempt, leg, prev } = line::head(before)?;
    if v.major != EVENTS_SCHEMA.major {
        return Err(error("it is of another major version"));
    }
    let newer = v > EVENTS_SCHEMA;
    let event = match serde_json::from_slice(json) {
        Ok(event) => event,
        Err(why) => foreign::unknown_kind(json).filter(|_| newer).ok_or(why)?,
    };
    let foreign = match &event {
        Event::Unknown { .. } => Vec::new(),
        known => foreign::fields(json, known)?,
    };
    if !newer {
        refuse(&foreign, v)?;
    }
    let leaf = line::leaf(before, &line::event_hash(json, &event));
    let record = Record { v, seq, at, unit, attempt, leg, event };
    Ok(ReadLine { record, foreign, leaf: Some((leaf, prev)) })
}

/// Refuses fields that no version of the schema has: another program wrote them.
fn refuse(foreign: &[String], v: EventsVersion) -> Result<(), serde_json::Error> {
    match foreign.first() {
        Some(name) => Err(error(&format!("schema {v} has no field `{name}` there"))),
        None => Ok(()),
    }
}

fn error(words: &str) -> serde_json::Error {
    serde::de::Error::custom(words)
}

impl ReadLine {
    /// The leaf, as the next line names it in `prev`.
    #[must_use]
    pub fn leaf_hex(&self) -> Option<String> {
        self.leaf.as_ref().map(|(leaf, _)| tree::hex(leaf))
    }
}

#[cfg(test)]
#[path = "read_tests.rs"]
mod tests;
