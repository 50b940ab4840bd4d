//! What has been found so far.

use crate::{Counts, Place, Verified};

/// Differences beyond this many are counted and not listed: one changed byte may change every report.
const LISTED: usize = 20;

/// What has been found so far.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) counts: Counts,
    differences: Vec<Place>,
    gaps: Vec<Place>,
    /// Records with fields that this version does not know.
    pub(crate) foreign_fields: usize,
}

impl Found {
    /// Adds a place that differs from what was recomputed.
    pub(crate) fn different(&mut self, place: &str, what: &str) {
        let (place, what) = (place.to_owned(), what.to_owned());
        self.differences.push(Place { place, what });
    }

    /// Adds a place that cannot be recomputed.
    pub(crate) fn gap(&mut self, place: &str, what: &str) {
        let (place, what) = (place.to_owned(), what.to_owned());
        self.gaps.push(Place { place, what });
    }

    pub(crate) fn verified(self) -> Verified {
        let Self { counts, mut differences, mut gaps, foreign_fields: _ } = self;
        let equal = differences.is_empty() && gaps.is_empty();
        for list in [&mut differences, &mut gaps] {
            let more = list.len().saturating_sub(LISTED);
            list.truncate(LISTED);
            if more > 0 {
                let what = format!("{more} more places that are not listed");
                list.push(Place { place: "and".to_owned(), what });
            }
        }
        Verified { equal, counts, differences, gaps }
    }
}
