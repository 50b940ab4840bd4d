//! What tests of several crates share; never part of the product.

mod guard;
mod leftovers;
mod lock;
mod node;
mod prepare;
pub mod stack;
mod state;

pub use guard::NodeGuard;
pub use leftovers::Leftovers;
pub use node::{Node, node};
pub use prepare::{IMAGES, Unable};
pub use state::TempState;
