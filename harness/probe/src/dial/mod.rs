//! Connections opened from where a probe looks.

mod edge;
mod error;
mod gateway;
mod host;
mod port;
mod prompt;

pub use error::DialError;
pub use port::{BoxStream, Dial, Stream, dial};
