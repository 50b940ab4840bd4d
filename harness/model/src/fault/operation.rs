//! What canary data has to live through.

use serde::{Deserialize, Serialize};

/// The operation that canary data has to live through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// The app only ran on.
    Nothing,
    /// The in-place upgrade.
    Upgrade,
    /// The restore from the snapshot.
    Restore,
    /// The death of every task at once.
    Restart,
    /// The end of the engine's daemon and its new beginning.
    Reboot,
    /// The way back to the previous version.
    Rollback,
    /// The restore into a fresh instance.
    Recovery,
    /// An operation that was broken off and done again.
    Interrupt,
}
