//! Reads suites into a plan of tiers and checks; pure.

mod error;
mod file;
mod place;
mod plan;
mod suite;
mod template;

pub use error::SuiteError;
pub use place::Places;
pub use plan::{LintFinding, LintVerdict, SidePlan, UnitPlan};
pub use suite::{CanarySpec, CheckSpec, ReadySpec, Suite, Timeouts};
pub use template::{TemplateError, Words};
