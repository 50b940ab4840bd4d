//! How often the harness is right about recipes whose truth is known.

mod command;
mod expected;
mod overhead;
mod round;
mod table;

pub use command::{Wanted, run};
pub use table::Table;
