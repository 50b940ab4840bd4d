//! Turns events into junit, markdown, html, json and progress; pure except the final write.

pub mod backlog;
pub mod classification;
mod exit;
#[cfg(test)]
mod fixtures;
pub mod html;
pub mod junit;
mod mark;
pub mod progress;
mod reproduced;
pub mod results;
#[cfg(test)]
mod script;
mod summary;
mod text;
mod view;
mod write;

pub use exit::{Exit, exit};
pub use reproduced::{RedCase, reproduced};
pub use summary::{Places, summary};
pub use view::{
    Adapted, AttemptView, Canary, Case, Foreign, Gap, HeldBy, ImageUsed, Inputs, LintFound, MadeOf,
    Run, Scan, SnapshotTaken, Stale, StoreProof, Stretch, Unit, UnitOutcome, ViewError,
};
pub use write::{Target, WriteError, rendered, write_all};
