//! The only truth: `events.jsonl` and `evidence/<sha256>`, written as things happen.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cc_ci_model::{
    Ceilings, EVENTS_SCHEMA, Event, EvidenceKind, EvidenceRef, Record, UnitId, sha256_hex,
};
use thiserror::Error;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::bound::Bound;
use crate::redact::Redactor;

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

/// What a scan of the run folder for secrets found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// Hidden values that were looked for.
    pub values: usize,
    /// Files that were read.
    pub files: usize,
    /// Files in which a hidden value stands, relative to the run folder.
    pub hits: Vec<String>,
}

/// Somewhere to keep facts by content.
pub trait EvidenceStore: Send + Sync {
    /// Keeps `bytes`, redacted; the same content is kept once.
    fn keep(&self, kind: EvidenceKind, name: &str, bytes: &[u8]) -> EvidenceRef;
}

/// Writes records in the order in which they are given and hands each on to whoever watches.
#[derive(Clone)]
pub struct Journal {
    inner: Arc<Inner>,
}

struct Inner {
    folder: PathBuf,
    clock: Arc<dyn Clock>,
    watcher: Option<UnboundedSender<Record>>,
    /// Cancelled when nothing can be written any more: a run that leaves no trace is worthless.
    broken: CancellationToken,
    state: Mutex<State>,
}

struct State {
    file: File,
    records: Vec<Record>,
    redactor: Redactor,
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
        let redactor = Redactor::default();
        let bound = Bound::default();
        let state = State { file, records: Vec::new(), redactor, bound, error: None };
        let folder = folder.to_owned();
        let state = Mutex::new(state);
        Ok(Self { inner: Arc::new(Inner { folder, clock, watcher, broken, state }) })
    }

    /// Writes one event.
    pub fn write(&self, unit: Option<&UnitId>, attempt: u32, event: Event) {
        let mut state = self.state();
        let record = Record {
            v: EVENTS_SCHEMA,
            seq: state.records.len() as u64,
            at: self.inner.clock.now(),
            unit: unit.cloned(),
            attempt,
            event,
        };
        let (line, record) = state.redactor.line(record);
        if let Err(source) = state.file.write_all(&line) {
            self.fail(&mut state, self.inner.folder.join("events.jsonl"), source);
        }
        if let Some(watcher) = &self.inner.watcher {
            // A watcher that went away does not stop the run.
            let _ = watcher.send(record.clone());
        }
        state.records.push(record);
    }

    /// Everything that was written so far.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        self.state().records.clone()
    }

    /// The first write that failed, if one did.
    #[must_use]
    pub fn take_error(&self) -> Option<JournalError> {
        self.state().error.take()
    }

    /// From now on evidence is kept within these ceilings, whose count begins anew.
    pub fn bound(&self, ceilings: &Ceilings) {
        self.state().bound = Bound::of(ceilings);
    }

    /// From now on `value` is replaced wherever it would be written.
    pub fn hide(&self, value: &str) {
        self.state().redactor.hide(value);
    }

    /// Reads back all that was written and looks for hidden values.
    #[must_use]
    pub fn scan(&self) -> Scan {
        let state = self.state();
        let evidence = std::fs::read_dir(self.inner.folder.join("evidence"));
        let mut paths: Vec<_> =
            evidence.into_iter().flatten().flatten().map(|entry| entry.path()).collect();
        paths.push(self.inner.folder.join("events.jsonl"));
        paths.sort();
        let leaking =
            |path: &&PathBuf| std::fs::read(path).is_ok_and(|bytes| state.redactor.leaks(&bytes));
        let name = |path: &PathBuf| {
            path.strip_prefix(&self.inner.folder).unwrap_or(path).display().to_string()
        };
        let hits = paths.iter().filter(leaking).map(name).collect();
        Scan { values: state.redactor.len(), files: paths.len(), hits }
    }

    fn fail(&self, state: &mut State, path: PathBuf, source: std::io::Error) {
        state.error.get_or_insert(JournalError { path, source });
        self.inner.broken.cancel();
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // A panic while the lock was held leaves at worst one line unwritten.
        self.inner.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl EvidenceStore for Journal {
    fn keep(&self, kind: EvidenceKind, name: &str, bytes: &[u8]) -> EvidenceRef {
        let mut state = self.state();
        let clean = state.redactor.clean(bytes);
        let clean = state.bound.keep(clean.into());
        let sha256 = sha256_hex(&clean);
        let path = self.inner.folder.join("evidence").join(&sha256);
        if !path.exists()
            && let Err(source) = std::fs::write(&path, &clean)
        {
            self.fail(&mut state, path, source);
        }
        EvidenceRef { sha256, kind, name: name.to_owned(), bytes: clean.len() as u64 }
    }
}

impl Redactor {
    /// The record as one line without secrets, and the same record as a reader will see it.
    fn line(&self, record: Record) -> (Vec<u8>, Record) {
        let mut line = self.clean(&serde_json::to_vec(&record).unwrap_or_default());
        let record = serde_json::from_slice(&line).unwrap_or(record);
        line.push(b'\n');
        (line, record)
    }
}

#[cfg(test)]
mod tests {
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
        let read: Vec<Record> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(read, journal.records());
        assert_eq!(read.iter().map(|record| record.seq).collect::<Vec<_>>(), [0, 1, 2]);
    }

    #[test]
    fn secrets_reach_neither_events_nor_evidence() {
        let folder = tempfile::tempdir().unwrap();
        let (journal, _) = journal(folder.path());
        journal.hide("hunter2hunter2");
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
        std::fs::write(folder.path().join("evidence/slip"), b"hunter2hunter2").unwrap();
        assert_eq!(journal.scan().hits, ["evidence/slip"]);
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
}
