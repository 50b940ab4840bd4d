//! From records to the view.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_classify::{Attempt, End, Failure, Refusal, UnitFacts, facts};
use cc_ci_model::{Event, Level, Outcome, Record, UnitId};

use super::level::{Standing, standing};
use super::{AttemptView, Case, Foreign, MadeOf, Run, Scan, Unit, UnitOutcome, ViewError};

impl Run {
    /// Reads a run from its records, whole or as far as they go.
    ///
    /// # Errors
    /// [`ViewError`] where the records do not make up one run.
    pub fn from_records(records: &[Record]) -> Result<Self, ViewError> {
        let first = records.first().ok_or(ViewError::Empty)?;
        let Event::RunStarted { run, harness, phase, node, units: heads } = &first.event else {
            return Err(ViewError::NoStart);
        };
        let mut planned = BTreeSet::new();
        if let Some(head) = heads.iter().find(|head| !planned.insert(head.unit.as_str())) {
            return Err(ViewError::PlannedTwice { unit: head.unit.to_string() });
        }
        for record in &records[1..] {
            belongs(record, &planned)?;
        }
        let facts = facts(records);
        let mut cases = Case::all(records);
        let end = match facts.cancelled {
            None => End::Open,
            Some(true) => End::Cancelled,
            Some(false) => End::Finished,
        };
        let mut by_unit: BTreeMap<&UnitId, Vec<&Record>> = BTreeMap::new();
        for record in records {
            record.unit.iter().for_each(|unit| by_unit.entry(unit).or_default().push(record));
        }
        let mut units: Vec<Unit> = facts
            .units
            .into_iter()
            .map(|unit| {
                let own = by_unit.remove(&unit.head.unit).unwrap_or_default();
                planned_unit(unit, &own, &mut cases, end)
            })
            .collect();
        // What is left of the cases are the refused ones, in the order of their refusals.
        let mut refused = cases.into_iter();
        for refusal in facts.refusals {
            let case = refusal.outcome.fault().and_then(|_| refused.next());
            match units.iter_mut().find(|u| u.attempts.is_empty() && u.id == refusal.unit) {
                Some(unit) if refusal.unit.is_some() => {
                    unit.outcome = refused_outcome(&refusal);
                    unit.cases.extend(case);
                }
                _ => units.push(refused_unit(refusal, case)),
            }
        }
        for Failure { fault, .. } in facts.failures {
            let Some(case) = refused.next() else { continue };
            let (unit, recipe, version) = (None, case.dossier.recipe.clone(), None);
            let outcome = Outcome::Failed { fault };
            units.push(refused_unit(Refusal { unit, recipe, version, outcome }, Some(case)));
        }
        let millis = records.iter().find_map(|record| match record.event {
            Event::RunFinished { millis, .. } => Some(millis),
            _ => None,
        });
        let mut scan = Scan::default();
        records.iter().for_each(|record| scan.take(&record.event));
        Ok(Self {
            run: run.clone(),
            harness: harness.clone(),
            phase: phase.clone(),
            node: node.clone(),
            started: first.at,
            millis,
            end,
            scan,
            foreign: Foreign::of(records),
            made_of: MadeOf::of(records),
            units,
        })
    }
}

fn belongs(record: &Record, planned: &BTreeSet<&str>) -> Result<(), ViewError> {
    let seq = record.seq;
    match (&record.event, &record.unit) {
        (Event::RunStarted { .. }, _) => Err(ViewError::SecondStart { seq }),
        (
            Event::RunFinished { .. }
            | Event::UnitRefused { .. }
            | Event::RunFailed { .. }
            | Event::LeftVisible { .. }
            | Event::Withheld { .. }
            | Event::SecretsScanned { .. }
            | Event::ProgramKnown { .. }
            | Event::FilesRead { .. }
            | Event::Resumed { .. }
            | Event::Predicted { .. }
            | Event::TroubleKnown { .. }
            | Event::Removed { .. }
            | Event::EvidenceRemoved { .. }
            | Event::Unknown { .. },
            _,
        ) => Ok(()),
        // Images are made ready and the machine looked at before any unit begins.
        (Event::ImageReady { .. } | Event::Captured { .. } | Event::Adapted { .. }, None) => Ok(()),
        (_, None) => Err(ViewError::NoUnit { seq }),
        (_, Some(unit)) if !planned.contains(unit.as_str()) => {
            Err(ViewError::UnknownUnit { seq, unit: unit.to_string() })
        }
        (_, Some(_)) if record.attempt == 0 => Err(ViewError::NoUnit { seq }),
        (_, Some(_)) => Ok(()),
    }
}

/// The view of a unit, with its own `records`.
fn planned_unit(unit: UnitFacts, records: &[&Record], cases: &mut Vec<Case>, end: End) -> Unit {
    let UnitFacts { head, attempts } = unit;
    let mine = |case: &mut Case| {
        case.dossier.tier.is_some() && case.dossier.unit.as_ref() == Some(&head.unit)
    };
    let cases = cases.extract_if(.., mine).collect();
    let deciding = deciding(&attempts);
    let outcome = match deciding.map(|at| &attempts[at]) {
        Some(attempt) => attempt_outcome(attempt),
        None => UnitOutcome::NotRun { reason: never_began(records, end) },
    };
    let nowhere = || Standing { level: Level::None, held_by: None };
    let Standing { level, held_by } = deciding.map_or_else(nowhere, |at| standing(&attempts[at]));
    let mut attempts: Vec<_> = attempts.into_iter().map(AttemptView::new).collect();
    for record in records {
        let number = record.attempt;
        if let Some(attempt) = attempts.iter_mut().find(|known| known.facts.number == number) {
            attempt.take(&record.event);
        }
    }
    Unit {
        id: Some(head.unit),
        recipe: head.recipe,
        version: Some(head.version),
        base: head.base,
        base_reason: Some(head.base_reason),
        asked: Some(head.asked),
        rerun: Some(head.rerun),
        planned_deploys: Some(head.deploys),
        attempts,
        deciding,
        outcome,
        level,
        held_by,
        cases,
    }
}

/// What the run said about a unit that was not tried, else what its end tells.
fn never_began(records: &[&Record], end: End) -> String {
    let said = records.iter().find_map(|record| match &record.event {
        Event::NotBegun { reason } => Some(reason.as_str()),
        _ => None,
    });
    let known = match end {
        End::Finished => "the run ended without it",
        End::Cancelled => "the run was broken off before it began",
        End::Open => "it has not begun",
    };
    said.unwrap_or(known).to_owned()
}

/// The last attempt if it is green (then earlier red is a flake), else the first red one that
/// was not broken off, else the last one.
fn deciding(attempts: &[Attempt]) -> Option<usize> {
    let last = attempts.len().checked_sub(1)?;
    if attempts[last].is_green() {
        return Some(last);
    }
    let red = |attempt: &Attempt| {
        attempt.end != End::Cancelled && !attempt.void && first_red(attempt).is_some()
    };
    Some(attempts.iter().position(red).unwrap_or(last))
}

fn first_red(attempt: &Attempt) -> Option<String> {
    attempt.counted().find_map(|(tier, check)| {
        let fault = check.outcome.fault()?;
        Some(format!("{tier}/{}: {fault}", check.check))
    })
}

fn attempt_outcome(attempt: &Attempt) -> UnitOutcome {
    if attempt.is_green() {
        return UnitOutcome::Passed;
    }
    match (attempt.end, first_red(attempt)) {
        _ if attempt.void => {
            UnitOutcome::NotRun { reason: "engine or machine failed meanwhile".to_owned() }
        }
        (End::Cancelled, _) => UnitOutcome::NotRun { reason: "it was broken off".to_owned() },
        (_, Some(reason)) => UnitOutcome::Failed { reason },
        (End::Open, None) => UnitOutcome::NotRun { reason: "it has not ended".to_owned() },
        (End::Finished, None) => {
            UnitOutcome::NotRun { reason: "tiers are blocked by nothing that failed".to_owned() }
        }
    }
}

fn refused_outcome(refusal: &Refusal) -> UnitOutcome {
    match &refusal.outcome {
        Outcome::Failed { fault } => UnitOutcome::Failed { reason: fault.to_string() },
        other @ (Outcome::Blocked { .. }
        | Outcome::NotApplicable { .. }
        | Outcome::NotRun { .. }) => {
            UnitOutcome::NotRun { reason: other.reason().unwrap_or_default() }
        }
        Outcome::Passed => {
            UnitOutcome::NotRun { reason: "it was refused without a reason".to_owned() }
        }
    }
}

fn refused_unit(refusal: Refusal, case: Option<Case>) -> Unit {
    let outcome = refused_outcome(&refusal);
    Unit {
        id: refusal.unit,
        recipe: refusal.recipe,
        version: refusal.version,
        base: None,
        base_reason: None,
        asked: None,
        rerun: case.as_ref().map(|case| case.dossier.rerun.clone()),
        planned_deploys: None,
        attempts: Vec::new(),
        deciding: None,
        outcome,
        level: Level::None,
        held_by: None,
        cases: case.into_iter().collect(),
    }
}
