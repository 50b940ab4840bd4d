//! Which runs live, and what ended runs left: the lease of a run, the judgement on it, and the removal.
//!
//! See `machine-docs/decisions/0016-*`.

mod beat;
mod beside;
mod error;
mod fate;
mod host;
mod judge;
mod labels;
mod reap;
mod run;
mod survey;

pub use beat::engine_time;
pub use beside::Beside;
pub use error::LeaseError;
pub use fate::{Allowed, Fate, fate};
pub use host::Host;
pub use judge::{Life, judge};
pub use labels::Claim;
pub use reap::{Reaped, State, named, reap};
pub use run::{Lease, objects, remove};
pub use survey::{Found, Survey, survey};
