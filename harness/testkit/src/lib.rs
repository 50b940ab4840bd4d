//! What tests of several crates share; never part of the product.

mod checkout;
mod ended;
mod guard;
mod leftovers;
mod lock;
mod node;
mod prepare;
mod run_folder;
mod running;
mod server;
pub mod stack;
mod state;

pub use checkout::Checkout;
pub use ended::Ended;
pub use guard::NodeGuard;
pub use leftovers::Leftovers;
pub use node::{Node, node};
pub use prepare::{IMAGES, Unable};
pub use run_folder::RunFolder;
pub use running::Running;
pub use rustix::process::Signal;
pub use server::Server;
pub use state::TempState;
