//! Failures that no check reported: what the records imply.
//!
//! A green that no check stands behind is the worst thing a harness can print, so each claim is
//! held against the checks below it and a false one becomes a failure with our own name on it.

use cc_ci_model::{CheckId, Fault, Outcome, Proves, Tier};

use crate::{Attempt, CheckFact, End, TierFact};

/// The check that stands for a tier as a whole.
const WHOLE_TIER: &str = "tier";
/// The check that stands for the inventory after the tear-down.
const LEFT: &str = "left";
/// The check that stands for the number of deploys.
const DEPLOYS: &str = "deploys";

/// The check that stands for the planning of a unit, by who must act.
pub(crate) const RECIPE_PLAN: &str = "recipe.plan";
/// As [`RECIPE_PLAN`], where planning failed for a reason of ours.
pub(crate) const HARNESS_PLAN: &str = "harness.plan";

/// A name of ours as a check's name.
pub(crate) fn id(word: &'static str) -> CheckId {
    CheckId::slug(word)
}

/// Holds every claim of the attempt against its facts. `over` is `None` while the run goes on,
/// else whether the user broke it off.
pub(crate) fn close(attempt: &mut Attempt, planned_deploys: u32, over: Option<bool>) {
    if attempt.end == End::Open && over == Some(true) {
        attempt.end = End::Cancelled;
    }
    for tier in &mut attempt.tiers {
        settle(tier);
    }
    // An instance that is kept on demand stays; anything else that stays was forgotten.
    let forgotten = attempt.left_nothing() == Some(false) && !attempt.left.is_empty();
    if forgotten && !failed_in(attempt, Tier::Teardown) {
        let objects = attempt.left.clone();
        fail(attempt.tier_mut(Tier::Teardown), LEFT, Fault::LeftBehind { objects });
    }
    if attempt.end == End::Open && over == Some(false) {
        bug(attempt.tier_mut(Tier::Teardown), "the run ended, but this attempt never did");
    }
    let red = attempt.counted().any(|(_, check)| check.outcome.fault().is_some());
    let proven = attempt.counted().any(|(_, check)| check.outcome.is_pass());
    if attempt.end != End::Finished || red {
        return;
    }
    if !proven {
        bug(attempt.tier_mut(Tier::Deploy), "the attempt ended without a check that was tried");
    } else if let Some(found) = attempt.deploys.filter(|found| *found != planned_deploys) {
        let fault = Fault::DeployCount { expected: planned_deploys, found };
        fail(attempt.tier_mut(Tier::Teardown), DEPLOYS, fault);
    }
}

fn failed_in(attempt: &Attempt, tier: Tier) -> bool {
    attempt.tier(tier).is_some_and(|fact| first_fault(fact).is_some())
}

fn first_fault(tier: &TierFact) -> Option<&Fault> {
    tier.checks.iter().find_map(|check| check.outcome.fault())
}

/// Makes the tier's outcome no better than its checks.
fn settle(tier: &mut TierFact) {
    if let Some(fault) = first_fault(tier).cloned() {
        if tier.outcome.fault().is_none() {
            tier.outcome = Outcome::Failed { fault };
        }
        return;
    }
    match &tier.outcome {
        Outcome::Failed { fault } => {
            let fault = fault.clone();
            fail(tier, WHOLE_TIER, fault);
        }
        Outcome::Passed => {
            let skipped = |check: &CheckFact| match check.outcome {
                Outcome::Blocked { .. } | Outcome::NotRun { .. } => true,
                Outcome::Passed | Outcome::Failed { .. } | Outcome::NotApplicable { .. } => false,
            };
            if !tier.checks.iter().any(|check| check.outcome.is_pass()) {
                bug(tier, "the tier is called passed without a check that passed");
            } else if let Some(check) = tier.checks.iter().find(|check| skipped(check)) {
                let name = check.check.clone();
                bug(tier, &format!("the tier is called passed, but {name} was skipped"));
            }
        }
        Outcome::Blocked { .. } | Outcome::NotApplicable { .. } | Outcome::NotRun { .. } => {}
    }
}

fn bug(tier: &mut TierFact, message: &str) {
    fail(tier, WHOLE_TIER, Fault::Bug { message: message.to_owned() });
}

fn fail(tier: &mut TierFact, check: &'static str, fault: Fault) {
    let outcome = Outcome::Failed { fault };
    let (proves, evidence) = (Proves::Step, Vec::new());
    let check = CheckFact { check: id(check), outcome, millis: 0, proves, evidence };
    tier.outcome = check.outcome.clone();
    tier.checks.retain(|known| known.check != check.check);
    tier.checks.push(check);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts;
    use crate::testing::{Script, check, fault, finished, tier};
    use rstest::rstest;

    #[test]
    fn our_own_names_are_valid() {
        for word in [WHOLE_TIER, LEFT, DEPLOYS, RECIPE_PLAN, HARNESS_PLAN] {
            assert_eq!(id(word).as_str(), word);
        }
    }

    fn red(script: Script) -> Vec<(Tier, String, Fault)> {
        let run = facts(&script.records());
        let attempt = &run.units[0].attempts[0];
        assert_eq!(attempt.is_green(), attempt.checks().all(|(_, c)| c.outcome.fault().is_none()));
        attempt
            .checks()
            .filter_map(|(tier, c)| Some((tier, c.check.to_string(), c.outcome.fault()?.clone())))
            .collect()
    }

    fn not_run() -> Outcome {
        Outcome::NotRun { reason: "left out".into() }
    }

    #[test]
    fn a_green_attempt_stays_green() {
        let script = Script::new()
            .start(1, false)
            .then(check(Tier::Deploy, "serves", Outcome::Passed))
            .then(tier(Tier::Deploy, Outcome::Passed))
            .then(tier(Tier::Upgrade, not_run()))
            .then(finished(1, &[], false))
            .over(false);
        assert_eq!(red(script), []);
    }

    #[rstest]
    #[case::passed_without_a_check(vec![tier(Tier::Deploy, Outcome::Passed)], "deploy/tier")]
    #[case::passed_on_skips(
        vec![check(Tier::Deploy, "a", not_run()), tier(Tier::Deploy, Outcome::Passed)],
        "deploy/tier"
    )]
    #[case::passed_beside_a_skip(
        vec![
            check(Tier::Deploy, "a", Outcome::Passed),
            check(Tier::Deploy, "b", not_run()),
            tier(Tier::Deploy, Outcome::Passed),
        ],
        "deploy/tier"
    )]
    #[case::nothing_tried(vec![tier(Tier::Deploy, not_run())], "deploy/tier")]
    #[case::nothing_at_all(vec![], "deploy/tier")]
    #[case::failed_without_a_check(
        vec![tier(Tier::Upgrade, Outcome::Failed { fault: fault::recipe() })],
        "upgrade/tier"
    )]
    fn what_nobody_told_is_red(#[case] events: Vec<cc_ci_model::Event>, #[case] expected: &str) {
        let script = events.into_iter().fold(Script::new().start(1, false), Script::then);
        let found = red(script.then(finished(1, &[], false)).over(false));
        let names: Vec<_> = found.iter().map(|(tier, name, _)| format!("{tier}/{name}")).collect();
        assert_eq!(names, [expected]);
    }

    #[test]
    fn a_failed_check_makes_its_tier_red() {
        let script = Script::new()
            .start(1, false)
            .then(check(Tier::Deploy, "a", Outcome::Failed { fault: fault::recipe() }))
            .then(check(Tier::Deploy, "a", Outcome::Passed))
            .then(tier(Tier::Deploy, Outcome::Passed))
            .then(finished(1, &[], false));
        let run = facts(&script.records());
        let attempt = &run.units[0].attempts[0];
        let deploy = attempt.tier(Tier::Deploy).unwrap();
        assert_eq!(deploy.outcome, Outcome::Failed { fault: fault::recipe() });
        assert_eq!(deploy.checks.len(), 1);
        assert!(!attempt.is_green());
    }

    #[rstest]
    #[case::left_behind(1, &["volume v"], Fault::LeftBehind { objects: vec!["volume v".into()] })]
    #[case::one_deploy_too_many(2, &[], Fault::DeployCount { expected: 1, found: 2 })]
    fn the_end_of_an_attempt_is_held_against_its_plan(
        #[case] deploys: u32,
        #[case] left: &[&str],
        #[case] expected: Fault,
    ) {
        let script = Script::new()
            .start(1, false)
            .then(check(Tier::Deploy, "a", Outcome::Passed))
            .then(finished(deploys, left, false))
            .over(false);
        let found = red(script);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0, &found[0].2), (Tier::Teardown, &expected));
    }

    /// A tear-down that says itself that something is left is not red a second time for it.
    #[test]
    fn what_the_tear_down_has_said_is_said_once() {
        let left = || Outcome::Failed { fault: Fault::LeftBehind { objects: vec!["v".into()] } };
        let script = Script::new()
            .start(1, false)
            .then(check(Tier::Deploy, "a", Outcome::Passed))
            .then(check(Tier::Teardown, "nothing_left", left()))
            .then(tier(Tier::Teardown, left()))
            .then(finished(1, &["volume v"], false))
            .over(false);
        let names: Vec<_> = red(script).into_iter().map(|(_, name, _)| name).collect();
        assert_eq!(names, ["nothing_left"]);
    }

    /// What is implied is put beside what was told.
    #[test]
    fn an_implied_failure_keeps_the_checks_of_its_tier() {
        let script = Script::new()
            .start(1, false)
            .then(check(Tier::Deploy, "a", Outcome::Passed))
            .then(check(Tier::Teardown, "nothing_leaked", Outcome::Passed))
            .then(tier(Tier::Teardown, Outcome::Passed))
            .then(finished(1, &["volume v"], false))
            .over(false);
        let run = facts(&script.records());
        let teardown = run.units[0].attempts[0].tier(Tier::Teardown).unwrap();
        let names: Vec<_> = teardown.checks.iter().map(|check| check.check.as_str()).collect();
        assert_eq!(names, ["nothing_leaked", "left"]);
    }

    #[test]
    fn what_is_kept_on_demand_is_not_left_behind() {
        let kept = || {
            Script::new()
                .start(1, false)
                .then(check(Tier::Deploy, "a", Outcome::Passed))
                .then(tier(Tier::Teardown, not_run()))
                .then(finished(1, &["volume v"], false))
                .over(false)
        };
        assert_eq!(facts(&kept().records()).units[0].attempts[0].left_nothing(), None);
        assert_eq!(red(kept()), []);
    }

    #[test]
    fn an_attempt_that_never_ended_is_a_bug_unless_the_user_broke_the_run_off() {
        let open = || Script::new().start(1, false).then(check(Tier::Deploy, "a", Outcome::Passed));
        let faults = |script: Script| facts(&script.records()).units[0].attempts[0].clone();
        assert!(matches!(
            faults(open().over(false)).tier(Tier::Teardown).unwrap().outcome,
            Outcome::Failed { fault: Fault::Bug { .. } }
        ));
        assert_eq!(faults(open().over(true)).end, End::Cancelled);
        assert_eq!(faults(open()).end, End::Open);
    }
}
