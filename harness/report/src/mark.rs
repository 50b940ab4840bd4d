//! One mark per tier, the same in every report for people.

use std::collections::BTreeSet;

use cc_ci_classify::Attempt;
use cc_ci_model::{Outcome, Tier};

use crate::Run;

/// What became of a tier, at a glance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mark {
    Passed,
    Weak,
    Failed,
    Advice,
    Blocked,
    NotApplicable,
    NotRun,
}

impl Mark {
    pub(crate) fn of(attempt: &Attempt, tier: Tier) -> Self {
        let Some(fact) = attempt.tier(tier) else { return Self::NotRun };
        match fact.outcome {
            Outcome::Passed if fact.weakness().is_some() => Self::Weak,
            Outcome::Passed => Self::Passed,
            Outcome::Failed { .. } if tier.is_advisory() => Self::Advice,
            Outcome::Failed { .. } => Self::Failed,
            Outcome::Blocked { .. } => Self::Blocked,
            Outcome::NotApplicable { .. } => Self::NotApplicable,
            Outcome::NotRun { .. } => Self::NotRun,
        }
    }

    pub(crate) fn sign(self) -> &'static str {
        match self {
            Self::Passed => "✔",
            Self::Weak => "○",
            Self::Failed => "✘",
            Self::Advice => "!",
            Self::Blocked => "▪",
            Self::NotApplicable => "·",
            Self::NotRun => "–",
        }
    }

    /// The class of its style.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Weak => "weak",
            Self::Failed => "failed",
            Self::Advice => "advice",
            Self::Blocked => "blocked",
            Self::NotApplicable => "not-applicable",
            Self::NotRun => "not-run",
        }
    }

    /// What the mark says, for a legend.
    pub(crate) fn legend(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Weak => "weak: passed, but nothing was seen that only the app could have done",
            Self::Failed => "failed",
            Self::Advice => "breaks a rule, which lowers the level and not the verdict",
            Self::Blocked => "blocked by a failure below it",
            Self::NotApplicable => "not applicable",
            Self::NotRun => "not run",
        }
    }
}

/// The tiers that a table of the run shows: all that a unit walks unasked, and what some unit was
/// asked for on top.
pub(crate) fn shown_tiers(run: &Run) -> Vec<Tier> {
    let told = |tier: Tier| {
        run.units.iter().filter_map(|u| u.decisive()).any(|a| a.facts.tier(tier).is_some())
    };
    Tier::ALL.into_iter().filter(|tier| !tier.is_opt_in() || told(*tier)).collect()
}

/// The marks that a table of the run holds.
pub(crate) fn used(run: &Run) -> BTreeSet<Mark> {
    let tiers = shown_tiers(run);
    let attempts = run.units.iter().filter_map(|unit| unit.decisive());
    attempts.flat_map(|a| tiers.iter().map(|tier| Mark::of(&a.facts, *tier))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{advice, green, view};
    use crate::script::attempt;
    use rstest::rstest;

    #[rstest]
    #[case('p', Tier::Deploy, Mark::Passed)]
    #[case('w', Tier::Deploy, Mark::Weak)]
    #[case('w', Tier::Backup, Mark::Passed)]
    #[case('f', Tier::Deploy, Mark::Failed)]
    #[case('f', Tier::Lint, Mark::Advice)]
    #[case('b', Tier::Restore, Mark::Blocked)]
    #[case('a', Tier::Restore, Mark::NotApplicable)]
    #[case('n', Tier::Restore, Mark::NotRun)]
    #[case('.', Tier::Restore, Mark::NotRun)]
    fn each_outcome_has_its_mark(#[case] word: char, #[case] tier: Tier, #[case] mark: Mark) {
        assert_eq!(Mark::of(&attempt(&[(tier, word)]), tier), mark);
    }

    #[test]
    fn only_what_was_asked_for_is_shown_on_top() {
        let usual = shown_tiers(&view(&green()));
        assert!(usual.contains(&Tier::Restart) && !usual.iter().any(|tier| tier.is_opt_in()));
        let more = shown_tiers(&view(&advice()));
        assert!(more.contains(&Tier::Rollback) && !more.contains(&Tier::Interrupt));
    }
}
