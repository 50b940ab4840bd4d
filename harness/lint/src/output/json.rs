//! The report as JSON, for programs.

use crate::report::LintReport;

/// The reports as a JSON array. Its form is that of [`LintReport`], schema 2.
#[must_use]
pub fn json(reports: &[LintReport]) -> String {
    // Nothing in a report can fail to become JSON: its maps have text keys only.
    serde_json::to_string_pretty(reports).unwrap_or_default()
}
