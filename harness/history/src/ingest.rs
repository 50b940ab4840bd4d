//! Adds a run that has ended to the history.

use std::path::Path;

use cc_ci_journal::read_events;
use cc_ci_model::{Record, RunId, Stalls};
use rusqlite::{Transaction, TransactionBehavior, params};

use crate::error::HistoryError;
use crate::open::History;
use crate::rows::{AttemptRows, RunRows, rows};

/// The result of adding a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// It is new.
    New(RunId),
    /// It was there already; nothing changed.
    Known(RunId),
}

impl History {
    /// Adds the run of a folder.
    ///
    /// # Errors
    /// The folder cannot be read or holds no run that has ended, or the history cannot be written.
    pub fn ingest_folder(&mut self, folder: &Path) -> Result<Taken, HistoryError> {
        let records = read_events(&folder.join("events.jsonl"))?;
        self.ingest(folder, &records)
    }

    /// Adds the run of these records, which are those of `folder`, unless the run is known.
    ///
    /// # Errors
    /// The records hold no run that has ended, or the history cannot be written.
    pub fn ingest(&mut self, folder: &Path, records: &[Record]) -> Result<Taken, HistoryError> {
        let path = || folder.to_owned();
        let run = rows(records).ok_or_else(|| HistoryError::NoRun { path: path() })?;
        let Some(ended) = run.ended else {
            return Err(HistoryError::Open { path: path(), run: run.run });
        };
        // A folder that was given relative to the current one is found again from elsewhere.
        let folder = folder.canonicalize().unwrap_or_else(|_| path());
        let begun = self.file.transaction_with_behavior(TransactionBehavior::Immediate);
        let inserted = begun.and_then(|begun| {
            let new = insert(&begun, &folder.to_string_lossy(), &run, ended)?;
            begun.commit().map(|()| new)
        });
        match inserted {
            Ok(true) => Ok(Taken::New(run.run)),
            Ok(false) => Ok(Taken::Known(run.run)),
            Err(error) => Err(self.failed(error)),
        }
    }
}

/// SQLite's integers are signed. No real duration exceeds them.
fn signed(millis: u64) -> i64 {
    i64::try_from(millis).unwrap_or(i64::MAX)
}

/// Inserts a run with all that belongs to it; false where it is there already.
fn insert(
    begun: &Transaction<'_>,
    folder: &str,
    run: &RunRows,
    (millis, cancelled): (u64, bool),
) -> rusqlite::Result<bool> {
    let RunRows { run: id, harness, phase, started, attempts, .. } = run;
    let values = params![id.as_str(), folder, harness, phase, started, signed(millis), cancelled];
    let statement = "INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING";
    if begun.execute(statement, values)? == 0 {
        return Ok(false);
    }
    for attempt in attempts {
        insert_attempt(begun, id.as_str(), attempt)?;
    }
    Ok(true)
}

fn insert_attempt(begun: &Transaction<'_>, run: &str, row: &AttemptRows) -> rusqlite::Result<()> {
    let (unit, attempt) = (&row.unit, row.attempt);
    let mut insert =
        begun.prepare_cached("INSERT INTO attempts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")?;
    insert.execute(params![
        run,
        unit,
        attempt,
        row.recipe,
        row.version,
        row.inputs,
        row.isolated,
        row.started,
        signed(row.millis),
        row.outcome
    ])?;
    for (leg, bytes) in &row.peaks {
        let mut insert = begun.prepare_cached("INSERT INTO peaks VALUES (?, ?, ?, ?, ?)")?;
        insert.execute(params![run, unit, attempt, leg.as_str(), signed(*bytes)])?;
    }
    if let Some(Stalls { cpu, io, memory }) = row.stalls {
        let mut insert = begun.prepare_cached("INSERT INTO stalls VALUES (?, ?, ?, ?, ?, ?)")?;
        insert.execute(params![run, unit, attempt, cpu, io, memory])?;
    }
    for tier in &row.tiers {
        let mut insert = begun.prepare_cached("INSERT INTO tiers VALUES (?, ?, ?, ?, ?, ?)")?;
        let millis = signed(tier.millis);
        insert.execute(params![run, unit, attempt, tier.tier, tier.outcome, millis])?;
        let mut insert = begun.prepare_cached("INSERT INTO checks VALUES (?, ?, ?, ?, ?, ?, ?)")?;
        for (name, outcome, millis) in &tier.checks {
            let millis = signed(*millis);
            insert.execute(params![run, unit, attempt, tier.tier, name, outcome, millis])?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Story, history};

    #[test]
    fn a_run_is_taken_in_once() {
        let (state, mut history) = history();
        let folder = state.path().join("r1");
        Story::new("r1").green("shop", 40).ended().write(&folder);
        let run = RunId::new("r1").unwrap();
        assert_eq!(history.ingest_folder(&folder).unwrap(), Taken::New(run.clone()));
        let first = history.past(None, 10).unwrap();
        assert_eq!(history.ingest_folder(&folder).unwrap(), Taken::Known(run));
        assert_eq!(history.past(None, 10).unwrap(), first);
    }

    #[test]
    fn a_run_that_goes_on_is_not_taken_in() {
        let (state, mut history) = history();
        let folder = state.path().join("r1");
        Story::new("r1").green("shop", 40).write(&folder);
        let error = history.ingest_folder(&folder).unwrap_err();
        assert!(matches!(error, HistoryError::Open { .. }), "{error}");
        assert_eq!(history.past(None, 10).unwrap(), []);
    }

    #[test]
    fn records_without_a_run_are_refused() {
        let (state, mut history) = history();
        let error = history.ingest(state.path(), &[]).unwrap_err();
        assert!(matches!(error, HistoryError::NoRun { .. }), "{error}");
    }
}
