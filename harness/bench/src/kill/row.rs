//! One kill and what was left after it.

use cc_ci_model::{RunId, Tier};
use serde::{Deserialize, Serialize};

use super::moment::Moment;

/// One kill and what was left after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Row {
    pub(super) recipe: String,
    /// The tier whose beginning the time counts from; the program's start where `None`.
    pub(super) aimed_at: Option<Tier>,
    /// When it was killed, in milliseconds.
    pub(super) millis: u64,
    /// The run, where it had written its first event.
    pub(super) run: Option<RunId>,
    /// Where the run was; `None` where it had ended before.
    pub(super) moment: Option<Moment>,
    /// Objects of the run on the engine between the kill and `reap`.
    pub(super) objects: usize,
    /// Exit code of `reap`; `None` where it did not end.
    pub(super) reap: Option<i32>,
    /// What was there after `reap`, each with its kind and name.
    pub(super) left: Vec<String>,
}

impl Row {
    /// True where the kill counts: it hit a run that had begun. Before that a run has nothing to remove,
    /// so its kill proves nothing about `reap`.
    pub(super) fn counts(&self) -> bool {
        self.run.is_some() && self.moment.is_some_and(|moment| moment != Moment::Unbegun)
    }

    /// True where the kill landed and `reap` ended well and left nothing.
    pub(super) fn is_clean(&self) -> bool {
        self.moment.is_some() && self.reap == Some(0) && self.left.is_empty()
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A clean kill at `moment`.
    pub(in crate::kill) fn row(moment: Option<Moment>) -> Row {
        Row {
            recipe: "shop".to_owned(),
            aimed_at: None,
            millis: 1000,
            run: Some(RunId::new("r1").unwrap()),
            moment,
            objects: 3,
            reap: Some(0),
            left: Vec::new(),
        }
    }

    #[rstest::rstest]
    #[case::too_late(None, false)]
    #[case::too_early(Some(Moment::Unbegun), false)]
    #[case::begun(Some(Moment::Before), true)]
    fn only_a_kill_of_a_run_that_had_begun_counts(
        #[case] moment: Option<Moment>,
        #[case] counts: bool,
    ) {
        assert_eq!(row(moment).counts(), counts);
    }

    #[test]
    fn clean_is_only_what_was_killed_and_reaped() {
        let clean = row(Some(Moment::Before));
        assert!(clean.is_clean());
        assert!(!row(None).is_clean());
        assert!(!Row { reap: Some(11), ..clean.clone() }.is_clean());
        assert!(!Row { reap: None, ..clean.clone() }.is_clean());
        assert!(!Row { left: vec!["volume data".to_owned()], ..clean }.is_clean());
    }
}
