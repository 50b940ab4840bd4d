//! Recomputes from a run's folder everything that it says, and compares.
//!
//! [`verify`] reads the events, the tree over them, the evidence and the reports. It trusts none of them: each
//! is held against what it is made of. A folder whose events, tree and reports were all made again agrees with
//! itself; only a signature on the checkpoint reveals that.

mod events;
mod evidence;
mod found;
mod observed;
mod reports;
mod steps;
mod tiers;
mod verified;

use std::path::Path;

use cc_ci_journal::ReadError;
use cc_ci_report::Run;

use found::Found;
pub use verified::{Counts, Place, Verified};

/// Recomputes the run in `folder` and compares.
///
/// # Errors
/// There is no `events.jsonl` that can be read. Whatever is wrong in it is part of the answer.
pub fn verify(folder: &Path) -> Result<Verified, ReadError> {
    let mut found = Found::default();
    let records = events::read(folder, &mut found)?;
    evidence::check(folder, &records, &mut found);
    observed::check(&records, &mut found);
    tiers::check(&records, &mut found);
    match Run::from_records(&records) {
        Ok(run) => reports::check(folder, run, &mut found),
        Err(error) => found.different("events.jsonl", &error.to_string()),
    }
    Ok(found.verified())
}
