//! One cause, one case: red checks of one unit that fail for the same reason.

use cc_ci_model::Tier;

use crate::{AttemptFact, Dossier, Tried, signature};

/// The red checks that have one cause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// The innermost thing that their faults name.
    pub signature: String,
    /// What every attempt says about all of them, under the name of the first.
    pub whole: Dossier,
    /// Each of them, in the order of tiers and checks.
    pub checks: Vec<Dossier>,
}

/// Puts red checks together that belong to one unit and whose first faults have one signature.
///
/// A failure in the tear-down changes no verdict of a test, so it stays a case of its own.
#[must_use]
pub fn groups(dossiers: Vec<Dossier>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for dossier in dossiers {
        let signature = first_signature(&dossier);
        let known = groups.iter_mut().find(|group| {
            dossier.unit.is_some()
                && group.whole.unit == dossier.unit
                && is_teardown(&group.whole) == is_teardown(&dossier)
                && group.signature == signature
        });
        match known {
            Some(group) => group.checks.push(dossier),
            None => groups.push(Group { signature, whole: dossier.clone(), checks: vec![dossier] }),
        }
    }
    for group in &mut groups {
        let each = |at: usize| group.checks.iter().filter_map(move |check| check.attempts.get(at));
        let attempts = (0..group.whole.attempts.len()).filter_map(|at| together(each(at)));
        group.whole.attempts = attempts.collect();
    }
    groups
}

fn is_teardown(dossier: &Dossier) -> bool {
    dossier.tier == Some(Tier::Teardown)
}

/// The signature of what a check first failed with; a failure that counts goes before one that does not.
fn first_signature(dossier: &Dossier) -> String {
    let counted = dossier.attempts.iter().find_map(AttemptFact::fault);
    let any = || {
        dossier.attempts.iter().find_map(|attempt| match &attempt.tried {
            Tried::DidNotRun { fault, .. } => fault.as_ref(),
            Tried::Passed | Tried::Failed { .. } => None,
        })
    };
    counted.or_else(any).map(signature).unwrap_or_default()
}

/// What one attempt says about all checks: red if any of them was, good only if all of them were.
fn together<'a>(checks: impl Iterator<Item = &'a AttemptFact>) -> Option<AttemptFact> {
    let rank = |fact: &&AttemptFact| match &fact.tried {
        Tried::Failed { .. } => 0,
        Tried::DidNotRun { fault: Some(_), .. } => 1,
        Tried::DidNotRun { fault: None, .. } => 2,
        Tried::Passed => 3,
    };
    let checks: Vec<_> = checks.collect();
    let first = *checks.iter().min_by_key(|fact| rank(fact))?;
    let mut whole = first.clone();
    for item in checks.iter().flat_map(|fact| &fact.evidence) {
        if !whole.evidence.contains(item) {
            whole.evidence.push(item.clone());
        }
    }
    Some(whole)
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{Fault, Outcome};

    use super::*;
    use crate::testing::{Script, check, fault, finished};
    use crate::{Step, dossiers, step};

    fn failed(message: &str) -> Outcome {
        Outcome::Failed { fault: Fault::CheckFailed { message: message.to_owned() } }
    }

    /// Attempts at `deploy/a`, `custom/b` and `teardown/c`, a letter for each: `f` failed, `o` failed otherwise,
    /// `p` passed, `-` left out.
    fn run(attempts: &[&str]) -> Vec<Group> {
        let mut script = Script::new();
        for (number, words) in (1..).zip(attempts) {
            script = script.start(number, number > 1);
            let checks = [(Tier::Deploy, "a"), (Tier::Custom, "b"), (Tier::Teardown, "c")];
            for ((tier, id), word) in checks.into_iter().zip(words.chars()) {
                script = script.then(check(
                    tier,
                    id,
                    match word {
                        'f' => failed("answered 500 after 12 s"),
                        'o' => failed("answered without \"x\""),
                        'p' => Outcome::Passed,
                        _ => Outcome::NotRun { reason: "left out".into() },
                    },
                ));
            }
            script = script.then(finished(1, &[], false));
        }
        groups(dossiers(&script.over(false).records()))
    }

    fn names(groups: &[Group]) -> Vec<Vec<&str>> {
        let checks = |group: &Group| group.checks.len();
        assert!(groups.iter().all(|group| checks(group) > 0));
        groups.iter().map(|g| g.checks.iter().map(|c| c.check.as_str()).collect()).collect()
    }

    #[test]
    fn one_cause_is_one_case_and_the_tear_down_is_another() {
        assert_eq!(names(&run(&["ffp", "ffp"])), [vec!["a", "b"]]);
        assert_eq!(names(&run(&["fff", "fff"])), [vec!["a", "b"], vec!["c"]]);
        assert_eq!(names(&run(&["fop", "fop"])), [vec!["a"], vec!["b"]]);
    }

    #[test]
    fn a_case_that_comes_again_in_one_of_its_checks_comes_again() {
        let found = run(&["ffp", "pfp"]);
        let Step::Label(verdict) = step(&found[0].whole) else { panic!("{found:?}") };
        assert_eq!(verdict.class, cc_ci_model::Class::Recipe);
    }

    #[test]
    fn a_case_is_no_flake_while_one_of_its_checks_was_not_tried() {
        let found = run(&["ffp", "p-p"]);
        let Step::Label(verdict) = step(&found[0].whole) else { panic!("{found:?}") };
        assert_eq!(verdict.class, cc_ci_model::Class::Undetermined);
        let found = run(&["ffp", "ppp"]);
        let Step::Label(verdict) = step(&found[0].whole) else { panic!("{found:?}") };
        assert_eq!(verdict.class, cc_ci_model::Class::Flake);
    }

    #[test]
    fn what_cannot_be_planned_is_never_put_together() {
        let refused = |name: &str| cc_ci_model::Event::UnitRefused {
            recipe: cc_ci_model::RecipeName::new(name).unwrap(),
            version: None,
            outcome: Outcome::Failed { fault: fault::recipe() },
        };
        let script = Script::new().then(refused("one")).then(refused("two"));
        assert_eq!(groups(dossiers(&script.records())).len(), 2);
    }
}
