//! The pressure above which a node is in trouble, derived from past attempts that passed.

use cc_ci_model::Stalls;
use rusqlite::{Row, params};

use crate::error::HistoryError;
use crate::open::History;
use crate::rows::PASSED;

/// Number of the newest windows that are looked at. Older ones are ignored, since a machine changes.
const NEWEST: u32 = 2_000;
/// Least number of windows for a percentile: the 99th percentile of 200 has two windows above it.
pub const WINDOWS: usize = 200;
/// The lowest threshold, in percent of the time that something waited. The percentile of an idle node would be
/// near 0, and any work would exceed it.
pub const FLOOR: f64 = 10.0;

/// Pressure above which a node is in trouble, in percent of the time that something waited: the 99th percentile
/// (nearest rank) of `windows` in which everything passed, and never below [`FLOOR`]. `None` if there are fewer
/// than [`WINDOWS`]; values that are no numbers do not count.
#[must_use]
pub fn floor(windows: &[f64]) -> Option<f64> {
    let mut sorted: Vec<f64> = windows.iter().copied().filter(|value| value.is_finite()).collect();
    if sorted.len() < WINDOWS {
        return None;
    }
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * 99).div_ceil(100);
    sorted.get(rank - 1).map(|value| value.max(FLOOR))
}

impl History {
    /// The pressure above which the node is in trouble, in thousandths of the time: [`floor`] of the attempts
    /// that passed.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn trouble(&self) -> Result<Stalls, HistoryError> {
        let statement =
            "SELECT cpu, io, memory FROM stalls JOIN attempts USING (run, unit, attempt)
             WHERE outcome = ? ORDER BY started DESC, run DESC LIMIT ?";
        let windows = self.file.prepare_cached(statement).and_then(|mut windows| {
            let stalls = |row: &Row<'_>| {
                Ok(Stalls { cpu: row.get(0)?, io: row.get(1)?, memory: row.get(2)? })
            };
            let windows = windows.query_map(params![PASSED, NEWEST], stalls)?;
            windows.collect::<Result<Vec<Stalls>, _>>()
        });
        let windows = windows.map_err(|error| self.failed(error))?;
        let of = |of: fn(&Stalls) -> Option<u32>| {
            let percent: Vec<f64> =
                windows.iter().filter_map(of).map(|value| f64::from(value) / 10.0).collect();
            floor(&percent).map(|percent| (percent * 10.0).round() as u32)
        };
        Ok(Stalls { cpu: of(|s| s.cpu), io: of(|s| s.io), memory: of(|s| s.memory) })
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Event;

    use super::*;
    use crate::testing::{Story, history};

    fn up_to(count: u32) -> Vec<f64> {
        (1..=count).rev().map(f64::from).collect()
    }

    #[rstest::rstest]
    #[case::too_few(up_to(199), None)]
    #[case::enough(up_to(200), Some(198.0))]
    #[case::more(up_to(1_000), Some(990.0))]
    #[case::idle(vec![0.1; 200], Some(FLOOR))]
    #[case::no_numbers([up_to(199), vec![f64::NAN, f64::INFINITY]].concat(), None)]
    fn a_percentile_needs_windows_and_has_a_floor(
        #[case] windows: Vec<f64>,
        #[case] expected: Option<f64>,
    ) {
        assert_eq!(floor(&windows), expected);
    }
    #[test]
    fn attempts_that_passed_say_what_is_usual() {
        let (state, mut history) = history();
        let stalled = |cpu| Event::NodeStalled {
            stalls: Stalls { cpu: Some(cpu), io: None, memory: Some(0) },
        };
        let mut take = |name: String, story: Story| {
            let folder = state.path().join(&name);
            story.ended().write(&folder);
            history.ingest_folder(&folder).unwrap();
        };
        for number in 0..199 {
            let name = format!("r{number:03}");
            take(name.clone(), Story::new(&name).green("shop", 5).with(stalled(700 + number)));
        }
        take("red".to_owned(), Story::new("red").red("shop", 5).with(stalled(1_000)));
        assert_eq!(history.trouble().unwrap(), Stalls::default());
        let folder = state.path().join("last");
        Story::new("last").green("shop", 5).with(stalled(0)).ended().write(&folder);
        history.ingest_folder(&folder).unwrap();
        // The 198th of 200 values; the memory never stalled, so its limit is the fixed one.
        let expected = Stalls { cpu: Some(896), io: None, memory: Some(100) };
        assert_eq!(history.trouble().unwrap(), expected);
    }
}
