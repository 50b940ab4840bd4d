//! Looks at the node once a second for as long as a run lives, in bounded memory.

mod cgroup;
mod kernel;
mod reading;
mod ring;
mod sampler;

pub(crate) use kernel::memory_available;
pub use sampler::Sampler;
