//! A verdict's sentences.

use cc_ci_model::{Class, Owner, Repeat};

use crate::owner::Origin;
use crate::posterior::{deterministic, excluded_rate};
use crate::repeat::Count;
use crate::{AttemptFact, Dossier, Tried};

/// What speaks for the class.
pub(crate) fn because(
    dossier: &Dossier,
    origin: Origin,
    repeat: Repeat,
    count: Count,
) -> Vec<String> {
    let mut lines: Vec<String> = dossier.attempts.iter().map(attempt).collect();
    lines.push(owner(dossier, origin, count));
    lines.push(repetition(dossier, repeat, count));
    if repeat == Repeat::Deterministic {
        lines.extend(excluded_rate(count.failed_alone).map(|rate| {
            format!(
                "k = {}: at 5 % risk this only excludes flakes that fail in at most {:.0} % of \
                 their runs; P(deterministic) = {:.3}",
                count.failed_alone,
                rate * 100.0,
                deterministic(count.failed_alone),
            )
        }));
    }
    lines
}

fn attempt(fact: &AttemptFact) -> String {
    let place = match (fact.attempt, fact.isolated) {
        (0, _) => "planning".to_owned(),
        (number, true) => format!("attempt {number}, alone on the node"),
        (number, false) => format!("attempt {number}"),
    };
    match &fact.tried {
        Tried::Passed => format!("{place}: passed"),
        Tried::Failed { fault } => format!("{place}: {fault}"),
        Tried::DidNotRun { why, fault: None } => format!("{place}: did not run ({why})"),
        Tried::DidNotRun { why, fault: Some(fault) } => {
            format!("{place}: does not count ({why}): {fault}")
        }
    }
}

fn owner(dossier: &Dossier, origin: Origin, count: Count) -> String {
    if !origin.agreed {
        let owners: Vec<_> = dossier
            .attempts
            .iter()
            .filter_map(|attempt| attempt.fault())
            .map(|fault| fault.origin().0.as_str())
            .collect();
        return format!("the attempts name different owners ({}): unknown", owners.join(", "));
    }
    match origin.owner {
        Owner::Unknown if count.failed == 0 => "no failure that counts names an owner".to_owned(),
        Owner::Unknown => "time ran out, which is not a cause and names no owner".to_owned(),
        owner @ (Owner::Recipe | Owner::Harness | Owner::External) if origin.void => {
            format!("the fault is of {owner} by its type or place, whatever a rerun says")
        }
        owner @ (Owner::Recipe | Owner::Harness | Owner::External) => {
            format!("the type of the fault names {owner} ({})", origin.cause)
        }
    }
}

fn repetition(dossier: &Dossier, repeat: Repeat, count: Count) -> String {
    let Count { failed, passed, reruns_alone, .. } = count;
    let tried = failed + passed;
    match repeat {
        Repeat::Deterministic if dossier.tier.is_none() => {
            "planning only reads files, so the same files are refused again".to_owned()
        }
        Repeat::Deterministic => format!("failed in all {tried} attempts that tried it"),
        Repeat::Intermittent => format!("failed in {failed} of {tried} attempts that tried it"),
        Repeat::Once => {
            format!("failed in {failed} and held in {passed} of {tried} attempts that tried it")
        }
        Repeat::Unknown if reruns_alone == 0 => "it was not rerun alone".to_owned(),
        Repeat::Unknown => "no rerun tried it, so nobody knows whether it comes again".to_owned(),
    }
}

/// What speaks against the other classes.
pub(crate) fn ruled_out(class: Class, origin: Origin, repeat: Repeat, count: Count) -> Vec<String> {
    let mut lines = Vec::new();
    if class != Class::Flake {
        if repeat == Repeat::Deterministic && count.failed_alone > 0 {
            lines.push(format!("flake: it came again alone on the node ({}×)", count.failed_alone));
        } else if origin.void {
            lines.push("flake: the fault is a fact about the harness, not about luck".to_owned());
        }
    }
    match class {
        Class::Recipe => lines.push(
            "harness: no attempt failed here with a fault of the harness's types; the node was not \
             tested beside it"
                .to_owned(),
        ),
        Class::Harness => {
            lines.push("recipe: no attempt failed here with a fault of the recipe's types".to_owned());
        }
        Class::Flake => lines.push(format!(
            "recipe, harness: it held alone on the node ({}×) and no mechanism is proven",
            count.passed_alone
        )),
        Class::Undetermined => {}
    }
    lines
}
