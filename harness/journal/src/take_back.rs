//! Takes records and evidence out of a journal that hold a value which was hidden after they were written.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io;
use std::path::Path;

use cc_ci_model::{Event, sha256_hex};

use crate::journal::{Journal, State};
use crate::redact::Redactor;
use crate::scan;
use crate::strings::clean_json;
use crate::whole;

/// The reason that a removal gives.
const REASON: &str = "it holds a value that was learnt to be secret after it was written";

impl Journal {
    /// Takes out each record and each piece of evidence that holds a value which was hidden later. If no value
    /// was hidden later, nothing is read. The tree over the records holds, the reports count each removal, and
    /// `verify` does not call such a run equal. The first record stays, since no report can be made without it.
    pub fn take_back(&self) {
        let removed = {
            let mut state = self.state();
            if !std::mem::take(&mut state.late) {
                return;
            }
            let removed = records(&mut state, self.folder());
            removed.and_then(|()| evidence(&mut state, &self.folder().join("evidence")))
        };
        match removed {
            Ok(names) => {
                for sha256 in names {
                    let reason = REASON.to_owned();
                    self.write(None, 0, Event::EvidenceRemoved { sha256, reason });
                }
            }
            Err(source) => self.broke(source),
        }
    }
}

/// Puts the hash of what a record says in the place of each record that holds a hidden value.
fn records(state: &mut State, folder: &Path) -> io::Result<()> {
    let redactor = state.redactor.clone();
    let holds = |event: &Event| {
        !matches!(event, Event::Removed { .. }) && clean_json(event, &redactor).is_none()
    };
    let mut seqs = BTreeSet::new();
    for record in state.records.iter_mut().skip(1).filter(|record| holds(&record.event)) {
        // A hidden value can be a word of our own types, such as the name of a variant. Cleaning does not
        // change such a record, so it stays.
        if redactor.event(&record.event) == record.event {
            continue;
        }
        let sha256 = sha256_hex(&serde_json::to_vec(&record.event)?);
        record.event = Event::Removed { sha256, reason: REASON.to_owned() };
        seqs.insert(record.seq);
    }
    if seqs.is_empty() {
        return Ok(());
    }
    whole::remove_all(folder, &seqs, REASON)?;
    // `remove_all` has replaced the file.
    state.file = OpenOptions::new().append(true).open(folder.join("events.jsonl"))?;
    Ok(())
}

/// Removes each piece of evidence that holds a hidden value, and returns the names of the removed files.
fn evidence(state: &mut State, folder: &Path) -> io::Result<Vec<String>> {
    let redactor: &Redactor = &state.redactor;
    let mut removed = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Ok(bytes) = fs::read(entry.path()) else { continue };
        if scan::evidence_leaks(&bytes, redactor, state.typed.contains(&name)) {
            fs::remove_file(entry.path())?;
            removed.push(name);
        }
    }
    state.unsynced.retain(|name| !removed.contains(name));
    removed.sort();
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cc_ci_model::{EvidenceKind, RunId, Secret, Tier};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{Checkpoint, Events, EvidenceStore as _, SystemClock, Tree};

    const SECRET: &str = "hunter2hunter2";

    fn waiting(on: &str) -> Event {
        Event::Waiting { tier: Tier::Deploy, on: on.to_owned() }
    }

    #[test]
    fn a_secret_that_is_learnt_late_goes_and_the_tree_holds() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(SystemClock);
        let broken = CancellationToken::new();
        let journal = Journal::create(folder.path(), clock, None, broken.clone()).unwrap();
        let (run, phase) = (RunId::new("r1").unwrap(), "p".to_owned());
        let (node, units) = (Default::default(), Vec::new());
        let harness = "0".to_owned();
        journal.write(None, 0, Event::RunStarted { run, harness, phase, node, units });
        journal.write(None, 0, waiting("app"));
        journal.write(None, 0, waiting(&format!("login with {SECRET}")));
        let kept = journal.keep(EvidenceKind::Log, "app", format!("said {SECRET}").as_bytes());
        let other = journal.keep(EvidenceKind::Log, "app", b"said nothing");
        let captured =
            |evidence: &cc_ci_model::EvidenceRef| Event::Captured { evidence: evidence.clone() };
        journal.write(None, 0, captured(&kept));
        journal.write(None, 0, captured(&other));
        // Nothing was learnt yet, so nothing is taken back.
        journal.take_back();
        assert_eq!(journal.records().len(), 5);

        let _ = journal.hide(&[Secret::from(SECRET)]);
        journal.take_back();
        journal.write(None, 0, Event::RunFinished { millis: 1, cancelled: false });
        assert!(journal.take_error().is_none() && !broken.is_cancelled());
        assert_eq!(journal.scan().hits, Vec::<String>::new());

        let mut tree = Tree::default();
        let lines = Events::open(&folder.path().join("events.jsonl")).unwrap();
        let lines: Vec<_> = lines.map(Result::unwrap).collect();
        lines.iter().for_each(|line| tree.push(line.leaf.as_ref().unwrap().0));
        let checkpoint = Checkpoint::read(folder.path()).unwrap().unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (tree.size(), tree.root()));
        let read: Vec<_> = lines.into_iter().map(|line| line.record).collect();
        assert_eq!(read, journal.records());
        assert_eq!(read[1].event, waiting("app"));
        assert!(matches!(read[2].event, Event::Removed { .. }), "{:?}", read[2]);
        let Event::EvidenceRemoved { sha256, .. } = &read[5].event else { panic!("{:?}", read[5]) };
        assert_eq!(*sha256, kept.sha256);
        let there = |sha256: &str| folder.path().join("evidence").join(sha256).exists();
        assert!(!there(&kept.sha256) && there(&other.sha256));
    }
}
