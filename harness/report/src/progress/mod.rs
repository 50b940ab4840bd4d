//! What a person sees while a run goes on.

mod bars;
mod plain;

pub use bars::Bars;
pub use plain::Plain;
