//! What a caller decides before the first event.

use std::num::NonZeroUsize;

use serde::{Deserialize, Serialize};

use crate::item::Capacity;

/// A unit of the bundled recipes keeps 0.37 of two cores busy when it runs alone, so that two and a half
/// for each core keep nine tenths of the node busy (524 s one after the other, 192 s five at once).
const PER_TWO_CORES: u64 = 5;
/// Bytes of memory that a stack and the harness's containers beside it need at least.
const MEMORY_OF_A_JOB: u64 = 384 << 20;

/// How many items may be in flight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Jobs {
    /// As many on each node as [`auto_jobs`] says.
    #[default]
    Auto,
    /// So many on all nodes together.
    Fixed(NonZeroUsize),
}

/// The rules of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// How many items may be in flight.
    pub jobs: Jobs,
    /// Milliseconds after the beginning of the run when all must have ended; 0 is a deadline that has passed.
    pub deadline_millis: Option<u64>,
    /// How many milliseconds of predicted time one millisecond of waiting is worth in the order.
    pub ageing: u32,
    /// Milliseconds after which an item that others have passed, or that waits for a whole node, has the
    /// node kept free for it.
    pub patience_millis: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self { jobs: Jobs::Auto, deadline_millis: None, ageing: 1, patience_millis: 180_000 }
    }
}

/// How many items may be in flight on a node: five for every two cores, but not more than one for each 384 MiB
/// of memory, and at least one.
#[must_use]
pub fn auto_jobs(capacity: &Capacity) -> usize {
    let by_cores = (capacity.cpu_millis * PER_TWO_CORES).div_ceil(2_000);
    let by_memory = capacity.memory / MEMORY_OF_A_JOB;
    usize::try_from(by_cores.min(by_memory).max(1)).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::two_cores(2_000, 8 << 30, 5)]
    #[case::one_core(1_000, 8 << 30, 3)]
    #[case::little_memory(8_000, 1 << 30, 2)]
    #[case::nothing_known(0, 0, 1)]
    fn jobs_follow_from_the_node(
        #[case] cpu_millis: u64,
        #[case] memory: u64,
        #[case] jobs: usize,
    ) {
        let capacity = Capacity { memory, cpu_millis, ..Capacity::default() };
        assert_eq!(auto_jobs(&capacity), jobs);
    }
}
