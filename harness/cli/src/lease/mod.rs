//! A run's life: a held lock and a Swarm config. See `machine-docs/decisions/0016-*`.

mod beat;
mod host;
mod judge;
mod labels;
mod run;
mod turn;

use cc_ci_lock::LockError;

pub(crate) use beat::engine_time;
pub(crate) use host::Host;
pub(crate) use judge::{Life, judge};
pub(crate) use labels::Claim;
pub(crate) use run::{Lease, objects, remove};
pub(crate) use turn::Turn;

use crate::error::{CliError, Kind};

/// A lock that cannot be had is the machine's fault; the error has its own hint.
pub(crate) fn no_lock(error: LockError) -> CliError {
    CliError::new(Kind::Machine, error)
}
