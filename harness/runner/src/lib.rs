//! Walks units through tiers, keeps instances and emits events; prints nothing.

mod adapt;
mod bench;
mod canary;
mod capture;
mod converge;
mod door;
mod gateway;
mod journal;
mod judge;
mod leaks;
mod life;
mod prepare;
mod probing;
mod proof;
mod redact;
mod run;
mod stale;
#[cfg(test)]
mod testing;
mod tiers;
mod world;

pub use door::{Clock, Entropy, SystemClock, SystemEntropy};
pub use journal::{EvidenceStore, Journal, JournalError};
pub use run::{Refused, RunRequest, Runner};
pub use world::{Daemon, ImageSource, NodeTurn, Traces, World};
