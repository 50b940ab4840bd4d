//! The journal of a run: `events.jsonl`, its checkpoint and `evidence/<sha256>`, written as things happen.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cc_ci_model::{
    Ceilings, EVENTS_SCHEMA, Event, EvidenceKind, EvidenceRef, Leg, Record, RunId, Secret, UnitId,
    sha256_hex,
};
use serde::Serialize;
use thiserror::Error;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::bound::Bound;
use crate::checkpoint::Checkpoint;
use crate::redact::Redactor;
use crate::resume::{Broken, ResumeError, broken_off};
use crate::scan::{self, Scan};
use crate::tree::{Hash, Tree};
use crate::{Clock, line, place, strings, typed};

/// The journal cannot be written.
#[derive(Debug, Error)]
#[error("cannot write {}: {source}", path.display())]
pub struct JournalError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: std::io::Error,
}

/// Keeps evidence under the hash of its content.
pub trait EvidenceStore: Send + Sync {
    /// Keeps `bytes`, redacted; the same content is kept once.
    fn keep(&self, kind: EvidenceKind, name: &str, bytes: &[u8]) -> EvidenceRef;
}

/// Writes records in the order in which they are given, and sends a copy of each to the watcher.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    watcher: Option<UnboundedSender<Record>>,
    /// Cancelled when a write fails: a run without a journal has no result.
    broken: CancellationToken,
    state: Mutex<State>,
}

pub(crate) struct State {
    pub(crate) file: File,
    pub(crate) records: Vec<Record>,
    /// True where values were hidden after the first record was written.
    pub(crate) late: bool,
    /// The run, once its first record is written.
    run: Option<RunId>,
    tree: Tree,
    /// The leaf of the last record.
    last: Option<Hash>,
    /// Evidence that may not be on the disk yet, by name.
    pub(crate) unsynced: Vec<String>,
    pub(crate) redactor: Arc<Redactor>,
    /// Evidence that was written as JSON, by hash.
    pub(crate) typed: BTreeSet<String>,
    bound: Bound,
    error: Option<JournalError>,
}

impl Journal {
    /// Starts the journal of a run in `folder`, which may exist but must hold no other journal.
    ///
    /// `broken` is cancelled as soon as a write fails.
    ///
    /// # Errors
    /// The folder cannot be made or written, or holds a journal already.
    pub fn create(
        folder: &Path,
        clock: Arc<dyn Clock>,
        watcher: Option<UnboundedSender<Record>>,
        broken: CancellationToken,
    ) -> Result<Self, JournalError> {
        let evidence = folder.join("evidence");
        std::fs::create_dir_all(&evidence)
            .map_err(|source| JournalError { path: evidence, source })?;
        let path = folder.join("events.jsonl");
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(&path)
            .map_err(|source| JournalError { path, source })?;
        let (folder, state) = (folder.to_owned(), Mutex::new(State::new(file)));
        Ok(Self { inner: Arc::new(Inner { folder, clock, watcher, broken, state }) })
    }

    /// Resumes the journal of a run that was killed. An incomplete last line is cut off, and all other lines
    /// stay. The redactor does not know the values that the killed process hid; what that process wrote was
    /// cleaned already.
    ///
    /// # Errors
    /// [`ResumeError`].
    pub fn resume(
        folder: &Path,
        clock: Arc<dyn Clock>,
        watcher: Option<UnboundedSender<Record>>,
        broken: CancellationToken,
    ) -> Result<Self, ResumeError> {
        let Broken { file, records, run, tree, last } = broken_off(folder)?;
        let state = State { records, run: Some(run), tree, last, ..State::new(file) };
        let (folder, state) = (folder.to_owned(), Mutex::new(state));
        Ok(Self { inner: Arc::new(Inner { folder, clock, watcher, broken, state }) })
    }

    /// Writes one event. An event that cannot be cleaned of secrets is replaced by [`Event::Withheld`].
    ///
    /// At the end of an attempt and of the run, all that was written is on the disk when this returns, and the
    /// checkpoint covers it.
    pub fn write(&self, unit: Option<&UnitId>, attempt: u32, event: Event) {
        self.write_leg(unit, (attempt, Leg::Main), event);
    }

    /// As [`Journal::write`], for a leg of the unit.
    pub fn write_leg(&self, unit: Option<&UnitId>, (attempt, leg): (u32, Leg), event: Event) {
        let mut state = self.state();
        let (event, json) = match strings::clean_json(&event, &state.redactor) {
            Some(json) => (event, Some(json)),
            None => (state.redactor.event(&event), None),
        };
        let ends = matches!(event, Event::UnitFinished { .. } | Event::RunFinished { .. });
        let record = Record {
            v: EVENTS_SCHEMA,
            seq: state.records.len() as u64,
            at: self.inner.clock.now(),
            unit: unit.cloned(),
            attempt,
            leg,
            event,
        };
        let written = state.append(&record, json);
        let written = written.and_then(|()| if ends { self.seal(&mut state) } else { Ok(()) });
        if let Err(source) = written {
            self.fail(&mut state, self.inner.folder.join("events.jsonl"), source);
        }
        if let Some(watcher) = &self.inner.watcher {
            // A watcher that went away does not stop the run.
            let _ = watcher.send(record.clone());
        }
        state.records.push(record);
    }

    /// Calls `question` with all records that were written so far. The records are not copied, and writers wait
    /// until `question` returns.
    pub fn read<T>(&self, question: impl FnOnce(&[Record]) -> T) -> T {
        question(&self.state().records)
    }

    /// A copy of everything that was written so far, for a caller that outlives the journal.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.state().records.clone()
    }

    /// The first write that failed, if one did.
    #[must_use]
    pub fn take_error(&self) -> Option<JournalError> {
        self.state().error.take()
    }

    /// From now on the values are replaced wherever they would be written. Returns the values that stay visible
    /// (see [`Redactor::hide`]).
    pub fn hide<'v>(&self, values: impl IntoIterator<Item = &'v Secret>) -> Vec<&'v Secret> {
        let mut state = self.state();
        state.late = state.late || !state.records.is_empty();
        Arc::make_mut(&mut state.redactor).hide(values)
    }

    /// From now on evidence is kept within these ceilings, whose count begins anew.
    pub fn bound(&self, ceilings: &Ceilings) {
        self.state().bound = Bound::of(ceilings);
    }

    /// The redactor as it is now. It does not know values that are hidden later.
    #[must_use]
    pub fn redactor(&self) -> Arc<Redactor> {
        self.state().redactor.clone()
    }

    /// Keeps `value` as JSON, each of its strings redacted.
    pub fn keep_json<T: Serialize>(
        &self,
        kind: EvidenceKind,
        name: &str,
        value: &T,
    ) -> EvidenceRef {
        let redactor = self.redactor();
        let json = typed::clean(value, &redactor).and_then(|json| serde_json::to_vec_pretty(&json));
        match json {
            Ok(json) => {
                let kept = self.put(kind, name, &json);
                self.state().typed.insert(kept.sha256.clone());
                kept
            }
            Err(error) => {
                let words =
                    format!("this evidence is withheld: it cannot be cleaned of secrets ({error})");
                self.keep(kind, name, words.as_bytes())
            }
        }
    }

    /// Reads back all that was written and looks for hidden values.
    #[must_use]
    pub fn scan(&self) -> Scan {
        let state = self.state();
        scan::folder(&self.inner.folder, &state.redactor, |name| state.typed.contains(name))
    }

    /// Writes evidence that was redacted already.
    fn put(&self, kind: EvidenceKind, name: &str, clean: &[u8]) -> EvidenceRef {
        let mut state = self.state();
        let clean = state.bound.keep(clean.into());
        let sha256 = sha256_hex(&clean);
        let folder = self.inner.folder.join("evidence");
        match place::keep(&folder, &sha256, &clean) {
            Ok(true) => state.unsynced.push(sha256.clone()),
            Ok(false) => {}
            Err(source) => self.fail(&mut state, folder.join(&sha256), source),
        }
        EvidenceRef { sha256, kind, name: name.to_owned(), bytes: clean.len() as u64 }
    }

    /// Syncs everything to the disk: evidence before the events that point to it, and the checkpoint last.
    fn seal(&self, state: &mut State) -> std::io::Result<()> {
        let folder = &self.inner.folder;
        if !state.unsynced.is_empty() {
            place::sync(&folder.join("evidence"), &state.unsynced)?;
            state.unsynced.clear();
        }
        state.file.sync_data()?;
        match &state.run {
            Some(run) => Checkpoint::of(run, &state.tree).write(folder),
            None => Ok(()),
        }
    }

    fn fail(&self, state: &mut State, path: PathBuf, source: std::io::Error) {
        state.error.get_or_insert(JournalError { path, source });
        self.inner.broken.cancel();
    }

    /// Keeps the error of a failed write to the file of events.
    pub(crate) fn broke(&self, source: std::io::Error) {
        let path = self.inner.folder.join("events.jsonl");
        self.fail(&mut self.state(), path, source);
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.inner.folder
    }

    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held leaves at worst one line unwritten.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EvidenceStore for Journal {
    fn keep(&self, kind: EvidenceKind, name: &str, bytes: &[u8]) -> EvidenceRef {
        self.put(kind, name, &self.redactor().clean(bytes))
    }
}

impl State {
    /// The state before the first record.
    fn new(file: File) -> Self {
        Self {
            file,
            records: Vec::new(),
            late: false,
            run: None,
            tree: Tree::default(),
            last: None,
            unsynced: Vec::new(),
            redactor: Arc::default(),
            typed: BTreeSet::new(),
            bound: Bound::default(),
            error: None,
        }
    }

    /// Writes the record, whose event is `json` where that is known already.
    fn append(&mut self, record: &Record, json: Option<Vec<u8>>) -> std::io::Result<()> {
        if let Event::RunStarted { run, .. } = &record.event {
            self.run = Some(run.clone());
        }
        let json = json.map_or_else(|| serde_json::to_vec(&record.event), Ok)?;
        let line = line::of(record, &json, self.last.as_ref())?;
        self.tree.push(line.leaf);
        self.last = Some(line.leaf);
        self.file.write_all(&line.bytes)
    }
}

#[cfg(test)]
#[path = "journal_tests.rs"]
mod tests;
