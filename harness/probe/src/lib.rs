//! Protocol clients over a Dial: a connection opened from inside the stack's network.

mod access;
mod dial;
mod error;
mod escape;
mod page;
mod params;
mod probe;
mod probes;
mod registry;
mod seen;
mod spec_error;
mod target;
mod tls;
mod tries;

#[cfg(test)]
mod testing;

pub use access::{Access, Edge, Gateway};
pub use dial::{BoxStream, Dial, DialError, Stream, dial};
pub use error::ProbeError;
pub use page::probes_page;
pub use probe::Probe;
pub use registry::{Key, Kind, build, kinds};
pub use spec_error::SpecError;
pub use tries::{FIRST_PAUSE, LONGEST_PAUSE, Unheld, until_it_answers};
