//! What a person sees while a run goes on.

mod bars;
mod plain;
mod works;

pub use bars::Bars;
pub use plain::Plain;
pub use works::Works;
