//! The outcome of a check or a tier.

use serde::{Deserialize, Serialize};

use crate::{Fault, Tier};

/// The outcome of a check or a tier. A skip is never a pass.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was tried and held.
    Passed,
    /// It was tried and did not hold.
    Failed {
        /// Why, as a type that knows its owner.
        fault: Fault,
    },
    /// It could not be tried because a tier below it failed.
    Blocked {
        /// The tier that failed.
        by: Tier,
    },
    /// The recipe has nothing to prove here.
    NotApplicable {
        /// Why there is nothing to prove.
        reason: String,
    },
    /// It was left out.
    NotRun {
        /// Why it was left out.
        reason: String,
    },
}

impl Outcome {
    /// The outcome of a tier with these checks, in the order in which they were tried: `Passed` only if there
    /// was a check and every one that applies held.
    #[must_use]
    pub fn of_checks<'a>(checks: impl IntoIterator<Item = &'a Self> + Clone) -> Self {
        let all = || checks.clone().into_iter();
        let failed = all().find(|outcome| matches!(outcome, Self::Failed { .. }));
        let left_out = || all().find(|outcome| matches!(outcome, Self::NotRun { .. }));
        if let Some(outcome) = failed.or_else(left_out) {
            return outcome.clone();
        }
        if all().any(Self::is_pass) {
            return Self::Passed;
        }
        // A tier without checks must not pass: an empty suite would stay green for months.
        all().next().cloned().unwrap_or_else(|| Self::Failed {
            fault: Fault::Bug { message: "the tier ended without a single check".to_owned() },
        })
    }

    /// The outcome's one word, as reports print it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed { .. } => "failed",
            Self::Blocked { .. } => "blocked",
            Self::NotApplicable { .. } => "not_applicable",
            Self::NotRun { .. } => "not_run",
        }
    }

    /// True only for a check that was tried and held.
    #[must_use]
    pub fn is_pass(&self) -> bool {
        matches!(self, Self::Passed)
    }

    /// The fault of a failure.
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Failed { fault } => Some(fault),
            Self::Passed
            | Self::Blocked { .. }
            | Self::NotApplicable { .. }
            | Self::NotRun { .. } => None,
        }
    }

    /// The reason in one sentence; nothing for a pass.
    #[must_use]
    pub fn reason(&self) -> Option<String> {
        match self {
            Self::Passed => None,
            Self::Failed { fault } => Some(fault.to_string()),
            Self::Blocked { by } => Some(format!("blocked by {by}")),
            Self::NotApplicable { reason } | Self::NotRun { reason } => Some(reason.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_skip_is_never_a_pass() {
        let skips = [
            Outcome::Blocked { by: Tier::Deploy },
            Outcome::NotApplicable { reason: "r".into() },
            Outcome::NotRun { reason: "r".into() },
        ];
        assert!(skips.iter().all(|skip| !skip.is_pass() && skip.reason().is_some()));
        assert!(Outcome::Passed.is_pass());
    }

    fn failed() -> Outcome {
        Outcome::Failed { fault: Fault::CheckFailed { message: "no".into() } }
    }

    fn not_run() -> Outcome {
        Outcome::NotRun { reason: "cancelled".into() }
    }

    fn not_applicable() -> Outcome {
        Outcome::NotApplicable { reason: "none".into() }
    }

    #[rstest::rstest]
    #[case::zero_checks_are_a_bug(vec![], "failed")]
    #[case::one_failure(vec![Outcome::Passed, failed()], "failed")]
    #[case::failure_beats_cancel(vec![not_run(), failed()], "failed")]
    #[case::a_skip_is_no_pass(vec![Outcome::Passed, not_run()], "not_run")]
    #[case::nothing_applies(vec![not_applicable()], "not_applicable")]
    #[case::some_apply(vec![not_applicable(), Outcome::Passed], "passed")]
    fn a_tier_passes_only_if_every_check_did(#[case] checks: Vec<Outcome>, #[case] word: &str) {
        assert_eq!(Outcome::of_checks(&checks).word(), word);
    }
}
