//! Tiers that passed without anything being seen that only the app could have done.

use std::fmt;

use cc_ci_model::{Outcome, Proves, Tier};

use crate::TierFact;

/// Why a tier that passed says little.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Weakness {
    /// Its checks are steps of the harness; no check asked the app.
    OnlySteps,
    /// Something answers, and that is all.
    OnlyAnswers,
}

impl fmt::Display for Weakness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OnlySteps => "none of its checks looks at the app",
            Self::OnlyAnswers => "its checks see that something answers, and no more",
        })
    }
}

impl TierFact {
    /// Why the tier is weak; `None` where it is not, where it did not pass, and where it promises
    /// nothing beyond its own steps.
    #[must_use]
    pub fn weakness(&self) -> Option<Weakness> {
        if !promises_an_app(self.tier) || self.outcome != Outcome::Passed {
            return None;
        }
        let held = self.checks.iter().filter(|check| check.outcome.is_pass());
        match held.map(|check| check.proves).max().unwrap_or_default() {
            Proves::Step => Some(Weakness::OnlySteps),
            Proves::Answer => Some(Weakness::OnlyAnswers),
            Proves::Behaviour | Proves::Data => None,
        }
    }
}

/// True for a tier whose promise is about the app and its data. What lint, backup and tear-down
/// promise (rules kept, a snapshot that verifies, nothing left) is proven by their steps.
fn promises_an_app(tier: Tier) -> bool {
    match tier {
        Tier::Deploy
        | Tier::Upgrade
        | Tier::Custom
        | Tier::Restore
        | Tier::Restart
        | Tier::Reboot
        | Tier::Rollback
        | Tier::Recovery
        | Tier::Interrupt => true,
        Tier::Lint | Tier::Backup | Tier::Teardown => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CheckFact;
    use crate::testing::fault;
    use cc_ci_model::CheckId;
    use rstest::rstest;

    fn check(outcome: Outcome, proves: Proves) -> CheckFact {
        CheckFact { check: CheckId::slug("c"), outcome, millis: 0, proves, evidence: vec![] }
    }

    fn tier(tier: Tier, outcome: Outcome, checks: Vec<CheckFact>) -> TierFact {
        TierFact { tier, outcome, ended: true, millis: 0, checks }
    }

    #[rstest]
    #[case::steps(&[Proves::Step], Some(Weakness::OnlySteps))]
    #[case::answers(&[Proves::Step, Proves::Answer, Proves::Step], Some(Weakness::OnlyAnswers))]
    #[case::behaviour(&[Proves::Answer, Proves::Behaviour, Proves::Step], None)]
    #[case::data(&[Proves::Data, Proves::Answer], None)]
    fn the_strongest_check_decides(#[case] proves: &[Proves], #[case] expected: Option<Weakness>) {
        for kind in Tier::ALL {
            let checks = proves.iter().map(|proves| check(Outcome::Passed, *proves)).collect();
            let expected =
                expected.filter(|_| !matches!(kind, Tier::Lint | Tier::Backup | Tier::Teardown));
            assert_eq!(tier(kind, Outcome::Passed, checks).weakness(), expected, "{kind}");
        }
    }

    #[test]
    fn what_did_not_hold_does_not_strengthen() {
        let skipped = Outcome::NotApplicable { reason: "r".into() };
        let checks = vec![check(Outcome::Passed, Proves::Answer), check(skipped, Proves::Data)];
        let fact = tier(Tier::Upgrade, Outcome::Passed, checks);
        assert_eq!(fact.weakness(), Some(Weakness::OnlyAnswers));
    }

    #[test]
    fn only_a_pass_can_be_weak() {
        let outcomes = [
            Outcome::Failed { fault: fault::recipe() },
            Outcome::Blocked { by: Tier::Deploy },
            Outcome::NotApplicable { reason: "r".into() },
            Outcome::NotRun { reason: "r".into() },
        ];
        for outcome in outcomes {
            assert_eq!(tier(Tier::Upgrade, outcome, vec![]).weakness(), None);
        }
    }
}
