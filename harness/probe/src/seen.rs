//! What the last try of a probe required and found.

use std::sync::{Mutex, MutexGuard, PoisonError};

use cc_ci_model::{Facts, Observed};

/// The facts of the last try; nothing before the first answer.
#[derive(Debug, Default)]
pub(crate) struct Seen(Mutex<Option<Facts>>);

impl Seen {
    /// A new try begins.
    pub(crate) fn forget(&self) {
        *self.facts() = None;
    }

    /// Adds to what this try required and found. Returns true where each requirement is met so far.
    pub(crate) fn add(&self, change: impl FnOnce(&mut Facts)) -> bool {
        let mut seen = self.facts();
        let facts = seen.get_or_insert_default();
        change(facts);
        facts.judge().is_none()
    }

    pub(crate) fn observed(&self) -> Option<Observed> {
        self.facts().clone().map(Observed::Facts)
    }

    fn facts(&self) -> MutexGuard<'_, Option<Facts>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A found value as it may be shown: that of the requirement where both are the `same`. What is shown of another
/// value never reads like the required one, even where secrets are hidden in both.
pub(crate) fn shown(required: &str, same: bool, found: String) -> String {
    match same {
        true => required.to_owned(),
        false if found == required => format!("{found} (another value)"),
        false => found,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_try_keeps_its_own_facts() {
        let seen = Seen::default();
        assert_eq!(seen.observed(), None);
        assert!(seen.add(|facts| *facts = Facts::default().with("bytes", 24, 24)));
        assert!(!seen.add(|facts| facts.require("ident", ["ours"])));
        assert_eq!(seen.observed().map(|seen| seen.holds()), Some(false));
        assert!(seen.add(|facts| facts.find("ident", "ours")));
        seen.forget();
        assert_eq!(seen.observed(), None);
    }

    #[rstest::rstest]
    #[case::same("$[token]", true, "whatever", "$[token]")]
    #[case::other("a", false, "b", "b")]
    #[case::hidden_alike("[hidden]", false, "[hidden]", "[hidden] (another value)")]
    fn another_value_never_reads_like_the_required_one(
        #[case] required: &str,
        #[case] same: bool,
        #[case] found: &str,
        #[case] said: &str,
    ) {
        assert_eq!(shown(required, same, found.to_owned()), said);
    }
}
