//! Containers of our own that outlive a run: the registry and the edge.

mod container;
pub mod edge;
mod error;
pub mod registry;
pub mod writer;

pub use cc_ci_engine::LABEL_INFRA;
pub use error::InfraError;
