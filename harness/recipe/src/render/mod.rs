//! The merged stack as `docker stack config` prints it.

mod node;
mod rendered;
mod value;

pub use rendered::Rendered;
