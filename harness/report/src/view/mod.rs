//! A run as its readers see it: facts, deciding attempts, levels and verdicts.

mod build;
mod case;
mod error;
mod explains;
mod foreign;
mod happened;
mod level;
mod made_of;
mod scan;
mod stores;
mod unit;

pub use case::Case;
pub(crate) use case::first_fault;
pub use error::ViewError;
pub use explains::LintFound;
pub use foreign::Foreign;
pub use happened::{Adapted, AttemptView, Canary, ImageUsed, SnapshotTaken, Stale, Stretch};
pub use level::HeldBy;
pub use made_of::{Inputs, MadeOf};
pub use scan::Scan;
pub use stores::{Gap, StoreProof};
pub use unit::{Run, Unit, UnitOutcome};

#[cfg(test)]
mod stores_tests;
#[cfg(test)]
mod tests;
