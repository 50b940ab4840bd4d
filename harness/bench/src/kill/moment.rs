//! Where in the life of a unit a moment lies.

use std::fmt;

use cc_ci_model::{Event, Record, RunId, Tier};
use serde::{Deserialize, Serialize};

/// Where in the life of a unit a moment lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Moment {
    /// The run has not written its first event: the recipe is planned.
    Unbegun,
    /// The run has begun, its first tier has not: it waits for its turn at the node.
    Before,
    /// In this tier.
    In(Tier),
    /// A tier has ended and the next one has not begun.
    Between,
    /// The unit has ended, its reports are written.
    After,
}

impl Moment {
    /// Where the run was when it wrote the last of `records`.
    pub(super) fn of(records: &[Record]) -> Self {
        records.iter().fold(Self::Unbegun, |moment, record| match &record.event {
            Event::RunStarted { .. } => Self::Before,
            Event::TierStarted { tier } => Self::In(*tier),
            Event::TierFinished { .. } => Self::Between,
            Event::UnitFinished { .. } | Event::RunFinished { .. } => Self::After,
            _ => moment,
        })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unbegun => "before the run began",
            Self::Before => "before the first tier",
            Self::In(tier) => tier.as_str(),
            Self::Between => "between two tiers",
            Self::After => "after the last tier",
        })
    }
}

/// The run that wrote `records`.
pub(super) fn run_of(records: &[Record]) -> Option<RunId> {
    records.iter().find_map(|record| match &record.event {
        Event::RunStarted { run, .. } => Some(run.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Outcome;

    use super::*;

    fn records(events: Vec<Event>) -> Vec<Record> {
        let at = jiff::Timestamp::UNIX_EPOCH;
        let record = |event| Record::new(0, at, (None, 1), event);
        events.into_iter().map(record).collect()
    }

    fn begun() -> Event {
        Event::RunStarted {
            run: RunId::new("r1").unwrap(),
            harness: String::new(),
            phase: String::new(),
            node: std::collections::BTreeMap::new(),
            units: Vec::new(),
        }
    }

    fn began(tier: Tier) -> Event {
        Event::TierStarted { tier }
    }

    fn ended(tier: Tier) -> Event {
        Event::TierFinished { tier, outcome: Outcome::Passed, millis: 1 }
    }

    fn finished() -> Event {
        Event::UnitFinished { millis: 1, deploys: 1, left: Vec::new(), cancelled: false }
    }

    #[rstest::rstest]
    #[case::nothing_written(vec![], Moment::Unbegun)]
    #[case::no_unit(vec![begun()], Moment::Before)]
    #[case::no_tier(vec![begun(), Event::UnitStarted { isolated: false }], Moment::Before)]
    #[case::in_a_tier(vec![began(Tier::Deploy)], Moment::In(Tier::Deploy))]
    #[case::between(vec![began(Tier::Deploy), ended(Tier::Deploy)], Moment::Between)]
    #[case::in_the_next(
        vec![began(Tier::Deploy), ended(Tier::Deploy), began(Tier::Backup)],
        Moment::In(Tier::Backup)
    )]
    #[case::after(vec![began(Tier::Teardown), ended(Tier::Teardown), finished()], Moment::After)]
    fn the_journal_says_where_it_ended(#[case] events: Vec<Event>, #[case] moment: Moment) {
        assert_eq!(Moment::of(&records(events)), moment);
    }
}
