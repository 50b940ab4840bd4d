//! The cost of the harness's own work in the walks, compared with its goals.

use std::collections::BTreeMap;

use cc_ci_model::{Event, Record, Tier};
use serde::Serialize;

use crate::median::median;

/// What was measured in some walks, in milliseconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Overhead {
    /// From the engine's own time stamp until a stack was seen to be complete.
    noticed: Vec<f64>,
    /// A write of canary data to one store, the look for stores divided among them.
    written: Vec<f64>,
    /// A look for canary data in one store, with its removal.
    found: Vec<f64>,
}

/// One kind of cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Cost {
    pub(super) what: &'static str,
    pub(super) goal_millis: f64,
    /// How often it was measured.
    pub(super) count: usize,
    pub(super) median_millis: f64,
    pub(super) worst_millis: f64,
    /// How often the goal was met.
    pub(super) met: usize,
}

impl Overhead {
    pub(super) fn of(records: &[Record]) -> Self {
        let mut found = Self::default();
        let mut stores: BTreeMap<Tier, u32> = BTreeMap::new();
        let millis = |millis: u64| std::time::Duration::from_millis(millis).as_secs_f64() * 1000.0;
        for record in records {
            match &record.event {
                Event::Converged { noticed_millis: Some(noticed), .. } => {
                    found.noticed.push(millis(*noticed));
                }
                Event::CanaryWritten { tier, .. } => *stores.entry(*tier).or_default() += 1,
                Event::CheckFinished { tier, check, outcome, millis: took, .. }
                    if outcome.is_pass() =>
                {
                    let writes = stores.get(tier).copied().unwrap_or_default();
                    if check.as_str() == "canary_data_written" && writes > 0 {
                        found.written.push(millis(*took) / f64::from(writes));
                    }
                    if check.as_str().starts_with("data_intact.") {
                        found.found.push(millis(*took));
                    }
                }
                // All other times depend on the app.
                _ => {}
            }
        }
        found
    }

    pub(super) fn add(&mut self, other: Self) {
        self.noticed.extend(other.noticed);
        self.written.extend(other.written);
        self.found.extend(other.found);
    }

    /// The costs that were measured at least once.
    pub(super) fn costs(self) -> Vec<Cost> {
        let kinds = [
            ("a complete stack is noticed", 500.0, self.noticed),
            ("canary data is written, per store", 1000.0, self.written),
            ("canary data is looked for, per store", 1000.0, self.found),
        ];
        kinds.into_iter().filter_map(|(what, goal, values)| cost(what, goal, values)).collect()
    }
}

fn cost(what: &'static str, goal_millis: f64, values: Vec<f64>) -> Option<Cost> {
    let (count, met) = (values.len(), values.iter().filter(|value| **value <= goal_millis).count());
    let worst_millis = values.iter().copied().max_by(f64::total_cmp)?;
    let median_millis = median(values)?;
    Some(Cost { what, goal_millis, count, median_millis, worst_millis, met })
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{CheckId, Outcome, Proves, Side};

    use super::*;

    fn records(events: Vec<Event>) -> Vec<Record> {
        let record = |event| {
            let at = jiff::Timestamp::UNIX_EPOCH;
            Record::new(0, at, (None, 1), event)
        };
        events.into_iter().map(record).collect()
    }

    fn check(id: &str, millis: u64, outcome: Outcome) -> Event {
        let (tier, check) = (Tier::Upgrade, CheckId::slug(id));
        Event::CheckFinished {
            tier,
            check,
            outcome,
            millis,
            proves: Proves::Step,
            evidence: vec![],
        }
    }

    #[test]
    fn costs_are_those_of_one_store_and_one_stack() {
        let written = |store: &str| Event::CanaryWritten {
            tier: Tier::Upgrade,
            store: store.to_owned(),
            key: "k".to_owned(),
            negative: false,
        };
        let failed = Outcome::NotRun { reason: "cancelled".to_owned() };
        let events = vec![
            written("files:a"),
            written("redis:b"),
            check("canary_data_written", 600, Outcome::Passed),
            Event::Converged { side: Side::Head, millis: 9000, noticed_millis: Some(700) },
            Event::Converged { side: Side::Head, millis: 9000, noticed_millis: None },
            check("data_intact.files_a", 1200, Outcome::Passed),
            check("data_intact.redis_b", 200, Outcome::Passed),
            check("data_intact.redis_c", 99_000, failed),
        ];
        let mut overhead = Overhead::of(&records(events));
        overhead.add(Overhead::default());
        let costs = overhead.costs();
        let words: Vec<_> =
            costs.iter().map(|c| (c.count, c.met, c.median_millis, c.worst_millis)).collect();
        assert_eq!(words, [(1, 0, 700.0, 700.0), (1, 1, 300.0, 300.0), (2, 1, 700.0, 1200.0)]);
        assert_eq!(Overhead::default().costs(), []);
    }
}
