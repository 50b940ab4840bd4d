//! The name of a new run.

use cc_ci_model::{IdError, RunId};
use jiff::Timestamp;

use crate::Entropy;

/// A name for a run that begins at `now`: sorted by time, unique among runs of one second.
///
/// # Errors
/// None for a time of this era.
pub fn new_run(now: Timestamp, entropy: &dyn Entropy) -> Result<RunId, IdError> {
    let now = now.strftime("%Y%m%d-%H%M%S");
    let tail = entropy.word(4, "abcdefghijklmnopqrstuvwxyz0123456789");
    RunId::new(format!("{now}-{tail}"))
}
