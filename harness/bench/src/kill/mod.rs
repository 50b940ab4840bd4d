//! Kills runs in the middle of their life and looks at what `reap` leaves.

mod aim;
mod command;
mod keep;
mod left;
mod life;
mod moment;
mod program;
mod row;
mod table;

pub use command::{Wanted, run};
pub use table::Table;
