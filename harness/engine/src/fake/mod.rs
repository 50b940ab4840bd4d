//! A scripted engine in memory: a small discrete-event model of Swarm.
//!
//! Nothing runs in the background. Every call first lets all that is due happen, in order, and an
//! event stream sleeps until the next thing is due. Under tokio's paused clock a test of minutes
//! therefore takes none, and two runs of it see the same ids, events and times.
//!
//! Where Docker was measured, the fake does what it did: a task with a health check is `starting`
//! until it is healthy, an update has no state in the moment after it was sent, a removed service
//! leaves its containers for a while, an image that is not on the node rejects the task.

mod agenda;
mod behaviour;
mod clock;
mod container;
mod containers_port;
mod endpoints;
mod engine;
mod events;
mod exec;
mod files;
mod images;
mod images_port;
mod inventory;
mod objects;
mod process;
mod removal;
mod restart;
mod service;
mod shell;
mod swarm_port;
mod task;
mod tasks;
mod update;
mod world;

pub use behaviour::Behaviour;
pub use engine::FakeEngine;
pub use exec::ExecCall;
