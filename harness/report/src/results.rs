//! `results.json`, schema 1: what became of every unit, tier, check and store, and why a unit
//! stands no higher.

use cc_ci_classify::{CheckFact, End, TierFact};
use cc_ci_model::{Outcome, Program, Proves, VolumeCoverage};
use serde::Serialize;

use crate::{AttemptView, Gap, Inputs, Run, Stale, StoreProof, Unit};

/// Version of the file format.
pub const RESULTS_SCHEMA: u32 = 1;

#[derive(Serialize)]
struct File<'a> {
    schema: u32,
    run: &'a str,
    harness: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<&'a Program>,
    /// Names of values that look like secrets and are too weak to be hidden.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    left_visible: &'a [String],
    /// What of the journal could not be read, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_read: Vec<String>,
    units: Vec<UnitRow<'a>>,
}

#[derive(Serialize)]
struct UnitRow<'a> {
    recipe: &'a str,
    version: Option<&'a str>,
    base: Option<&'a str>,
    outcome: &'a str,
    reason: Option<&'a str>,
    level: &'a str,
    level_held_by: Option<HeldByRow<'a>>,
    flags: Flags,
    #[serde(skip_serializing_if = "Option::is_none")]
    inputs: Option<InputsRow<'a>>,
    tiers: Vec<TierRow<'a>>,
    stores: Vec<StoreRow>,
    volumes: Vec<&'a VolumeCoverage>,
    stale_declarations: Vec<StaleRow<'a>>,
    attempts: Vec<AttemptRow>,
}

#[derive(Serialize)]
struct InputsRow<'a> {
    sha256: &'a str,
    files: usize,
}

#[derive(Serialize)]
struct HeldByRow<'a> {
    tier: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct StoreRow {
    name: String,
    proven: Vec<&'static str>,
    not_proven: Vec<GapRow>,
}

#[derive(Serialize)]
struct GapRow {
    tier: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct StaleRow<'a> {
    declaration: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct Flags {
    clean_teardown: Option<bool>,
    no_secret_leak: Option<bool>,
    /// Why `no_secret_leak` is false.
    #[serde(skip_serializing_if = "Option::is_none")]
    no_secret_leak_reason: Option<String>,
    deploys: Option<u32>,
}

#[derive(Serialize)]
struct TierRow<'a> {
    tier: &'a str,
    outcome: &'a str,
    /// It passed, but nothing was seen that only the app could have done.
    weak: bool,
    seconds: f64,
    reason: Option<String>,
    checks: Vec<CheckRow<'a>>,
}

#[derive(Serialize)]
struct CheckRow<'a> {
    id: &'a str,
    outcome: &'a str,
    proves: Proves,
    seconds: f64,
    reason: Option<String>,
}

#[derive(Serialize)]
struct AttemptRow {
    attempt: u32,
    isolated: bool,
    outcome: &'static str,
    reason: Option<String>,
    seconds: f64,
    deciding: bool,
}

/// The whole file.
///
/// The tiers of a unit are those of its deciding attempt.
///
/// # Errors
/// Never in practice: the rows are plain; serde's error is handed through all the same.
pub fn render(run: &Run) -> Result<String, serde_json::Error> {
    let file = File {
        schema: RESULTS_SCHEMA,
        run: run.run.as_str(),
        harness: &run.harness,
        program: run.made_of.program.as_ref(),
        left_visible: &run.scan.visible,
        not_read: run.foreign.words(),
        units: run.units.iter().map(|unit| unit_row(unit, run)).collect(),
    };
    serde_json::to_string_pretty(&file).map(|text| text + "\n")
}

fn unit_row<'a>(unit: &'a Unit, run: &'a Run) -> UnitRow<'a> {
    let scan = &run.scan;
    let inputs = unit.id.as_ref().and_then(|id| run.made_of.inputs.get(id));
    let view = unit.decisive();
    let decisive = view.map(|attempt| &attempt.facts);
    let held_by = unit.held_by.as_ref();
    let stale = view.map(|attempt| attempt.stale.as_slice()).unwrap_or_default();
    let attempts = unit.attempts.iter().enumerate();
    UnitRow {
        recipe: unit.recipe.as_str(),
        version: unit.version.as_ref().map(|version| version.as_str()),
        base: unit.base.as_ref().map(|version| version.as_str()),
        outcome: unit.outcome.word(),
        reason: unit.outcome.reason(),
        level: unit.level.as_str(),
        level_held_by: held_by
            .map(|why| HeldByRow { tier: why.tier.as_str(), reason: &why.reason }),
        inputs: inputs.map(|Inputs { sha256, files }| InputsRow { sha256, files: *files }),
        flags: Flags {
            clean_teardown: unit.clean_teardown(),
            no_secret_leak: scan.no_secret_leak(),
            no_secret_leak_reason: scan.alarm(),
            deploys: decisive.and_then(|attempt| attempt.deploys),
        },
        tiers: decisive.map(|a| a.tiers.iter().map(tier_row).collect()).unwrap_or_default(),
        stores: view.map(|a| a.stores().into_iter().map(store_row).collect()).unwrap_or_default(),
        volumes: view.map(|attempt| attempt.volumes.iter().collect()).unwrap_or_default(),
        stale_declarations: stale.iter().map(stale_row).collect(),
        attempts: attempts.map(|(at, a)| attempt_row(a, unit.deciding == Some(at))).collect(),
    }
}

fn store_row(store: StoreProof) -> StoreRow {
    let StoreProof { name, proven, not_proven } = store;
    let gap = |Gap { tier, reason, .. }| GapRow { tier: tier.as_str(), reason };
    StoreRow {
        name,
        proven: proven.into_iter().map(cc_ci_model::Tier::as_str).collect(),
        not_proven: not_proven.into_iter().map(gap).collect(),
    }
}

fn stale_row(stale: &Stale) -> StaleRow<'_> {
    StaleRow { declaration: &stale.declaration, reason: &stale.reason }
}

fn tier_row(tier: &TierFact) -> TierRow<'_> {
    let check = |fact| {
        let CheckFact { check, outcome, millis, proves, .. }: &CheckFact = fact;
        CheckRow {
            id: check.as_str(),
            outcome: outcome.word(),
            proves: *proves,
            seconds: seconds(*millis),
            reason: outcome.reason(),
        }
    };
    TierRow {
        tier: tier.tier.as_str(),
        outcome: tier.outcome.word(),
        weak: tier.weakness().is_some(),
        seconds: seconds(tier.millis),
        reason: tier.outcome.reason().or_else(|| tier.weakness().map(|why| why.to_string())),
        checks: tier.checks.iter().map(check).collect(),
    }
}

fn attempt_row(attempt: &AttemptView, deciding: bool) -> AttemptRow {
    let facts = &attempt.facts;
    let first = facts.counted().find_map(|(_, check)| match &check.outcome {
        Outcome::Failed { fault } => Some(fault.to_string()),
        Outcome::Passed
        | Outcome::Blocked { .. }
        | Outcome::NotApplicable { .. }
        | Outcome::NotRun { .. } => None,
    });
    let (outcome, reason) = match facts.end {
        End::Cancelled => ("not_run", Some("it was broken off".to_owned())),
        End::Open => ("not_run", Some("it has not ended".to_owned())),
        End::Finished if facts.is_green() => ("passed", None),
        End::Finished => ("failed", first),
    };
    AttemptRow {
        attempt: facts.number,
        isolated: facts.isolated,
        outcome,
        reason,
        seconds: seconds(facts.millis),
        deciding,
    }
}

/// Milliseconds are exact to far more than any run's length in an `f64`.
#[expect(clippy::cast_precision_loss, reason = "2^53 milliseconds are 285,000 years")]
fn seconds(millis: u64) -> f64 {
    millis as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use crate::fixtures;

    #[test]
    fn whole_files() {
        for (name, run) in fixtures::all() {
            let text = super::render(&run).unwrap();
            let read: serde_json::Value = serde_json::from_str(&text).unwrap();
            assert_eq!(read["units"].as_array().unwrap().len(), run.units.len());
            insta::assert_snapshot!(name, text);
        }
    }
}
