//! What every attempt says about one red case.

use std::collections::BTreeSet;

use cc_ci_model::{
    CheckId, EvidenceRef, Fault, Outcome, Owner, RecipeName, Record, Tier, UnitId, Version,
};

use crate::implied::{HARNESS_PLAN, RECIPE_PLAN, id};
use crate::{Attempt, End, Failure, Refusal, RunFacts, UnitFacts, facts};

/// The stage of what failed outside of every unit, in place of a tier.
const RUN: &str = "run";
/// Why a failure of a void attempt does not count.
const VOID: &str = "engine or machine failed during the attempt";

/// What one attempt did with a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tried {
    /// It was tried and held.
    Passed,
    /// It was tried and did not hold.
    Failed {
        /// Why.
        fault: Fault,
    },
    /// It was not tried, or the reason of its failure cannot be known.
    DidNotRun {
        /// Why not.
        why: String,
        /// What it failed with while the attempt was being broken off; proves nothing.
        fault: Option<Fault>,
    },
}

/// One attempt, seen from one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptFact {
    /// The attempt's number, from 1; 0 for planning.
    pub attempt: u32,
    /// True when nothing else ran on the node.
    pub isolated: bool,
    /// What it did with the case.
    pub tried: Tried,
    /// Facts captured with it.
    pub evidence: Vec<EvidenceRef>,
}

impl AttemptFact {
    /// The fault of a failure that counts.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match &self.tried {
            Tried::Failed { fault } => Some(fault),
            Tried::Passed | Tried::DidNotRun { .. } => None,
        }
    }

    /// True for an attempt in which the case looked red, whether that counts or not.
    #[must_use]
    pub fn looked_red(&self) -> bool {
        matches!(self.tried, Tried::Failed { .. } | Tried::DidNotRun { fault: Some(_), .. })
    }
}

/// A case that failed in at least one attempt, and what every attempt says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dossier {
    /// The recipe.
    pub recipe: RecipeName,
    /// The version under test; unknown where planning did not get that far.
    pub version: Option<Version>,
    /// The unit; `None` where it could not be planned.
    pub unit: Option<UnitId>,
    /// The tier; `None` for planning.
    pub tier: Option<Tier>,
    /// The check.
    pub check: CheckId,
    /// What reruns it alone, as typed.
    pub rerun: String,
    /// Every attempt at the unit, by number.
    pub attempts: Vec<AttemptFact>,
}

impl Dossier {
    /// The case's name, unique within the run: `recipe@version/tier/check`, or `run/owner.cause` for what
    /// failed outside of every unit.
    #[must_use]
    pub fn case(&self) -> String {
        if self.is_of_run() {
            return format!("{RUN}/{}", self.check);
        }
        let version = self.version.as_ref().map_or("unknown", Version::as_str);
        format!("{}@{version}/{}/{}", self.recipe, self.stage(), self.check)
    }

    /// The tier's name, `plan`, or `run` for what failed outside of every unit.
    #[must_use]
    pub fn stage(&self) -> &'static str {
        if self.is_of_run() { RUN } else { self.tier.map_or("plan", Tier::as_str) }
    }

    /// True for what failed outside of every unit and healed: the attempt that it broke off was made again,
    /// to its end. It is still a fact about the harness, but nothing of the run is unproven for it.
    #[must_use]
    pub fn has_healed(&self) -> bool {
        self.is_of_run() && self.attempts.last().is_some_and(|last| last.tried == Tried::Passed)
    }

    /// True for what failed and belongs to no recipe.
    #[must_use]
    pub fn is_of_run(&self) -> bool {
        self.tier.is_none() && ![RECIPE_PLAN, HARNESS_PLAN].contains(&self.check.as_str())
    }
}

/// The red cases of a run: one per check that failed in at least one attempt, in the order of
/// units, tiers and checks, then the units that could not be planned, then what failed outside of every unit.
#[must_use]
pub fn dossiers(records: &[Record]) -> Vec<Dossier> {
    let run = facts(records);
    let units = run.units.iter().flat_map(of_unit);
    let refused = run.refusals.iter().filter_map(of_refusal);
    // Units that ran beside each other tell of one outage in the same words.
    let mut told = Vec::new();
    let failures = run.failures.iter().filter(|failure| {
        let is_new = !told.contains(&&failure.fault);
        told.push(&failure.fault);
        is_new
    });
    units.chain(refused).chain(failures.map(|failure| of_run(&run, failure))).collect()
}

fn of_unit(unit: &UnitFacts) -> Vec<Dossier> {
    let red = unit.attempts.iter().filter(|attempt| !attempt.void).flat_map(|attempt| {
        // A finding of an advisory tier is not a red case.
        let failed = attempt.counted().filter(|(_, check)| check.outcome.fault().is_some());
        failed.map(|(tier, check)| (tier, check.check.clone()))
    });
    let mut seen = BTreeSet::new();
    let mut cases: Vec<_> = red.filter(|case| seen.insert(case.clone())).collect();
    cases.sort_by_key(|(tier, _)| *tier);
    cases
        .into_iter()
        .map(|(tier, check)| Dossier {
            recipe: unit.head.recipe.clone(),
            version: Some(unit.head.version.clone()),
            unit: Some(unit.head.unit.clone()),
            tier: Some(tier),
            attempts: unit.attempts.iter().map(|attempt| seen_by(attempt, tier, &check)).collect(),
            rerun: rerun_of(&unit.head.rerun, tier, &check),
            check,
        })
        .collect()
}

/// The command that reruns one case of a unit: the case follows the recipe.
fn rerun_of(unit: &str, tier: Tier, check: &CheckId) -> String {
    // A change of folder may stand before it. The recipe is the next word; one with a blank in it is quoted.
    let Some((before, rest)) = unit.split_once("cc-ci rerun ") else { return unit.to_owned() };
    let quoted = rest.strip_prefix('\'').and_then(|rest| rest.find("' ").map(|at| at + 2));
    let end = match (quoted, rest.starts_with('\'')) {
        (Some(end), _) => end,
        (None, true) => rest.len(),
        (None, false) => rest.find(' ').unwrap_or(rest.len()),
    };
    let (recipe, flags) = rest.split_at(end);
    format!("{before}cc-ci rerun {recipe} {tier}/{check}{flags}")
}

fn seen_by(attempt: &Attempt, tier: Tier, check: &CheckId) -> AttemptFact {
    let found = attempt.tier(tier).and_then(|fact| fact.checks.iter().find(|c| c.check == *check));
    let skip = |why: String| Tried::DidNotRun { why, fault: None };
    let tried = match found.map(|fact| &fact.outcome) {
        Some(Outcome::Passed) => Tried::Passed,
        Some(Outcome::Failed { .. }) if attempt.void => skip(VOID.to_owned()),
        // Breaking off may itself have caused failures, so none of them counts.
        Some(Outcome::Failed { fault }) if attempt.end == End::Cancelled => Tried::DidNotRun {
            why: "the attempt was broken off".to_owned(),
            fault: Some(fault.clone()),
        },
        Some(Outcome::Failed { fault }) => Tried::Failed { fault: fault.clone() },
        Some(Outcome::Blocked { by }) => skip(format!("blocked by {by}")),
        Some(Outcome::NotApplicable { reason } | Outcome::NotRun { reason }) => {
            skip(reason.clone())
        }
        None => absent(attempt, tier),
    };
    let evidence = found.map(|fact| fact.evidence.clone()).unwrap_or_default();
    // A rerun that was killed answers nothing, so it is made again.
    let isolated = attempt.isolated && !attempt.killed;
    AttemptFact { attempt: attempt.number, isolated, tried, evidence }
}

/// A case that an attempt has no word about.
///
/// Checks that only exist when they fail (a tier as a whole, the inventory after the tear-down)
/// held where their tier passed. Any other case that is missing was not tried.
fn absent(attempt: &Attempt, tier: Tier) -> Tried {
    match attempt.tier(tier).map(|fact| &fact.outcome) {
        Some(outcome) if attempt.end != End::Finished => Tried::DidNotRun {
            why: outcome.reason().unwrap_or_else(|| "the attempt did not end".to_owned()),
            fault: None,
        },
        Some(Outcome::Passed) => Tried::Passed,
        Some(outcome) => Tried::DidNotRun {
            why: outcome.reason().unwrap_or_else(|| "the tier did not pass".to_owned()),
            fault: None,
        },
        None => Tried::DidNotRun { why: format!("{tier} was not reached"), fault: None },
    }
}

fn of_refusal(refusal: &Refusal) -> Option<Dossier> {
    let fault = refusal.outcome.fault()?.clone();
    let ours = fault.origin().0 == Owner::Harness;
    let target = match &refusal.version {
        Some(version) => format!("{}@{version}", refusal.recipe),
        None => refusal.recipe.to_string(),
    };
    Some(Dossier {
        recipe: refusal.recipe.clone(),
        version: refusal.version.clone(),
        unit: refusal.unit.clone(),
        tier: None,
        check: id(if ours { HARNESS_PLAN } else { RECIPE_PLAN }),
        rerun: format!("cc-ci run {target} --isolated"),
        attempts: vec![AttemptFact {
            attempt: 0,
            isolated: false,
            tried: Tried::Failed { fault },
            evidence: Vec::new(),
        }],
    })
}

/// What failed outside of every unit, under a name that no unit has: a unit's has a version.
fn of_run(run: &RunFacts, failure: &Failure) -> Dossier {
    let (owner, cause) = failure.fault.origin();
    let fact =
        |attempt, tried| AttemptFact { attempt, isolated: false, tried, evidence: Vec::new() };
    let number = failure.during.as_ref().map_or(0, |(_, attempt)| *attempt);
    let failed = fact(number, Tried::Failed { fault: failure.fault.clone() });
    let again = run.made_again(failure).map(|attempt| fact(attempt.number, Tried::Passed));
    Dossier {
        recipe: RecipeName::slug(RUN),
        version: None,
        unit: None,
        tier: None,
        check: CheckId::slug(&format!("{}.{}", owner.as_str(), cause.as_str())),
        rerun: "cc-ci doctor".to_owned(),
        attempts: [failed].into_iter().chain(again).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Script, check, fault, finished, tier};
    use cc_ci_model::{Event, Repeat};

    fn failed(fault: Fault) -> Outcome {
        Outcome::Failed { fault }
    }

    #[test]
    fn a_case_hears_every_attempt() {
        let script = Script::new()
            .start(1, false)
            .then(check(Tier::Deploy, "serves", failed(fault::nobody())))
            .then(check(Tier::Upgrade, "moved", Outcome::Blocked { by: Tier::Deploy }))
            .then(finished(1, &[], false))
            .start(2, true)
            .then(check(Tier::Deploy, "serves", Outcome::Passed))
            .then(check(Tier::Upgrade, "moved", failed(fault::recipe())))
            .then(finished(1, &[], false));
        let found = dossiers(&script.records());
        let names: Vec<_> = found.iter().map(Dossier::case).collect();
        assert_eq!(names, ["app@1.0.0+2/deploy/serves", "app@1.0.0+2/upgrade/moved"]);
        assert_eq!(found[0].attempts[0].fault(), Some(&fault::nobody()));
        assert_eq!(found[0].attempts[1].tried, Tried::Passed);
        assert!(found[0].attempts[1].isolated);
        let skipped = Tried::DidNotRun { why: "blocked by deploy".into(), fault: None };
        assert_eq!(found[1].attempts[0].tried, skipped);
    }

    #[test]
    fn what_fails_while_it_is_broken_off_proves_nothing() {
        let script = Script::new()
            .start(1, false)
            .then(check(Tier::Deploy, "serves", failed(fault::recipe())))
            .then(finished(1, &[], true))
            .over(true);
        let found = dossiers(&script.records());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].attempts[0].fault(), None);
        assert!(found[0].attempts[0].looked_red());
    }

    #[test]
    fn a_check_that_only_exists_when_red_held_where_its_tier_passed() {
        let script = Script::new()
            .start(1, false)
            .then(check(Tier::Deploy, "serves", Outcome::Passed))
            .then(check(Tier::Teardown, "empty", Outcome::Passed))
            .then(tier(Tier::Teardown, Outcome::Passed))
            .then(finished(1, &["network n"], false))
            .start(2, true)
            .then(check(Tier::Deploy, "serves", Outcome::Passed))
            .then(check(Tier::Teardown, "empty", Outcome::Passed))
            .then(tier(Tier::Teardown, Outcome::Passed))
            .then(finished(1, &[], false));
        let found = dossiers(&script.records());
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].check.as_str(), "left");
        assert_eq!(found[0].attempts[1].tried, Tried::Passed);
    }

    #[rstest::rstest]
    #[case("cc-ci rerun shop@1", "cc-ci rerun shop@1 custom/sells")]
    #[case("cc-ci rerun /a/shop --root /r", "cc-ci rerun /a/shop custom/sells --root /r")]
    #[case("cc-ci rerun '/a b/shop' --root /r", "cc-ci rerun '/a b/shop' custom/sells --root /r")]
    #[case("cd /r && cc-ci rerun shop", "cd /r && cc-ci rerun shop custom/sells")]
    #[case("cc-ci rerun '/a b/shop'", "cc-ci rerun '/a b/shop' custom/sells")]
    #[case("by hand", "by hand")]
    fn a_case_is_rerun_by_its_name(#[case] unit: &str, #[case] expected: &str) {
        let check = CheckId::new("sells").unwrap();
        assert_eq!(rerun_of(unit, Tier::Custom, &check), expected);
    }

    #[test]
    fn an_outage_is_one_case_of_the_run_and_its_attempt_proves_nothing() {
        let down = || Fault::EngineDown { message: "gone for 34 s".into() };
        let late = Fault::Deadline { seconds: 60, waiting_for: "app".into() };
        let script = Script::new()
            .start(1, false)
            .then(check(Tier::Deploy, "serves", failed(late)))
            .then(check(Tier::Backup, "snapshot", failed(down())))
            .then(Event::RunFailed { fault: down() })
            .then(finished(1, &[], true))
            .start(2, false)
            .then(check(Tier::Deploy, "serves", Outcome::Passed))
            .then(check(Tier::Custom, "sells", failed(fault::recipe())))
            .then(finished(1, &[], false))
            .over(false);
        let found = dossiers(&script.records());
        let names: Vec<_> = found.iter().map(Dossier::case).collect();
        assert_eq!(names, ["app@1.0.0+2/custom/sells", "run/harness.engine"]);
        assert!(
            matches!(&found[0].attempts[0].tried, Tried::DidNotRun { why, .. } if !why.is_empty())
        );
        assert!(found[0].attempts[1].fault().is_some());
        let verdict = crate::conclude(&found[1]);
        assert_eq!((verdict.class, verdict.owner), (cc_ci_model::Class::Harness, Owner::Harness));
        assert_eq!((verdict.repeat, found[1].has_healed()), (Repeat::Once, true));
    }

    #[rstest::rstest]
    #[case::made_again(&[], Some(false), true)]
    #[case::something_was_left(&["volume data"], Some(false), false)]
    #[case::broken_off_again(&[], Some(true), false)]
    #[case::not_made_again(&[], None, false)]
    fn an_outage_has_healed_once_the_attempt_was_made_again(
        #[case] left: &[&str],
        #[case] again: Option<bool>,
        #[case] healed: bool,
    ) {
        let script = Script::new()
            .start(1, false)
            .then(Event::RunFailed { fault: Fault::EngineDown { message: "gone".into() } })
            .then(finished(1, left, true));
        let script = match again {
            Some(cancelled) => script
                .start(2, false)
                .then(check(Tier::Deploy, "serves", Outcome::Passed))
                .then(finished(1, &[], cancelled)),
            None => script,
        };
        let found = dossiers(&script.over(false).records());
        let of_run = found.iter().find(|dossier| dossier.is_of_run()).unwrap();
        assert_eq!(of_run.has_healed(), healed, "{of_run:#?}");
        assert_eq!(crate::conclude(of_run).class, cc_ci_model::Class::Harness);
    }

    #[test]
    fn a_refused_unit_is_a_case_and_a_left_out_one_is_not() {
        let refused = |outcome| Event::UnitRefused {
            recipe: RecipeName::new("other").unwrap(),
            version: None,
            outcome,
        };
        let script = Script::new()
            .then(refused(failed(Fault::BadRecipe { message: "compose.yml:3".into() })))
            .then(refused(failed(Fault::Bug { message: "b".into() })))
            .then(refused(Outcome::NotRun { reason: "deadline".into() }));
        let found = dossiers(&script.records());
        let names: Vec<_> = found.iter().map(Dossier::case).collect();
        assert_eq!(names, ["other@unknown/plan/recipe.plan", "other@unknown/plan/harness.plan"]);
    }
}
