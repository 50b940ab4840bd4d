//! Predicts durations and memory from past runs.

use cc_ci_model::{Leg, RecipeName, Tier};
use rusqlite::params;

use crate::error::HistoryError;
use crate::open::History;
use crate::rows::PASSED;

/// Number of the newest passes that a prediction is made from.
pub const PREDICTS_FROM: u32 = 10;

/// How long something is expected to take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prediction {
    /// Milliseconds.
    pub millis: u64,
    /// How many passes it was made from.
    pub samples: usize,
}

impl History {
    /// How long `tier` of `recipe` will take: the median of its newest passes, whatever the version. `None` if
    /// it never passed. Failed tiers do not count, since their duration says only when they broke.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn predict(
        &self,
        recipe: &RecipeName,
        tier: Tier,
    ) -> Result<Option<Prediction>, HistoryError> {
        let statement = "SELECT t.millis FROM tiers t JOIN attempts a USING (run, unit, attempt)
             WHERE recipe = ? AND tier = ? AND t.outcome = ?
             ORDER BY started DESC, run DESC LIMIT ?";
        let passes = self.newest(statement, recipe, tier.as_str())?;
        let samples = passes.len();
        Ok(median(passes).map(|millis| Prediction { millis, samples }))
    }

    /// How long `leg` of `recipe` will take where a unit walks through `tiers`: see [`History::predict_all`].
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn predict_leg(
        &self,
        recipe: &RecipeName,
        leg: Leg,
        tiers: &[Tier],
    ) -> Result<Option<Prediction>, HistoryError> {
        let own: Vec<Tier> = tiers.iter().copied().filter(|tier| Leg::of(*tier) == leg).collect();
        self.predict_all(recipe, &own)
    }

    /// How long these tiers of `recipe` will take one after the other. Tiers that never passed are left out;
    /// `None` if no tier ever passed. The number of samples is that of the tier with the fewest.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn predict_all(
        &self,
        recipe: &RecipeName,
        tiers: &[Tier],
    ) -> Result<Option<Prediction>, HistoryError> {
        let mut sum: Option<Prediction> = None;
        for tier in tiers {
            let Some(next) = self.predict(recipe, *tier)? else { continue };
            sum = Some(sum.map_or(next, |sum| Prediction {
                millis: sum.millis.saturating_add(next.millis),
                samples: sum.samples.min(next.samples),
            }));
        }
        Ok(sum)
    }
}

impl History {
    /// The most memory, in bytes, that `leg` of `recipe` had in its newest passes. `None` if it was never
    /// measured.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn peak(&self, recipe: &RecipeName, leg: Leg) -> Result<Option<u64>, HistoryError> {
        let statement = "SELECT p.bytes FROM peaks p JOIN attempts a USING (run, unit, attempt)
             WHERE recipe = ? AND leg = ? AND a.outcome = ?
             ORDER BY started DESC, run DESC LIMIT ?";
        Ok(self.newest(statement, recipe, leg.as_str())?.into_iter().max())
    }

    /// The numbers of the newest passes of a part of `recipe`.
    fn newest(
        &self,
        statement: &str,
        recipe: &RecipeName,
        part: &str,
    ) -> Result<Vec<u64>, HistoryError> {
        let numbers = self.file.prepare_cached(statement).and_then(|mut numbers| {
            let values = params![recipe.as_str(), part, PASSED, PREDICTS_FROM];
            numbers.query_map(values, |row| row.get(0))?.collect()
        });
        numbers.map_err(|error| self.failed(error))
    }
}

/// The middle value; of an even number, the mean of the two in the middle, rounded down.
#[must_use]
pub fn median(mut values: Vec<u64>) -> Option<u64> {
    values.sort_unstable();
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if !values.len().is_multiple_of(2) {
        return Some(upper);
    }
    let lower = values.get(middle.checked_sub(1)?)?;
    Some(lower.midpoint(upper))
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Event;

    use super::*;
    use crate::testing::{Story, history};

    #[rstest::rstest]
    #[case::none(vec![], None)]
    #[case::one(vec![7], Some(7))]
    #[case::odd(vec![9, 1, 5], Some(5))]
    #[case::even(vec![9, 1, 5, 4], Some(4))]
    #[case::large(vec![u64::MAX, u64::MAX - 2], Some(u64::MAX - 1))]
    fn the_median_is_in_the_middle(#[case] values: Vec<u64>, #[case] expected: Option<u64>) {
        assert_eq!(median(values), expected);
    }

    #[test]
    fn the_newest_ten_passes_predict() {
        let (state, mut history) = history();
        // Two slow runs long ago, twelve passes that become slower, and a red one that broke at once.
        for number in 0..14_u64 {
            let name = format!("r{number:02}");
            let millis = if number < 2 { 9_000 } else { 100 + number };
            let story = Story::new(&name).at(number as i64 * 100).green("shop", millis);
            story.ended().write(&state.path().join(&name));
            history.ingest_folder(&state.path().join(&name)).unwrap();
        }
        let red = Story::new("red").at(9_999).red("shop", 1).ended();
        red.write(&state.path().join("red"));
        history.ingest_folder(&state.path().join("red")).unwrap();
        let shop = RecipeName::new("shop").unwrap();
        let expected = Some(Prediction { millis: 108, samples: 10 });
        assert_eq!(history.predict(&shop, Tier::Deploy).unwrap(), expected);
        assert_eq!(history.predict(&shop, Tier::Backup).unwrap(), None);
        let legs = [Tier::Deploy, Tier::Backup];
        assert_eq!(history.predict_all(&shop, &legs).unwrap(), expected);
        assert_eq!(history.predict_leg(&shop, Leg::Main, &Tier::ALL).unwrap(), expected);
        assert_eq!(history.predict_leg(&shop, Leg::Recovery, &Tier::ALL).unwrap(), None);
        assert_eq!(history.predict_all(&shop, &[Tier::Backup]).unwrap(), None);
        assert_eq!(history.predict(&RecipeName::new("wiki").unwrap(), Tier::Deploy).unwrap(), None);
    }

    #[test]
    fn the_largest_peak_of_the_newest_passes_is_expected() {
        let (state, mut history) = history();
        for number in 0..12_u64 {
            let name = format!("r{number:02}");
            let peak = Event::MemoryPeak { bytes: 1_000 - number, containers: 2 };
            let story = Story::new(&name).at(number as i64 * 100).green("shop", 5).with(peak);
            story.ended().write(&state.path().join(&name));
            history.ingest_folder(&state.path().join(&name)).unwrap();
        }
        let red = Event::MemoryPeak { bytes: 9_999, containers: 2 };
        Story::new("red")
            .at(9_999)
            .red("shop", 1)
            .with(red)
            .ended()
            .write(&state.path().join("red"));
        history.ingest_folder(&state.path().join("red")).unwrap();
        let shop = RecipeName::new("shop").unwrap();
        // The first two are too old, and a red attempt may have had its peak because of what made it red.
        assert_eq!(history.peak(&shop, Leg::Main).unwrap(), Some(998));
        assert_eq!(history.peak(&shop, Leg::Recovery).unwrap(), None);
    }
}
