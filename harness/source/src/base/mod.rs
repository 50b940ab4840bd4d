//! Which version an upgrade starts from.

mod choose;
mod green;
mod plan;

#[cfg(test)]
mod tests;

pub use choose::choose_base;
pub use green::{GreenError, Greens};
pub use plan::{BaseKind, BasePlan, LastGreen};
