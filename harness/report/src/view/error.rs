//! Records that do not make up a run.

use thiserror::Error;

/// Why records cannot be read as a run.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ViewError {
    /// There is no record at all.
    #[error("the run has no records; hint: it was broken off before it began, so run it again")]
    Empty,
    /// The first record is something else than the start of a run.
    #[error("record 0 is not the start of a run; hint: the file is not a whole events.jsonl")]
    NoStart,
    /// A second run starts in the same file.
    #[error("record {seq} starts a second run; hint: give every run an out folder of its own")]
    SecondStart {
        /// Position of the record.
        seq: u64,
    },
    /// Two planned units have the same id.
    #[error("unit {unit} is planned twice")]
    PlannedTwice {
        /// The unit.
        unit: String,
    },
    /// A record names a unit that was never planned.
    #[error("record {seq} belongs to unit {unit}, which was never planned")]
    UnknownUnit {
        /// Position of the record.
        seq: u64,
        /// The unit.
        unit: String,
    },
    /// A record that only makes sense for a unit names none, or no attempt of it.
    #[error("record {seq} belongs to no attempt at a unit")]
    NoUnit {
        /// Position of the record.
        seq: u64,
    },
}
