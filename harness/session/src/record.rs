//! The record of a run that could not begin or could not be written down, at the nearest place that can be
//! written.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use cc_ci_journal::{Redactor, write_run};
use cc_ci_model::{Event, Outcome, Program, RecipeName, Record, RunId, UnitHead};
use cc_ci_report::{Run, Target, write_all};
use jiff::Timestamp;

use crate::reports::refuse_leaks;
use crate::{Failure, Folders, Job, Kind, Session, program};

/// A run that has no journal yet.
pub struct Early {
    /// Its name.
    pub run: RunId,
    /// Name of the backlog.
    pub phase: String,
    /// The folders that the run was to write to.
    pub folders: Folders,
    /// The units that were planned so far.
    pub planned: Vec<UnitHead>,
}

impl Early {
    pub(crate) fn of(job: &Job) -> Self {
        Self {
            run: job.run.clone(),
            phase: job.phase.clone(),
            folders: job.folders.clone(),
            planned: job.request.units.iter().map(|unit| unit.head.clone()).collect(),
        }
    }

    /// Leaves a record of a recipe that cannot be planned. Returns `error` with the place of the record. There
    /// is no record of a mistake in the arguments, nor of a command that the user cancelled.
    #[must_use]
    pub fn refused(&self, session: &Session<'_>, recipe: RecipeName, error: Failure) -> Failure {
        if error.kind == Kind::Usage {
            return error;
        }
        let Some(fault) = error.fault() else { return error };
        let outcome = Outcome::Failed { fault };
        self.leave(session, Event::UnitRefused { recipe, version: None, outcome }, error)
    }

    /// Leaves a record of something that failed before the first unit began and belongs to no recipe.
    #[must_use]
    pub fn failed(&self, session: &Session<'_>, error: Failure) -> Failure {
        let Some(fault) = error.fault() else { return error };
        self.leave(session, Event::RunFailed { fault }, error)
    }

    fn leave(&self, session: &Session<'_>, event: Event, error: Failure) -> Failure {
        let started = Event::RunStarted {
            run: self.run.clone(),
            harness: env!("CARGO_PKG_VERSION").to_owned(),
            phase: self.phase.clone(),
            node: std::collections::BTreeMap::new(),
            units: self.planned.clone(),
        };
        // Every run names its program, also a run that failed early.
        let Program { commit, sha256 } = program::known(session.settings.commit);
        let mut records = Vec::new();
        for event in [started, Event::ProgramKnown { commit, sha256 }, event] {
            add(&mut records, event);
        }
        kept(session, (&self.run, &self.folders), records, None, error)
    }
}

/// Keeps the records of a run whose folder cannot be written any more. Returns `error` with the place of the
/// records.
pub(crate) fn rescued(
    session: &Session<'_>,
    (run, folders): (&RunId, &Folders),
    mut records: Vec<Record>,
    redactor: &Redactor,
    error: Failure,
) -> Failure {
    // A failed write cancels the run, so the end among the records says `cancelled`. It is replaced.
    let ended = records.iter().position(|r| matches!(r.event, Event::RunFinished { .. }));
    records.truncate(ended.unwrap_or(records.len()));
    if let Some(fault) = error.fault() {
        // The fault belongs to the attempt that was going on: it says that the attempt proves nothing.
        let open = records.iter().rev().find(|record| record.unit.is_some());
        let open = open.map(|record| (record.unit.clone(), record.attempt));
        add(&mut records, Event::RunFailed { fault });
        if let (Some((unit, attempt)), Some(last)) = (open, records.last_mut()) {
            (last.unit, last.attempt) = (unit, attempt);
        }
    }
    kept(session, (run, folders), records, Some(redactor), error)
}

fn add(records: &mut Vec<Record>, event: Event) {
    let seq = records.len() as u64;
    let at = Timestamp::now();
    records.push(Record::new(seq, at, (None, 0), event));
}

/// Writes the records and their reports at the first place that takes them, and names it.
fn kept(
    session: &Session<'_>,
    (run, folders): (&RunId, &Folders),
    mut records: Vec<Record>,
    redactor: Option<&Redactor>,
    error: Failure,
) -> Failure {
    add(&mut records, Event::RunFinished { millis: 0, cancelled: false });
    let mut tried = Vec::new();
    for place in places(session, run, folders) {
        match write(&place, &records, redactor) {
            Ok(()) => {
                let place = place.display();
                return error.hint(format!("what happened is written down in {place}"));
            }
            Err(why) => tried.push(format!("{}: {why}", place.display())),
        }
    }
    error.hint(format!("nothing could be written down ({})", tried.join("; ")))
}

/// The folder that was asked for, then the usual one, the state folder, and the one for temporary files.
fn places(session: &Session<'_>, run: &RunId, folders: &Folders) -> Vec<PathBuf> {
    let run = run.as_str();
    let asked = folders.out.clone();
    let usual = session.settings.runs().ok().map(|runs| runs.join(run));
    let state = session.settings.node.state.join("runs").join(run);
    let last = session.settings.temp.join(format!("cc-ci-run-{run}"));
    asked.into_iter().chain(usual).chain([state, last]).collect()
}

/// Writes a whole run, or nothing.
fn write(place: &Path, records: &[Record], redactor: Option<&Redactor>) -> io::Result<()> {
    fs::create_dir_all(place)?;
    // The journal of another run stays, and so does what was written of this one before the disk was full.
    let journal = place.join("events.jsonl");
    if journal.exists() {
        return Err(io::Error::other("it holds a journal already"));
    }
    let written = journal_and_reports(place, records, redactor);
    if written.is_err() {
        // An incomplete journal could be taken for the journal of another run.
        let _ = fs::remove_file(&journal);
    }
    written
}

fn journal_and_reports(
    place: &Path,
    records: &[Record],
    redactor: Option<&Redactor>,
) -> io::Result<()> {
    write_run(place, records)?;
    let run = Run::from_records(records).map_err(io::Error::other)?;
    let written = write_all(Target { out: place, docs: place }, &run).map_err(io::Error::other)?;
    match redactor {
        Some(redactor) => {
            refuse_leaks(&written, redactor).map_err(|error| io::Error::other(error.words().said))
        }
        None => Ok(()),
    }
}
