//! The promises that are proven one after the other.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One promise to prove, in the order of a unit's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// The recipe's files keep the rules of the field.
    Lint,
    /// The base version converges and really serves.
    Deploy,
    /// In-place move to the head version with data intact.
    Upgrade,
    /// The recipe's own checks.
    Custom,
    /// Hooks, snapshot and dump proofs.
    Backup,
    /// Mutated data comes back from the snapshot.
    Restore,
    /// Every task is killed at once; the app comes back by itself, with its data.
    Restart,
    /// The engine's daemon is restarted, as by a reboot; the app comes back by itself, with its data.
    Reboot,
    /// The previous version on new data works, or refuses clearly.
    Rollback,
    /// The instance and its volumes are gone; a fresh one comes back from the snapshot.
    Recovery,
    /// Upgrade and restore are interrupted half-way; repeated, they converge.
    Interrupt,
    /// Nothing is left on the engine.
    Teardown,
}

impl Tier {
    /// Every tier, in the order in which a unit walks through them.
    pub const ALL: [Self; 12] = [
        Self::Lint,
        Self::Deploy,
        Self::Upgrade,
        Self::Custom,
        Self::Backup,
        Self::Restore,
        Self::Restart,
        Self::Reboot,
        Self::Rollback,
        Self::Recovery,
        Self::Interrupt,
        Self::Teardown,
    ];

    /// The tier's name as it is written in files and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lint => "lint",
            Self::Deploy => "deploy",
            Self::Upgrade => "upgrade",
            Self::Custom => "custom",
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::Restart => "restart",
            Self::Reboot => "reboot",
            Self::Rollback => "rollback",
            Self::Recovery => "recovery",
            Self::Interrupt => "interrupt",
            Self::Teardown => "teardown",
        }
    }

    /// The tiers that must not have failed for this one to be walked.
    ///
    /// An upgrade that failed leaves no head version to test, so everything but the tear-down
    /// rests on it; a failed custom check says nothing about backups.
    #[must_use]
    pub fn rests_on(self) -> &'static [Self] {
        match self {
            Self::Lint | Self::Deploy | Self::Teardown => &[],
            Self::Upgrade => &[Self::Deploy],
            Self::Custom | Self::Backup | Self::Restart | Self::Reboot | Self::Rollback => {
                &[Self::Deploy, Self::Upgrade]
            }
            // Recovery and interrupt begin at the snapshot, beside the restore in place.
            Self::Restore | Self::Recovery | Self::Interrupt => {
                &[Self::Deploy, Self::Upgrade, Self::Backup]
            }
        }
    }

    /// A tier that only advises: what fails in it lowers the level and never the verdict. A recipe
    /// that breaks a rule of style still deploys, serves and keeps its data.
    #[must_use]
    pub fn is_advisory(self) -> bool {
        self == Self::Lint
    }

    /// A tier that a suite has to ask for, because it costs much or not every app promises it.
    #[must_use]
    pub fn is_opt_in(self) -> bool {
        matches!(self, Self::Reboot | Self::Rollback | Self::Interrupt)
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Tier {
    type Err = crate::IdError;
    fn from_str(value: &str) -> Result<Self, Self::Err> {
        Self::ALL.into_iter().find(|tier| tier.as_str() == value).ok_or_else(|| crate::IdError {
            kind: "tier",
            value: value.to_owned(),
            expected: "one of lint, deploy, upgrade, custom, backup, restore, restart, reboot, \
                       rollback, recovery, interrupt, teardown",
        })
    }
}

/// How far up the ladder a unit got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Below the first rung.
    None,
    /// It deploys.
    Deploy,
    /// … and upgrades.
    Upgrade,
    /// … and comes back from a backup.
    BackupRestore,
    /// … and passes its own checks.
    Custom,
    /// … and breaks no rule that counts as an error.
    Lint,
}

impl Level {
    /// The rungs above [`Level::None`], with the tiers that must hold to stand on each.
    pub const LADDER: [(Self, &'static [Tier]); 5] = [
        (Self::Deploy, &[Tier::Deploy]),
        (Self::Upgrade, &[Tier::Upgrade]),
        (Self::BackupRestore, &[Tier::Backup, Tier::Restore, Tier::Recovery]),
        (Self::Custom, &[Tier::Custom]),
        (Self::Lint, &[Tier::Lint]),
    ];

    /// The rung's name as it is written in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Deploy => "deploy",
            Self::Upgrade => "upgrade",
            Self::BackupRestore => "backup_restore",
            Self::Custom => "custom",
            Self::Lint => "lint",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for tier in Tier::ALL {
            assert_eq!(tier.as_str().parse::<Tier>().unwrap(), tier);
        }
        assert!("deplo".parse::<Tier>().is_err());
    }

    #[test]
    fn a_tier_rests_only_on_earlier_ones() {
        for tier in Tier::ALL {
            assert!(tier.rests_on().iter().all(|ground| *ground < tier));
        }
    }
}
