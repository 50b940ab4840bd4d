//! Which version an upgrade starts from.

mod choose;
mod plan;

#[cfg(test)]
mod tests;

pub use choose::choose_base;
pub use plan::{BaseKind, BasePlan, LastGreen};
