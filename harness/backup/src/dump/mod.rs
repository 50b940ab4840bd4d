//! Proves that what a pre-hook wrote can be read back.

mod archive;
mod candidate;
mod check;
mod sqlite;
mod stream;
mod watch;

pub use check::{Dumps, Looked, Proof, ReadDump, check_dumps};
pub use watch::{DumpWatch, watch_dumps};

#[cfg(test)]
mod tests;
