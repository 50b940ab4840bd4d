//! Is this machine able? What is missing, and the fix.

mod checks;
mod examine;
mod facts;
mod finding;
mod fix;
mod start;
mod steps;

pub use checks::endpoint_mode;
pub use examine::{examine, examine_on};
pub use finding::{Finding, Status};
pub use fix::{Connect, Connecting, FixError, Fixed, fix};
