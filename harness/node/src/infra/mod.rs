//! Containers of our own that outlive a run: the registry and the edge.

mod container;
pub mod edge;
mod error;
pub mod registry;

pub use error::InfraError;

/// The label of everything that outlives a run; its value is `registry` or `edge`.
pub const LABEL_INFRA: &str = "cc-ci.infra";
