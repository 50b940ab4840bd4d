//! Walks units through tiers, keeps instances and emits events; prints nothing.

mod adapt;
mod bench;
mod capture;
mod converge;
mod disk;
mod edge;
mod entropy;
mod experiments;
mod gateway;
mod grace;
mod guard;
mod hidden;
mod judge;
mod last_words;
mod leaks;
mod life;
mod limits;
mod new_run;
mod outage;
mod own;
mod prepare;
mod probing;
mod proof;
mod refine;
mod run;
mod sockets;
mod spans;
mod stale;
mod status;
#[cfg(test)]
mod testing;
mod tiers;
mod unproven;
mod walk;
mod world;

pub use edge::EdgeKit;
pub use entropy::{Entropy, SystemEntropy};
pub use new_run::new_run;
pub use run::{Refused, RunRequest, Runner};
pub use sockets::{leg_folder, remove_leg_folder};
pub use world::{Daemon, ImageSource, NoTurn, NodeTurn, Traces, Waits, World};
