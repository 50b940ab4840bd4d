//! The operations that canary data must survive.

use serde::{Deserialize, Serialize};

/// The operation that canary data must survive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// No operation: the app only kept running.
    Nothing,
    /// The in-place upgrade.
    Upgrade,
    /// The restore from the snapshot.
    Restore,
    /// All tasks are killed at once.
    Restart,
    /// The restart of the engine's daemon.
    Reboot,
    /// The rollback to the previous version.
    Rollback,
    /// The restore into a fresh instance.
    Recovery,
    /// An operation that was interrupted and repeated.
    Interrupt,
}
