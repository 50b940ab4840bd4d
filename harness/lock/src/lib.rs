//! Locks between the processes and users of one machine: tickets in order, with who holds them.
//!
//! The kernel's `flock` decides: a lock ends when its process ends, however it ends. Files only say
//! in which order processes asked, and who they are. No operation blocks a thread: every wait is a
//! poll that ends with its future.

mod elder;
mod error;
mod file;
mod folder;
mod holder;
mod lease;
mod place;
mod process;
mod queue;

pub use error::LockError;
pub use holder::{Holder, Who};
pub use lease::{LeaseFile, LeaseState};
pub use place::{PROTOCOL, Place};
pub use queue::{A_MOMENT, Held, Sharing, Waits, unheard};
