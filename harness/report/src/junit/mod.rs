//! `junit.xml`: one suite per recipe, one case per check.
//!
//! The base is written by `junit-report`; `extend` adds what that lacks and readers understand:
//! sums, properties, `flakyFailure`, `rerunFailure`. Text gets in as [`XmlText`] and in no other
//! way.

mod base;
mod extend;
mod model;
mod plain;
mod rows;
mod text;

use thiserror::Error;

use crate::Run;
pub use plain::{PlainCase, PlainStatus, render_plain};
pub use text::XmlText;

/// Why the report could not be written.
#[derive(Debug, Error)]
pub enum JunitError {
    /// The base report could not be written.
    #[error("junit report: {0}")]
    Base(#[from] junit_report::Error),
    /// A time of the run is outside of what the report can say.
    #[error("junit report: time {0} cannot be written")]
    Time(jiff::Timestamp),
    /// The base report is not what we know how to extend.
    #[error("junit report: {0}")]
    Extend(#[from] quick_xml::Error),
    /// An attribute of the base report cannot be read.
    #[error("junit report: {0}")]
    Attribute(#[from] quick_xml::events::attributes::AttrError),
    /// The extended report could not be written.
    #[error("junit report: {0}")]
    Write(#[from] std::io::Error),
}

/// The whole file.
///
/// # Errors
/// [`JunitError`], which only a bug can cause.
pub fn render(run: &Run) -> Result<Vec<u8>, JunitError> {
    let report = rows::report(run);
    extend::extend(&base::write(&report)?, &report)
}

#[cfg(test)]
mod tests;
