//! Which runs live, and what ended runs left: a lease is a held lock and a Swarm config.
//!
//! See `machine-docs/decisions/0016-*`.

mod beat;
mod beside;
mod error;
mod fate;
mod host;
mod judge;
mod labels;
mod run;
mod survey;

pub use beat::engine_time;
pub use beside::Beside;
pub use error::LeaseError;
pub use fate::{Allowed, Fate, fate};
pub use host::Host;
pub use judge::{Life, judge};
pub use labels::Claim;
pub use run::{Lease, objects, remove};
pub use survey::{Found, Survey, survey};
