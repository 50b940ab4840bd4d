//! A promise that was not kept.

use std::fmt::Debug;

use thiserror::Error;

use crate::EngineError;

/// How a promise was broken.
#[derive(Debug, Error)]
pub enum Broken {
    /// The engine refused what it should have done.
    #[error("the engine refused: {0}")]
    Refused(#[from] EngineError),
    /// The engine answered something else.
    #[error("expected {expected}, found {found}")]
    Promise {
        /// What should have been.
        expected: String,
        /// What was.
        found: String,
    },
    /// It did not happen in time.
    #[error("not within {seconds} s: {waiting_for}; last seen: {last}")]
    Late {
        /// What was waited for.
        waiting_for: String,
        /// The time allowed.
        seconds: u64,
        /// What the engine said of the tasks at the end.
        last: String,
    },
}

/// Breaks the promise unless `holds`.
pub(super) fn ensure(holds: bool, expected: &str, found: impl Debug) -> Result<(), Broken> {
    if holds {
        return Ok(());
    }
    Err(Broken::Promise { expected: expected.to_owned(), found: format!("{found:?}") })
}

/// Breaks the promise unless `result` is a conflict.
pub(super) fn ensure_conflict<T: Debug>(
    doing: &str,
    result: Result<T, EngineError>,
) -> Result<(), Broken> {
    let holds = matches!(result, Err(EngineError::Conflict { .. }));
    ensure(holds, &format!("a conflict for {doing}"), result)
}

/// Breaks the promise unless `result` is "not found".
pub(super) fn ensure_not_found<T: Debug>(
    doing: &str,
    result: Result<T, EngineError>,
) -> Result<(), Broken> {
    let holds = matches!(result, Err(EngineError::NotFound { .. }));
    ensure(holds, &format!("not found for {doing}"), result)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn conflict() -> EngineError {
        EngineError::Conflict { object: "network n".into(), message: "in use".into() }
    }

    fn absent() -> EngineError {
        EngineError::NotFound { object: "network n".into() }
    }

    #[rstest]
    #[case::kept(Err(conflict()), true)]
    #[case::no_error(Ok(()), false)]
    #[case::another_error(Err(absent()), false)]
    fn a_conflict_has_to_be_one(#[case] result: Result<(), EngineError>, #[case] kept: bool) {
        assert_eq!(ensure_conflict("it", result).is_ok(), kept);
    }

    #[rstest]
    #[case::kept(Err(absent()), true)]
    #[case::no_error(Ok(()), false)]
    #[case::another_error(Err(conflict()), false)]
    fn not_found_has_to_be_that(#[case] result: Result<(), EngineError>, #[case] kept: bool) {
        assert_eq!(ensure_not_found("it", result).is_ok(), kept);
    }

    #[test]
    fn a_broken_promise_says_both_sides() {
        let error = ensure(false, "one", 2).map_err(|e| e.to_string());
        assert_eq!(error, Err("expected one, found 2".to_owned()));
    }
}
