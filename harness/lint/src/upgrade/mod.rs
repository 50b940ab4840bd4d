//! What an upgrade changes.

mod change;
mod diff;
mod facts;
mod render;
mod setting;

pub use change::{Change, UPGRADE_SCHEMA, UpgradeDiff};
pub use diff::diff;
