//! The promises that are proven one after the other.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// One promise to prove, in the order of a unit's life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
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
    /// Nothing is left on the engine.
    Teardown,
}

impl Tier {
    /// Every tier, in the order in which a unit walks through them.
    pub const ALL: [Self; 6] =
        [Self::Deploy, Self::Upgrade, Self::Custom, Self::Backup, Self::Restore, Self::Teardown];

    /// The tier's name as it is written in files and on the command line.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Upgrade => "upgrade",
            Self::Custom => "custom",
            Self::Backup => "backup",
            Self::Restore => "restore",
            Self::Teardown => "teardown",
        }
    }

    /// The tiers whose failure takes the ground from under this one.
    ///
    /// An upgrade that failed leaves no head version to test, so everything but the tear-down
    /// rests on it; a failed custom check says nothing about backups.
    #[must_use]
    pub fn rests_on(self) -> &'static [Self] {
        match self {
            Self::Deploy | Self::Teardown => &[],
            Self::Upgrade => &[Self::Deploy],
            Self::Custom | Self::Backup => &[Self::Deploy, Self::Upgrade],
            Self::Restore => &[Self::Deploy, Self::Upgrade, Self::Backup],
        }
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
            expected: "one of deploy, upgrade, custom, backup, restore, teardown",
        })
    }
}

/// How far up the ladder a unit got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Not even the first rung.
    None,
    /// It deploys.
    Deploy,
    /// … and upgrades.
    Upgrade,
    /// … and comes back from a backup.
    BackupRestore,
    /// … and passes its own checks.
    Custom,
}

impl Level {
    /// The rungs above [`Level::None`], with the tiers that must hold to stand on each.
    pub const LADDER: [(Self, &'static [Tier]); 4] = [
        (Self::Deploy, &[Tier::Deploy]),
        (Self::Upgrade, &[Tier::Upgrade]),
        (Self::BackupRestore, &[Tier::Backup, Tier::Restore]),
        (Self::Custom, &[Tier::Custom]),
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
