//! Turns the records of a run into rows of the tables; pure.

use std::collections::BTreeMap;

use cc_ci_classify::{Attempt, End, facts};
use cc_ci_model::{Event, Leg, Record, RunId, Stalls};

/// One run as rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RunRows {
    pub(crate) run: RunId,
    pub(crate) harness: String,
    pub(crate) phase: String,
    pub(crate) started: String,
    /// How long the run took, and whether it was cancelled; `None` if it has not ended.
    pub(crate) ended: Option<(u64, bool)>,
    pub(crate) attempts: Vec<AttemptRows>,
}

/// One attempt at a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct AttemptRows {
    pub(crate) unit: String,
    pub(crate) attempt: u32,
    pub(crate) recipe: String,
    pub(crate) version: String,
    pub(crate) inputs: String,
    pub(crate) isolated: bool,
    pub(crate) started: String,
    pub(crate) millis: u64,
    pub(crate) outcome: &'static str,
    pub(crate) tiers: Vec<TierRows>,
    /// The most memory of each leg, in bytes.
    pub(crate) peaks: Vec<(Leg, u64)>,
    /// How much the node was stalled.
    pub(crate) stalls: Option<Stalls>,
}

/// One tier of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TierRows {
    pub(crate) tier: &'static str,
    pub(crate) outcome: &'static str,
    pub(crate) millis: u64,
    /// Name, outcome and milliseconds of each check.
    pub(crate) checks: Vec<(String, &'static str, u64)>,
}

/// The rows of a run; `None` if the records do not begin with a run.
pub(crate) fn rows(records: &[Record]) -> Option<RunRows> {
    let first = records.first()?;
    let Event::RunStarted { run, harness, phase, .. } = &first.event else { return None };
    let ended = records.iter().rev().find_map(|record| match &record.event {
        Event::RunFinished { millis, cancelled } => Some((*millis, *cancelled)),
        _ => None,
    });
    let is_measure = |record: &&Record| {
        matches!(record.event, Event::MemoryPeak { .. } | Event::NodeStalled { .. })
    };
    let measured: Vec<&Record> = records.iter().filter(is_measure).collect();
    let mut attempts = Vec::new();
    for unit in facts(records).units {
        for attempt in &unit.attempts {
            let is_own = |record: &&Record| {
                record.unit.as_ref() == Some(&unit.head.unit) && record.attempt == attempt.number
            };
            let own: Vec<&Record> = measured.iter().copied().filter(is_own).collect();
            attempts.push(AttemptRows {
                unit: unit.head.unit.to_string(),
                attempt: attempt.number,
                recipe: unit.head.recipe.to_string(),
                version: unit.head.version.to_string(),
                inputs: unit.head.inputs_sha256.clone(),
                isolated: attempt.isolated,
                started: attempt.started.to_string(),
                millis: attempt.millis,
                outcome: outcome(attempt),
                tiers: tiers(attempt),
                peaks: peaks(&own),
                stalls: stalls(&own),
            });
        }
    }
    Some(RunRows {
        run: run.clone(),
        harness: harness.clone(),
        phase: phase.clone(),
        started: first.at.to_string(),
        ended,
        attempts,
    })
}

fn peaks(own: &[&Record]) -> Vec<(Leg, u64)> {
    let peak = |record: &&Record| match record.event {
        Event::MemoryPeak { bytes, .. } => Some((record.leg, bytes)),
        _ => None,
    };
    // The map keeps one row for each leg.
    own.iter().filter_map(peak).collect::<BTreeMap<_, _>>().into_iter().collect()
}

fn stalls(own: &[&Record]) -> Option<Stalls> {
    own.iter().find_map(|record| match record.event {
        Event::NodeStalled { stalls } => Some(stalls),
        _ => None,
    })
}

/// The outcome of an attempt. It is `void` if the engine or the machine failed: such an attempt neither passed
/// nor failed.
fn outcome(attempt: &Attempt) -> &'static str {
    match attempt.end {
        End::Cancelled => "cancelled",
        End::Open => "not_run",
        End::Finished if attempt.void => "void",
        End::Finished if attempt.is_green() => PASSED,
        End::Finished => "failed",
    }
}

/// The word for what passed, in every table.
pub(crate) const PASSED: &str = "passed";

fn tiers(attempt: &Attempt) -> Vec<TierRows> {
    let tier = |fact: &cc_ci_classify::TierFact| TierRows {
        tier: fact.tier.as_str(),
        outcome: fact.outcome.word(),
        millis: fact.millis,
        checks: fact
            .checks
            .iter()
            .map(|check| (check.check.to_string(), check.outcome.word(), check.millis))
            .collect(),
    };
    attempt.tiers.iter().map(tier).collect()
}
