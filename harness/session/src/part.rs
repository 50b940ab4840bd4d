//! One part of a night that several machines share.

use std::collections::BTreeSet;

use cc_ci_runner::{RunRequest, predicted};
use cc_ci_schedule::{Shard, shard};

use crate::{Failure, Kind};

/// Leaves out what belongs to other parts of the night. A recipe that cannot be planned counts as taking no
/// time.
///
/// # Errors
/// Nothing belongs to the part.
pub fn keep_part(request: &mut RunRequest, part: Shard) -> Result<(), Failure> {
    let units = request.units.iter().map(|unit| (unit.head.recipe.to_string(), predicted(unit)));
    let refused = request.refused.iter().map(|refused| (refused.recipe.to_string(), 0));
    let all: Vec<_> = units.chain(refused).collect();
    let kept: BTreeSet<_> = shard(&all, part).into_iter().collect();
    if kept.is_empty() {
        let message = format!("no recipe belongs to part {part}: there are {}", all.len());
        return Err(Failure::message(Kind::Usage, message).hint("ask for fewer parts"));
    }
    let mut at = 0..;
    let mut keep = || at.next().is_some_and(|at| kept.contains(&at));
    request.units.retain(|_| keep());
    request.refused.retain(|_| keep());
    Ok(())
}
