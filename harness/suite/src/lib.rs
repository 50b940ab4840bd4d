//! Reads suites into checks, probes and canaries; pure.

mod error;
mod file;
mod place;
mod suite;
mod template;

pub use error::SuiteError;
pub use place::Places;
pub use suite::{CanarySpec, CheckSpec, ReadySpec, Suite, Timeouts};
pub use template::{TemplateError, Words};
