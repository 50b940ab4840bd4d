//! Remembers the releases that a run proved, as bases of later upgrades.

use cc_ci_model::{Event, Record, Tier, UnitHead};
use cc_ci_plan::Asked;
use cc_ci_report::{Run, UnitOutcome};
use cc_ci_source::{Commit, GreenError, Greens, LastGreen};

use crate::Settings;

/// Remembers every release of the catalogue that was green in this run. Returns an error for each release that
/// could not be written down; it does not change the result of the run. A path or URL is not remembered: any
/// folder can have a recipe's name.
pub(crate) fn remember(settings: &Settings, records: &[Record], run: &Run) -> Vec<GreenError> {
    let greens = Greens::new(&settings.node.state);
    let remembered = proven(records, run).into_iter().filter_map(|head| {
        let source = settings.catalogue.source(&Asked::parse(&head.asked))?;
        let commit = head.commit.as_ref().and_then(|commit| Commit::new(commit.as_str()).ok());
        let green = LastGreen { version: head.version.clone(), commit };
        Some(greens.remember(&source, &head.recipe, green, &run.run))
    });
    remembered.filter_map(Result::err).collect()
}

/// The releases that walked through all tiers and were green. A unit at a bare commit does not count, since an
/// upgrade starts from a version. A unit that walked only some tiers does not count either.
fn proven<'a>(records: &'a [Record], run: &Run) -> Vec<&'a UnitHead> {
    let heads = records.iter().flat_map(|record| {
        let Event::RunStarted { units, .. } = &record.event else { return &[][..] };
        units.as_slice()
    });
    let green = |head: &&UnitHead| {
        let passed = |unit: &cc_ci_report::Unit| {
            unit.id.as_ref() == Some(&head.unit) && unit.outcome == UnitOutcome::Passed
        };
        head.release && is_whole(&head.tiers) && run.units.iter().any(passed)
    };
    heads.filter(green).collect()
}

/// All tiers that every recipe walks through.
fn is_whole(tiers: &[Tier]) -> bool {
    Tier::ALL.iter().all(|tier| tier.is_opt_in() || tiers.contains(tier))
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{CheckId, Fault, Outcome, UnitId};
    use serde_json::json;

    use super::*;

    fn head(release: bool, tiers: &[Tier]) -> UnitHead {
        let head = json!({
            "unit": "shop@1.1.0+2", "recipe": "shop", "version": "1.1.0+2", "base": "1.0.0+1",
            "base_reason": "newest older", "release": release, "stack": "shop-abc123",
            "deploys": 1, "asked": "shop", "tiers": tiers, "rerun": "cc-ci rerun shop",
            "inputs_sha256": "",
        });
        serde_json::from_value(head).unwrap()
    }

    /// A run of one unit in which every tier of its own ends with `outcome`.
    fn run_of(head: UnitHead, outcome: &Outcome) -> Vec<Record> {
        let (unit, tiers) = (head.unit.clone(), head.tiers.clone());
        let run = json!({
            "kind": "run_started", "run": "r1", "harness": "0", "phase": "run", "node": {},
            "units": [head],
        });
        let check = |tier| Event::CheckFinished {
            tier,
            check: CheckId::new("a").unwrap(),
            outcome: outcome.clone(),
            millis: 1,
            evidence: Vec::new(),
            proves: cc_ci_model::Proves::default(),
        };
        let ended = |tier| Event::TierFinished { tier, outcome: outcome.clone(), millis: 1 };
        let walk = tiers
            .into_iter()
            .flat_map(|tier| [Event::TierStarted { tier }, check(tier), ended(tier)]);
        let finished =
            Event::UnitFinished { millis: 1, deploys: 1, left: Vec::new(), cancelled: false };
        let inner = [Event::UnitStarted { isolated: false }].into_iter().chain(walk);
        let inner = inner.chain([finished]).map(|event| (Some(unit.clone()), 1, event));
        let first = (None, 0, serde_json::from_value(run).unwrap());
        let last = (None, 0, Event::RunFinished { millis: 1, cancelled: false });
        let all = [first].into_iter().chain(inner).chain([last]);
        let record = |(seq, (unit, attempt, event)): (usize, (Option<UnitId>, u32, Event))| {
            let at = "2026-01-01T00:00:00Z".parse().unwrap();
            Record::new(seq as u64, at, (unit, attempt), event)
        };
        all.enumerate().map(record).collect()
    }

    #[rstest::rstest]
    #[case::a_release(head(true, &Tier::ALL), Outcome::Passed, true)]
    #[case::a_commit(head(false, &Tier::ALL), Outcome::Passed, false)]
    #[case::some_tiers(head(true, &[Tier::Deploy, Tier::Teardown]), Outcome::Passed, false)]
    #[case::red(
        head(true, &Tier::ALL),
        Outcome::Failed { fault: Fault::CheckFailed { message: "no".into() } },
        false
    )]
    fn only_a_whole_green_life_of_a_release_counts(
        #[case] head: UnitHead,
        #[case] outcome: Outcome,
        #[case] counts: bool,
    ) {
        let records = run_of(head, &outcome);
        let run = Run::from_records(&records).unwrap();
        assert_eq!(proven(&records, &run).len(), usize::from(counts));
    }
}
