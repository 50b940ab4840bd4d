//! Is this machine able? What is missing, and the fix.

mod checks;
mod examine;
mod facts;
mod finding;
mod fix;
mod steps;

pub use checks::endpoint_mode;
pub use examine::{examine, examine_on};
pub use finding::{Finding, Status};
pub use fix::{FixError, Fixed, fix};
pub(crate) use steps::has_cgroups;
