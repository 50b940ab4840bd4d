//! The checks: a new one is one file and one line here.

mod check;
mod clock;
mod disk;
mod endpoint;
mod engine;
mod memory;
mod pressure;
mod registry;
mod swarm;
mod tools;
mod version;

pub(crate) use check::Check;
pub use endpoint::endpoint_mode;

/// Every check, in the order in which a reader wants to know.
pub(crate) const CHECKS: [&dyn Check; 10] = [
    &engine::Reachable,
    &version::Version,
    &swarm::Swarm,
    &endpoint::Endpoint,
    &disk::Disk,
    &memory::Memory,
    &pressure::Pressure,
    &clock::Clock,
    &registry::Registry,
    &tools::Tools,
];
