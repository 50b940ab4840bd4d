//! Sources on the disk and behind a server, with the real `git`.

#![expect(clippy::unwrap_used, reason = "a panic in a test is the failed test")]

mod bench;
mod changed;
mod faults;
mod folders;
mod heads;
mod hostile;
mod server;
mod side_by_side;
