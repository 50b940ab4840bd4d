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
            Self::MissingKey { key, .. } => Some(format!("add {key} to the table `with`")),
            Self::BadValue { .. } | Self::BadVantage { .. } => None,
        }
    }
}

/// The candidate that is so near to `wanted` that a slip of the keyboard explains it.
pub(crate) fn nearest(
    wanted: &str,
    candidates: impl Iterator<Item = &'static str>,
) -> Option<&'static str> {
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
