//! The unit's way into its stack's networks.
//!
//! Three parts, each with one duty. A container in the networks connects to addresses and knows nothing
//! else. The relay in this process speaks SOCKS to probes, on a loopback port with a password of its own.
//! Between them stands [`resolve`], which knows the names and addresses of the stack's own tasks from the
//! engine and lets nothing else through.

mod container;
mod relay;
mod resolve;

pub(crate) use container::{Gateway, SOCKET, follow, listens, mounted, name, open, reopen};
pub(crate) use relay::ask;
