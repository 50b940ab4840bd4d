//! The procedure: label, or say what has to be tried first.

use std::collections::BTreeSet;

use cc_ci_model::{Class, Owner, Repeat};

use crate::owner::{Origin, origin};
use crate::posterior::{deterministic, passes_next};
use crate::repeat::{Count, count, repeat};
use crate::{Dossier, Verdict, class, reasons};

/// Isolated reruns that a case gets after it first looked red (`k`).
///
/// One rerun tells "every time" from "once"; it excludes only flakes that fail in at most 5 % of
/// their runs, which each verdict says. More need the warm instances that make reruns cheap.
pub const RERUNS_ALONE: u32 = 1;

/// How sure a verdict is that rests on a fault's type instead of on repetition: the precision that
/// a class-defining typed error has to reach before it may decide alone.
const BY_TYPE: f64 = 0.98;

/// What comes next for a red case.
#[derive(Debug, Clone, PartialEq)]
pub enum Step {
    /// It is decided.
    Label(Verdict),
    /// It needs an experiment first.
    Need(Experiment),
}

/// Something to try before a label can be given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Experiment {
    /// The same unit again, with nothing else on the node.
    RerunAlone,
}

/// Labels a case, or asks for the experiment that is missing.
#[must_use]
pub fn step(dossier: &Dossier) -> Step {
    let decided = origin(dossier).void || dossier.tier.is_none();
    if decided || count(dossier).reruns_alone >= RERUNS_ALONE {
        Step::Label(conclude(dossier))
    } else {
        Step::Need(Experiment::RerunAlone)
    }
}

/// Labels a case with what there is, for a run that ended before every experiment was made.
#[must_use]
pub fn conclude(dossier: &Dossier) -> Verdict {
    let (origin, count) = (origin(dossier), count(dossier));
    let repeat = repeat(dossier, origin.owner, count);
    let class = class::class(origin.owner, repeat, origin.void, count.passed_alone > 0);
    let red = dossier.attempts.iter().filter(|attempt| attempt.looked_red());
    let mut seen = BTreeSet::new();
    Verdict {
        class,
        owner: origin.owner,
        repeat,
        cause: origin.cause,
        confidence: confidence(dossier, class, origin, count),
        because: reasons::because(dossier, origin, repeat, count),
        ruled_out: reasons::ruled_out(class, origin, repeat, count),
        evidence: red
            .flat_map(|attempt| attempt.evidence.iter())
            .filter(|evidence| seen.insert(*evidence))
            .cloned()
            .collect(),
    }
}

fn confidence(dossier: &Dossier, class: Class, origin: Origin, count: Count) -> f64 {
    let by_type = origin.void || (dossier.tier.is_none() && origin.owner == Owner::Recipe);
    match class {
        Class::Undetermined => 0.0,
        Class::Flake => passes_next(count.failed, count.passed),
        Class::Recipe | Class::Harness if by_type => BY_TYPE,
        Class::Recipe => deterministic(count.failed_alone),
        // A fault of ours that comes and goes is still ours; only its type says so.
        Class::Harness => match repeat(dossier, origin.owner, count) {
            Repeat::Deterministic => deterministic(count.failed_alone),
            Repeat::Intermittent | Repeat::Once | Repeat::Unknown => BY_TYPE,
        },
    }
}
