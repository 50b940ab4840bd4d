//! Which tiers a unit walks through, and how often it deploys.

use std::collections::BTreeSet;

use cc_ci_backup::BackupPlan;
use cc_ci_model::{StackSpec, Tier};

use crate::error::PlanError;

/// Whether the reboot tier may restart the engine's daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reboot {
    /// The owner of the machine did not allow it.
    Forbidden,
    /// The owner of the machine allowed it.
    Allowed,
    /// The owner of the machine allowed it, but it cannot be done from here, for this reason.
    Impossible(String),
}

impl Reboot {
    /// Refuses `tiers` if they hold the reboot tier and the daemon cannot be restarted.
    pub(crate) fn refuse_impossible(&self, tiers: &[Tier]) -> Result<(), PlanError> {
        match self {
            Self::Impossible(reason) if tiers.contains(&Tier::Reboot) => {
                Err(PlanError::usage(reason.clone())
                    .hint("leave --restart-daemon out, or run as root beside it"))
            }
            Self::Forbidden | Self::Allowed | Self::Impossible(_) => Ok(()),
        }
    }
}

/// What a suite asks for waits for the machine's owner; what the command line asks for is not left out
/// without a word.
pub(crate) fn refuse_reboot(asked: &[Tier]) -> Result<(), PlanError> {
    if !asked.contains(&Tier::Reboot) {
        return Ok(());
    }
    let message = "the reboot tier restarts the engine's daemon, and that is not allowed here";
    Err(PlanError::usage(message)
        .hint("--restart-daemon allows it: every container on this machine stops for a moment"))
}

/// How often a unit deploys from nothing when all goes well: once, and once for each tier that has
/// the instance lost first. Those need a snapshot, so a recipe without a backup has none of them.
pub(crate) fn deploys(tiers: &[Tier], head: &StackSpec, upgrades: bool) -> u32 {
    // Broken labels are reported by the backup tier, and nothing after it runs.
    let saved = matches!(BackupPlan::read(head), Ok(Some(_)));
    let more = |tier: Tier, possible: bool| u32::from(tiers.contains(&tier) && possible);
    more(Tier::Deploy, true)
        + more(Tier::Recovery, saved)
        + more(Tier::Interrupt, saved && upgrades)
}

/// The tiers that were asked for with those that they cannot do without: only lint runs without a
/// deploy, and there is nothing to restore without a backup. The upgrade is left out where
/// it was not asked for, unless rollback or interrupt was. `also` are the tiers that the suite asks for
/// on top of those that every recipe gets.
pub(crate) fn tiers(asked: &[Tier], also: &BTreeSet<Tier>) -> Vec<Tier> {
    let any = |tiers: &[Tier]| tiers.iter().any(|tier| asked.contains(tier));
    let needs = |tier: Tier| match tier {
        Tier::Deploy | Tier::Teardown => asked.is_empty() || asked.iter().any(|t| *t != Tier::Lint),
        Tier::Backup => any(&[Tier::Restore, Tier::Recovery, Tier::Interrupt]),
        Tier::Upgrade => any(&[Tier::Rollback, Tier::Interrupt]),
        Tier::Lint
        | Tier::Custom
        | Tier::Restore
        | Tier::Restart
        | Tier::Reboot
        | Tier::Rollback
        | Tier::Recovery
        | Tier::Interrupt => false,
    };
    let usual = |tier: &Tier| asked.is_empty() && (!tier.is_opt_in() || also.contains(tier));
    let wanted = |tier: &Tier| usual(tier) || asked.contains(tier) || needs(*tier);
    Tier::ALL.into_iter().filter(wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_restarts_a_daemon_unasked() {
        let refused = refuse_reboot(&[Tier::Restart, Tier::Reboot]).unwrap_err();
        assert!(refused.text().contains("--restart-daemon allows it"), "{}", refused.text());
        assert!(refuse_reboot(&[Tier::Restart]).is_ok());
    }

    #[rstest::rstest]
    #[case::all_but_what_a_suite_asks_for(&[], &[
        Tier::Lint, Tier::Deploy, Tier::Upgrade, Tier::Custom, Tier::Backup, Tier::Restore,
        Tier::Restart, Tier::Interrupt, Tier::Recovery, Tier::Teardown
    ])]
    #[case::interrupt_breaks_off_an_upgrade_and_a_restore(
        &[Tier::Interrupt],
        &[Tier::Deploy, Tier::Upgrade, Tier::Backup, Tier::Interrupt, Tier::Teardown]
    )]
    #[case::lint_needs_nothing(&[Tier::Lint], &[Tier::Lint])]
    #[case::lint_twice(&[Tier::Lint, Tier::Lint], &[Tier::Lint])]
    #[case::lint_beside_others(&[Tier::Lint, Tier::Deploy], &[Tier::Lint, Tier::Deploy, Tier::Teardown])]
    #[case::custom_needs_a_deploy(&[Tier::Custom], &[Tier::Deploy, Tier::Custom, Tier::Teardown])]
    #[case::restore_needs_a_backup(
        &[Tier::Restore],
        &[Tier::Deploy, Tier::Backup, Tier::Restore, Tier::Teardown]
    )]
    fn tiers_bring_what_they_need(#[case] asked: &[Tier], #[case] walked: &[Tier]) {
        let also = BTreeSet::from([Tier::Interrupt]);
        let mut walked = walked.to_vec();
        walked.sort();
        assert_eq!(tiers(asked, &also), walked);
    }
}
