//! Reads suites into checks, probes and canaries; pure.

mod error;
mod file;
mod names;
mod place;
mod reserved;
mod suite;
mod template;

pub use error::SuiteError;
pub use place::Places;
pub use reserved::is_reserved;
pub use suite::{CanarySpec, CheckSpec, FLOOR, ReadySpec, Resources, Suite, Timeouts};
pub use template::{TemplateError, Words};
