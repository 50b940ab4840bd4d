//! The parts of a unit that need a stack of their own.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::Tier;

/// A part of a unit that needs a stack of its own. Legs of one unit can run side by side.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// The tiers from deploy to rollback, in the unit's own stack.
    #[default]
    Main,
    /// A fresh instance comes back from a copy of the backups.
    Recovery,
    /// Upgrade and restore are interrupted half-way, in an instance that is deployed for it.
    Interrupt,
}

impl Leg {
    /// The legs that begin at the snapshot of the main leg, in the order of their tiers.
    pub const FROM_SNAPSHOT: [Self; 2] = [Self::Recovery, Self::Interrupt];

    /// The leg's name as it is written in files and labels.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Main => "main",
            Self::Recovery => "recovery",
            Self::Interrupt => "interrupt",
        }
    }

    /// True for the leg that every unit has.
    #[must_use]
    pub fn is_main(&self) -> bool {
        *self == Self::Main
    }

    /// The leg that walks through `tier`. Each leg is torn down; the tear-down as a whole is reported with the
    /// main leg.
    #[must_use]
    pub fn of(tier: Tier) -> Self {
        match tier {
            Tier::Recovery => Self::Recovery,
            Tier::Interrupt => Self::Interrupt,
            Tier::Lint
            | Tier::Deploy
            | Tier::Upgrade
            | Tier::Custom
            | Tier::Backup
            | Tier::Restore
            | Tier::Restart
            | Tier::Reboot
            | Tier::Rollback
            | Tier::Teardown => Self::Main,
        }
    }
}

impl fmt::Display for Leg {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leg_from_the_snapshot_is_named_after_its_tier() {
        for leg in Leg::FROM_SNAPSHOT {
            let tier: Tier = leg.as_str().parse().unwrap();
            assert_eq!(Leg::of(tier), leg);
            assert!(tier.rests_on().contains(&Tier::Backup), "it needs the snapshot");
        }
    }
}
