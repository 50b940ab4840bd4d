//! Does it come again?

use cc_ci_model::{Owner, Repeat};

use crate::{Dossier, Tried};

/// What the attempts that tried a case add up to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Count {
    /// Attempts in which it failed.
    pub(crate) failed: u32,
    /// Attempts in which it held.
    pub(crate) passed: u32,
    /// Isolated attempts after its first failure in which it failed.
    pub(crate) failed_alone: u32,
    /// Isolated attempts in which it held.
    pub(crate) passed_alone: u32,
    /// Isolated attempts since it first looked red, whether they got that far or not.
    pub(crate) reruns_alone: u32,
}

pub(crate) fn count(dossier: &Dossier) -> Count {
    let mut count = Count::default();
    let mut red_before = false;
    for attempt in &dossier.attempts {
        let alone = u32::from(attempt.isolated);
        if red_before {
            count.reruns_alone += alone;
        }
        match &attempt.tried {
            Tried::Failed { .. } => {
                count.failed_alone += if count.failed > 0 { alone } else { 0 };
                count.failed += 1;
            }
            Tried::Passed => {
                count.passed += 1;
                count.passed_alone += alone;
            }
            Tried::DidNotRun { .. } => {}
        }
        red_before |= attempt.looked_red();
    }
    count
}

/// Derives the repetition from the attempts that tried the case.
///
/// Planning reads files and nothing else, so the same recipe is refused again for sure; it is the
/// only case that needs no second attempt to be deterministic.
pub(crate) fn repeat(dossier: &Dossier, owner: Owner, count: Count) -> Repeat {
    if dossier.tier.is_none() && owner == Owner::Recipe {
        return Repeat::Deterministic;
    }
    match (count.failed, count.passed) {
        (0 | 1, 0) => Repeat::Unknown,
        (_, 0) => Repeat::Deterministic,
        (0 | 1, _) => Repeat::Once,
        (_, _) => Repeat::Intermittent,
    }
}
