//! The version that a file names.

use super::Since;
use crate::yaml::{At, Problem, ProblemKind};

/// The newest minor version of format 3, which is that of a file without version.
pub(crate) const NEWEST: Since = 13;

/// Reads the minor version out of `3.8`; `3` and nothing are the newest.
pub(crate) fn version(at: &At<'_>) -> Result<Since, Problem> {
    let text = at.text()?;
    let minor = match text {
        "" | "3" => Some(NEWEST),
        text => text.strip_prefix("3.").and_then(|minor| minor.parse().ok()),
    };
    minor.filter(|minor| *minor <= NEWEST).ok_or_else(|| {
        let what = format!("version {text} of the compose format");
        at.problem(ProblemKind::Unsupported(what)).hint("recipes are written in version \"3.8\"")
    })
}
