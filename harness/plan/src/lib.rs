//! From what was asked to the plan of a unit, or to an error that names who must act.

mod abra;
mod again;
mod asked;
mod base;
#[cfg(test)]
mod base_tests;
mod catalogue;
mod changed;
mod error;
mod files;
mod inputs;
mod linting;
mod planner;
#[cfg(test)]
mod planner_tests;
mod powers;
mod probes;
mod root;
pub mod scratch;
#[cfg(test)]
mod testing;
mod tiers;
mod trust;
mod unit;
mod unread;

pub use abra::label;
pub use asked::Asked;
pub use base::is_newer;
pub use catalogue::Catalogue;
pub use error::{Blame, PlanError};
pub use linting::{Linted, judge};
pub use planner::{Planned, Planner, Wish};
pub use powers::Powers;
pub use root::{Origin, Root};
pub use tiers::Reboot;
pub use trust::Trust;
pub use unit::{LegPlan, LintFinding, LintVerdict, SidePlan, UnitPlan};
