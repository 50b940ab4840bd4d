//! The only truth: `events.jsonl`, its checkpoint and `evidence/<sha256>`, written as things happen.

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
use crate::scan::{self, Scan};
use crate::tree::{Hash, Tree};
use crate::{Clock, line, place, typed};

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
    /// The run, once its first record is written.
    run: Option<RunId>,
    tree: Tree,
    /// The leaf of the last record.
    last: Option<Hash>,
    /// Evidence that may not be on the disk yet, by name.
    unsynced: Vec<String>,
    redactor: Arc<Redactor>,
    /// Evidence that was written as JSON, by hash.
    typed: BTreeSet<String>,
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
        let state = State {
            file,
            records: Vec::new(),
            run: None,
            tree: Tree::default(),
            last: None,
            unsynced: Vec::new(),
            redactor: Arc::default(),
            typed: BTreeSet::new(),
            bound: Bound::default(),
            error: None,
        };
        let folder = folder.to_owned();
        let state = Mutex::new(state);
        Ok(Self { inner: Arc::new(Inner { folder, clock, watcher, broken, state }) })
    }

    /// Writes one event. An event that cannot be cleaned of secrets is replaced by one that says so.
    ///
    /// At the end of an attempt and of the run, all that was written is on the disk when this returns, and the
    /// checkpoint covers it.
    pub fn write(&self, unit: Option<&UnitId>, attempt: u32, event: Event) {
        self.write_leg(unit, (attempt, Leg::Main), event);
    }

    /// As [`Journal::write`], for a leg of the unit.
    pub fn write_leg(&self, unit: Option<&UnitId>, (attempt, leg): (u32, Leg), event: Event) {
        let mut state = self.state();
        let event = state.redactor.event(&event);
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
        let written = state.append(&record);
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

    /// Answers a question about everything that was written so far. Nothing is copied, and nothing is written
    /// meanwhile.
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

    /// From now on the values are replaced wherever they would be written; the answer holds those that
    /// stay visible (see [`Redactor::hide`]).
    pub fn hide<'v>(&self, values: impl IntoIterator<Item = &'v Secret>) -> Vec<&'v Secret> {
        Arc::make_mut(&mut self.state().redactor).hide(values)
    }

    /// From now on evidence is kept within these ceilings, whose count begins anew.
    pub fn bound(&self, ceilings: &Ceilings) {
        self.state().bound = Bound::of(ceilings);
    }

    /// What hides values now; values that are hidden later are unknown to it.
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

    /// Writes evidence that is clean.
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

    /// Puts everything on the disk, evidence before the events that point to it, and the checkpoint last.
    fn seal(&self, state: &mut State) -> std::io::Result<()> {
        let folder = &self.inner.folder;
        place::sync(&folder.join("evidence"), &state.unsynced)?;
        state.unsynced.clear();
        state.file.sync_all()?;
        match &state.run {
            Some(run) => Checkpoint::of(run, &state.tree).write(folder),
            None => Ok(()),
        }
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
        self.put(kind, name, &self.redactor().clean(bytes))
    }
}

impl State {
    fn append(&mut self, record: &Record) -> std::io::Result<()> {
        if let Event::RunStarted { run, .. } = &record.event {
            self.run = Some(run.clone());
        }
        let line = line::written(record, self.last.as_ref())?;
        self.tree.push(line.leaf);
        self.last = Some(line.leaf);
        self.file.write_all(&line.bytes)
    }
}

#[cfg(test)]
mod tests {
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
        let read: Vec<Record> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
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
        // Nobody can read what a broken link leads to, not even root.
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
}
