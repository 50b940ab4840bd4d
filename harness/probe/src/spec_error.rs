//! Why a probe cannot be built from what a suite says.

use thiserror::Error;

/// A probe that is not written as it has to be. Values are never repeated, only their kind: a
/// suite may have put a password there.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SpecError {
    /// There is no such probe.
    #[error("probe {probe:?} does not exist; there are {known}")]
    UnknownProbe {
        /// What was asked for.
        probe: String,
        /// All probes, comma-separated.
        known: String,
        /// The nearest name, if one is near.
        near: Option<&'static str>,
    },
    /// The probe has no such setting.
    #[error("probe {probe}: unknown key {key:?}; it knows {known}")]
    UnknownKey {
        /// The probe.
        probe: &'static str,
        /// What was given.
        key: String,
        /// All keys, comma-separated.
        known: String,
        /// The nearest key, if one is near.
        near: Option<&'static str>,
    },
    /// A step uses a value that no step before it captures.
    #[error("probe {probe}: key {key:?} uses $[{name}], which no step before captures; {known}")]
    UnknownCapture {
        /// The probe.
        probe: &'static str,
        /// The key.
        key: String,
        /// The name of the value.
        name: String,
        /// What is captured by then, in words.
        known: String,
        /// The nearest name, if one is near.
        near: Option<String>,
    },
    /// A placeholder begins and does not end.
    #[error("probe {probe}: key {key:?} has a placeholder without its end; expected $[name]")]
    OpenPlaceholder {
        /// The probe.
        probe: &'static str,
        /// The key.
        key: String,
    },
    /// One of several steps is not written as it has to be.
    #[error("{error} (in step {step} of {of})")]
    Step {
        /// Which one, counted from 1.
        step: usize,
        /// How many there are.
        of: usize,
        /// What is wrong with it.
        error: Box<SpecError>,
    },
    /// A setting that the probe cannot do without is missing.
    #[error("probe {probe}: key {key:?} is missing; expected {expected}")]
    MissingKey {
        /// The probe.
        probe: &'static str,
        /// The key.
        key: &'static str,
        /// What would have been accepted.
        expected: String,
    },
    /// A setting has a value that the probe cannot use.
    #[error("probe {probe}: key {key:?} is {found}; expected {expected}")]
    BadValue {
        /// The probe.
        probe: &'static str,
        /// The key.
        key: &'static str,
        /// What kind of value it is.
        found: String,
        /// What would have been accepted.
        expected: String,
    },
    /// The probe cannot look from there.
    #[error("probe {probe}: from = {from:?} is not possible; expected {expected}")]
    BadVantage {
        /// The probe.
        probe: &'static str,
        /// What was asked for.
        from: &'static str,
        /// What would have been accepted.
        expected: String,
    },
}

impl SpecError {
    /// The next move, where one is obvious.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownProbe { near, .. } | Self::UnknownKey { near, .. } => {
                near.map(|near| format!("did you mean {near:?}?"))
            }
            Self::UnknownCapture { near, .. } => {
                near.as_ref().map(|near| format!("did you mean $[{near}]?"))
            }
            Self::MissingKey { key, .. } => Some(format!("add {key} to the table `with`")),
            Self::Step { step, error, .. } => match error.as_ref() {
                Self::MissingKey { key, .. } => Some(format!("add {key} to step {step}")),
                other => other.hint(),
            },
            Self::BadValue { .. } | Self::BadVantage { .. } | Self::OpenPlaceholder { .. } => None,
        }
    }
}

/// The candidate that is so near to `wanted` that a slip of the keyboard explains it.
pub(crate) fn nearest<'a>(
    wanted: &str,
    candidates: impl Iterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .map(|candidate| (strsim::damerau_levenshtein(wanted, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::slip("statsu", Some("status"))]
    #[case::missing_letter("contain", Some("contains"))]
    #[case::stranger("colour", None)]
    fn the_near_key_is_offered_and_a_far_one_is_not(
        #[case] wanted: &str,
        #[case] near: Option<&str>,
    ) {
        assert_eq!(nearest(wanted, ["url", "status", "contains"].into_iter()), near);
    }
}
