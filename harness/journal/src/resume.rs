//! Resumes the journal of a run that was killed.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use cc_ci_model::{EVENTS_SCHEMA, Event, EventsVersion, Record, RunId};
use thiserror::Error;

use crate::checkpoint::{CHECKPOINT, Checkpoint};
use crate::place;
use crate::read::{Events, ReadError};
use crate::tree::{Hash, Tree};

/// Why a run cannot be resumed.
#[derive(Debug, Error)]
pub enum ResumeError {
    /// Its events cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// Its file cannot be opened for writing.
    #[error("{path}: {source}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// No run has begun in the folder.
    #[error("{path}: no run has begun in this folder; hint: begin one with `cc-ci nightly`")]
    Nothing {
        /// The file of events.
        path: PathBuf,
    },
    /// The run has ended by itself.
    #[error("run {run} has ended; hint: `cc-ci rerun {folder}` tries again what was red in it")]
    Ended {
        /// The run.
        run: RunId,
        /// Its folder.
        folder: PathBuf,
    },
    /// Another version of the program wrote the journal. All records of one run have one version, so that a
    /// reader of its first record can read them all.
    #[error(
        "{path}: written in version {found}, this program writes {EVENTS_SCHEMA}; \
         hint: go on with the program that began it, or begin a new run"
    )]
    OtherVersion {
        /// The file of events.
        path: PathBuf,
        /// Its version.
        found: EventsVersion,
    },
    /// A record was changed or removed. The checkpoint of a resumed run would cover the change as if it were genuine.
    #[error(
        "{path}:{line}: the record is missing or not what was written; \
         hint: `cc-ci verify` says more"
    )]
    Changed {
        /// The file of events.
        path: PathBuf,
        /// Line number, from 1.
        line: usize,
    },
}

/// The records of a run that was killed and can be gone on with. Nothing in `folder` is changed.
///
/// # Errors
/// [`ResumeError`].
pub fn killed_run(folder: &Path) -> Result<Vec<Record>, ResumeError> {
    read(folder).map(|read| read.records)
}

/// The journal of a killed run up to its last complete line.
pub(crate) struct Broken {
    pub(crate) file: File,
    pub(crate) records: Vec<Record>,
    pub(crate) run: RunId,
    pub(crate) tree: Tree,
    pub(crate) last: Option<Hash>,
}

/// A journal as it was read, and whether its last line is incomplete.
struct Read {
    path: PathBuf,
    records: Vec<Record>,
    run: RunId,
    tree: Tree,
    last: Option<Hash>,
    torn: bool,
}

/// Opens the journal in `folder` to go on with it, and cuts off an incomplete last line.
pub(crate) fn broken_off(folder: &Path) -> Result<Broken, ResumeError> {
    let Read { path, mut records, run, mut tree, mut last, torn } = read(folder)?;
    let failed = |source| ResumeError::Io { path: path.clone(), source };
    place::sweep(&folder.join("evidence")).map_err(failed)?;
    let file = OpenOptions::new().append(true).open(&path).map_err(failed)?;
    if torn {
        cut(&path, &file, &mut records, &mut tree, &mut last).map_err(failed)?;
    }
    Ok(Broken { file, records, run, tree, last })
}

/// Reads the journal in `folder` and holds it against its version, its chain and its checkpoint.
fn read(folder: &Path) -> Result<Read, ResumeError> {
    let path = folder.join("events.jsonl");
    let (mut records, mut tree, mut last) = (Vec::new(), Tree::default(), None);
    let kept = Checkpoint::read(folder)
        .map_err(|source| ResumeError::Io { path: folder.join(CHECKPOINT), source })?;
    let mut events = Events::open(&path)?;
    for line in events.by_ref() {
        let line = line?;
        let found = line.record.v;
        let Some((leaf, before)) = line.leaf.filter(|_| found == EVENTS_SCHEMA) else {
            return Err(ResumeError::OtherVersion { path, found });
        };
        if before != last.as_ref().map(crate::tree::hex) {
            return Err(ResumeError::Changed { path, line: records.len() + 1 });
        }
        tree.push(leaf);
        last = Some(leaf);
        records.push(line.record);
        let covered = kept.as_ref().filter(|kept| kept.size == tree.size());
        if covered.is_some_and(|kept| kept.root != tree.root()) {
            return Err(ResumeError::Changed { path, line: records.len() });
        }
    }
    if kept.is_some_and(|kept| kept.size > tree.size()) {
        // The checkpoint is written after the records that it covers, so none of them can be missing.
        return Err(ResumeError::Changed { path, line: records.len() + 1 });
    }
    let Some(Event::RunStarted { run, .. }) = records.first().map(|record| &record.event) else {
        return Err(ResumeError::Nothing { path });
    };
    let run = run.clone();
    if records.iter().any(|record| matches!(record.event, Event::RunFinished { .. })) {
        return Err(ResumeError::Ended { run, folder: folder.to_owned() });
    }
    let torn = events.is_torn();
    Ok(Read { path, records, run, tree, last, torn })
}

/// Cuts the file after its last line break. A last record that lacks only its line break is cut off too: it was
/// read, but nothing would write the line break.
fn cut(
    path: &Path,
    file: &File,
    records: &mut Vec<Record>,
    tree: &mut Tree,
    last: &mut Option<Hash>,
) -> io::Result<()> {
    let bytes = std::fs::read(path)?;
    let whole = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    file.set_len(whole as u64)?;
    let lines =
        bytes.get(..whole).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
    if lines == records.len() {
        return Ok(());
    }
    records.truncate(lines);
    (*tree, *last) = (Tree::default(), None);
    for line in Events::open(path).map_err(io::Error::other)? {
        if let Some((leaf, _)) = line.map_err(io::Error::other)?.leaf {
            tree.push(leaf);
            *last = Some(leaf);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use cc_ci_model::{Leg, UnitId};
    use tokio_util::sync::CancellationToken;

    use super::*;
    use crate::{Checkpoint, Journal, SystemClock, read_events};

    fn started() -> Event {
        Event::RunStarted {
            run: RunId::new("r1").unwrap(),
            harness: "0.1.0".to_owned(),
            phase: "night".to_owned(),
            node: BTreeMap::new(),
            units: Vec::new(),
        }
    }

    fn begin(folder: &Path) -> Journal {
        let clock = Arc::new(SystemClock);
        Journal::create(folder, clock, None, CancellationToken::new()).unwrap()
    }

    fn resume(folder: &Path) -> Result<Journal, ResumeError> {
        Journal::resume(folder, Arc::new(SystemClock), None, CancellationToken::new())
    }

    fn waits(journal: &Journal, on: &str) {
        let unit = UnitId::new("shop@1.0.0+1").unwrap();
        journal.write_leg(Some(&unit), (1, Leg::Main), Event::UnitWaits { on: on.to_owned() });
    }

    /// A run that was killed after its second record, with `tail` behind it.
    fn killed(tail: &[u8]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let journal = begin(folder.path());
        journal.write(None, 0, started());
        waits(&journal, "a free job");
        drop(journal);
        let path = folder.path().join("events.jsonl");
        let bytes = [std::fs::read(&path).unwrap(), tail.to_vec()].concat();
        std::fs::write(path, bytes).unwrap();
        folder
    }

    #[rstest::rstest]
    #[case::between_two_records(b"")]
    #[case::in_a_record(b"{\"v\":\"2.4\",\"seq\":2,\"at\":\"20")]
    fn the_journal_goes_on_as_if_nothing_had_happened(#[case] tail: &[u8]) {
        let folder = killed(tail);
        let journal = resume(folder.path()).unwrap();
        assert_eq!(journal.read(<[Record]>::len), 2);
        waits(&journal, "its turn");
        journal.write(None, 0, Event::RunFinished { millis: 1, cancelled: false });
        assert!(journal.take_error().is_none());
        let path = folder.path().join("events.jsonl");
        assert_eq!(read_events(&path).unwrap(), journal.records());
        // The chain holds from the first line to the last, and so does the tree over them.
        let (mut tree, mut last) = (Tree::default(), None);
        for line in Events::open(&path).unwrap() {
            let (leaf, before) = line.unwrap().leaf.unwrap();
            assert_eq!(before, last.as_ref().map(crate::tree::hex));
            tree.push(leaf);
            last = Some(leaf);
        }
        let run = RunId::new("r1").unwrap();
        let kept = Checkpoint::read(folder.path()).unwrap();
        assert_eq!(kept, Some(Checkpoint::of(&run, &tree)));
    }

    #[test]
    fn a_record_that_lacks_its_line_break_is_cut() {
        let folder = killed(b"");
        let path = folder.path().join("events.jsonl");
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        let journal = resume(folder.path()).unwrap();
        assert_eq!(journal.read(<[Record]>::len), 1);
        waits(&journal, "its turn");
        assert_eq!(read_events(&path).unwrap(), journal.records());
    }

    #[test]
    fn a_run_that_has_ended_is_not_gone_on_with() {
        let folder = killed(b"");
        let journal = resume(folder.path()).unwrap();
        journal.write(None, 0, Event::RunFinished { millis: 1, cancelled: false });
        let error = resume(folder.path()).err().unwrap();
        assert!(matches!(error, ResumeError::Ended { .. }), "{error}");
    }

    #[rstest::rstest]
    #[case::another_version(
        "\"v\":\"2.4\",\"seq\":1",
        "\"v\":\"2.3\",\"seq\":1",
        "written in version 2.3"
    )]
    #[case::a_changed_record(
        "\"attempt\":0",
        "\"attempt\":1",
        "events.jsonl:2: the record is missing or not what was written"
    )]
    fn what_would_be_vouched_for_is_checked(
        #[case] from: &str,
        #[case] to: &str,
        #[case] expected: &str,
    ) {
        let folder = killed(b"");
        let path = folder.path().join("events.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{text}");
        std::fs::write(&path, text.replacen(from, to, 1)).unwrap();
        let error = resume(folder.path()).err().unwrap().to_string();
        assert!(error.contains(expected), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), text.replacen(from, to, 1));
    }

    /// A run with a whole attempt, which the checkpoint covers, and a record behind it.
    fn sealed() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let journal = begin(folder.path());
        journal.write(None, 0, started());
        waits(&journal, "a free job");
        let unit = UnitId::new("shop@1.0.0+1").unwrap();
        let (deploys, left, cancelled) = (1, Vec::new(), false);
        let finished = Event::UnitFinished { millis: 1, deploys, left, cancelled };
        journal.write(Some(&unit), 1, finished);
        waits(&journal, "its turn");
        folder
    }

    #[rstest::rstest]
    #[case::as_it_was(4, None)]
    #[case::without_what_was_not_sealed(3, None)]
    #[case::a_sealed_record_is_missing(2, Some("events.jsonl:3: the record is missing"))]
    fn what_the_checkpoint_covers_is_there(#[case] lines: usize, #[case] expected: Option<&str>) {
        let folder = sealed();
        let path = folder.path().join("events.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        let kept: String = text.split_inclusive('\n').take(lines).collect();
        std::fs::write(&path, kept).unwrap();
        match (resume(folder.path()), expected) {
            (Ok(journal), None) => assert_eq!(journal.read(<[Record]>::len), lines),
            (Err(error), Some(expected)) => {
                assert!(error.to_string().contains(expected), "{error}");
            }
            (found, expected) => panic!("{:?} instead of {expected:?}", found.err()),
        }
    }

    #[test]
    fn the_last_sealed_record_cannot_be_changed() {
        let folder = sealed();
        let path = folder.path().join("events.jsonl");
        let text = std::fs::read_to_string(&path).unwrap();
        let kept: String = text.split_inclusive('\n').take(3).collect();
        assert!(kept.contains("\"deploys\":1"), "{kept}");
        std::fs::write(&path, kept.replace("\"deploys\":1", "\"deploys\":7")).unwrap();
        let error = resume(folder.path()).err().unwrap();
        assert!(matches!(error, ResumeError::Changed { line: 3, .. }), "{error}");
    }

    #[test]
    fn half_written_evidence_is_swept() {
        let folder = killed(b"");
        let evidence = folder.path().join("evidence");
        std::fs::write(evidence.join(".writing-abc"), "half").unwrap();
        resume(folder.path()).unwrap();
        assert_eq!(std::fs::read_dir(evidence).unwrap().count(), 0);
    }

    #[test]
    fn a_folder_without_a_run_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(resume(folder.path()).err().unwrap(), ResumeError::Read(_)));
        drop(begin(folder.path()));
        assert!(matches!(resume(folder.path()).err().unwrap(), ResumeError::Nothing { .. }));
    }
}
