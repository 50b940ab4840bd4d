//! One recorded life of a recipe: when each of its tiers began and ended.

use cc_ci_model::{Event, Outcome, Record, Tier};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The tiers that are walked; tear-down always is.
pub(super) const TIERS: [Tier; 6] =
    [Tier::Deploy, Tier::Upgrade, Tier::Custom, Tier::Backup, Tier::Restore, Tier::Teardown];

/// One recorded life of a recipe. Times are milliseconds since the program was started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Life {
    /// As it was asked for.
    pub(super) recipe: String,
    /// When the program ended.
    pub(super) millis: u64,
    pub(super) tiers: Vec<Span>,
}

/// When a tier began and ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Span {
    pub(super) tier: Tier,
    pub(super) from: u64,
    pub(super) to: u64,
}

impl Life {
    /// Reads the life of a program that was started at `started` and lived for `millis`.
    ///
    /// # Errors
    /// The first tier that did not pass: a life that is not whole says nothing about a whole one.
    pub(super) fn read(
        recipe: &str,
        (started, millis): (Timestamp, u64),
        records: &[Record],
    ) -> Result<Self, String> {
        let since = |at: Timestamp| {
            u64::try_from(at.as_millisecond() - started.as_millisecond()).unwrap_or(0)
        };
        let mut tiers: Vec<Span> = Vec::new();
        for record in records.iter().filter(|record| record.attempt <= 1) {
            match &record.event {
                Event::TierStarted { tier } => {
                    let from = since(record.at);
                    tiers.push(Span { tier: *tier, from, to: from });
                }
                Event::TierFinished { tier, outcome, .. } if TIERS.contains(tier) => {
                    if *outcome != Outcome::Passed {
                        let why = outcome.reason().unwrap_or_default();
                        return Err(format!("{tier} is {}: {why}", outcome.word()));
                    }
                    let ended = tiers.iter_mut().rev().find(|span| span.tier == *tier);
                    if let Some(span) = ended {
                        span.to = since(record.at);
                    }
                }
                _ => {}
            }
        }
        match TIERS.into_iter().find(|tier| tiers.iter().all(|span| span.tier != *tier)) {
            Some(missing) => Err(format!("{missing} was not walked")),
            None => Ok(Self { recipe: recipe.to_owned(), millis, tiers }),
        }
    }

    /// How long `tier` lasted, in milliseconds.
    pub(super) fn lasted(&self, tier: Tier) -> u64 {
        let span = self.tiers.iter().find(|span| span.tier == tier);
        span.map_or(0, |span| span.to.saturating_sub(span.from))
    }
}

#[cfg(test)]
pub(super) mod tests {
    use cc_ci_model::Fault;

    use super::*;

    /// A life of 14 s with tiers of 2 s each from the second second on; tear-down lasts 300 ms.
    pub(in crate::kill) fn life(recipe: &str) -> Life {
        let span = |(tier, from): (Tier, u64)| {
            let millis = if tier == Tier::Teardown { 300 } else { 2000 };
            Span { tier, from, to: from + millis }
        };
        let tiers = TIERS.into_iter().zip((2000..).step_by(2000)).map(span).collect();
        Life { recipe: recipe.to_owned(), millis: 14_000, tiers }
    }

    fn records(red: Option<Tier>, missing: Option<Tier>) -> Vec<Record> {
        let mut records = Vec::new();
        for (tier, second) in TIERS.into_iter().zip(2..).filter(|(tier, _)| Some(*tier) != missing)
        {
            let message = "no".to_owned();
            let outcome = match red {
                Some(red) if red == tier => {
                    Outcome::Failed { fault: Fault::CheckFailed { message } }
                }
                _ => Outcome::Passed,
            };
            let events =
                [Event::TierStarted { tier }, Event::TierFinished { tier, outcome, millis: 1 }];
            for (event, millis) in events.into_iter().zip([0, 700]) {
                let at = Timestamp::from_millisecond(second * 1000 + millis).unwrap();
                let (seq, unit) = (0, None);
                records.push(Record::new(seq, at, (unit, 1), event));
            }
        }
        records
    }

    #[test]
    fn times_count_from_the_start_of_the_program() {
        let started = Timestamp::from_millisecond(500).unwrap();
        let life = Life::read("shop", (started, 9000), &records(None, None)).unwrap();
        assert_eq!(life.tiers[0], Span { tier: Tier::Deploy, from: 1500, to: 2200 });
        assert_eq!(life.lasted(Tier::Teardown), 700);
    }

    #[rstest::rstest]
    #[case::red(Some(Tier::Backup), None, "backup is failed: no")]
    #[case::short(None, Some(Tier::Restore), "restore was not walked")]
    fn only_a_whole_life_is_recorded(
        #[case] red: Option<Tier>,
        #[case] missing: Option<Tier>,
        #[case] said: &str,
    ) {
        let records = records(red, missing);
        let read = Life::read("shop", (Timestamp::UNIX_EPOCH, 9000), &records);
        assert_eq!(read.unwrap_err(), said);
    }
}
