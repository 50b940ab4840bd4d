//! Recomputes the outcome of each tier from its checks.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_model::{Event, EventsVersion, Outcome, Record, Tier, UnitId};

use crate::found::Found;

/// What the records said so far about one attempt.
#[derive(Default)]
struct Attempt<'r> {
    checks: BTreeMap<Tier, Vec<&'r Outcome>>,
    begun: BTreeSet<Tier>,
    /// Tiers that ended in a way that blocks others.
    red: BTreeSet<Tier>,
}

pub(crate) fn check(records: &[Record], found: &mut Found) {
    let mut attempts: BTreeMap<(&UnitId, u32), Attempt<'_>> = BTreeMap::new();
    for (record, line) in records.iter().zip(1..) {
        let Some(unit) = &record.unit else { continue };
        let attempt = attempts.entry((unit, record.attempt)).or_default();
        match &record.event {
            Event::TierStarted { tier } => {
                attempt.begun.insert(*tier);
            }
            Event::CheckFinished { tier, outcome, .. } => {
                attempt.checks.entry(*tier).or_default().push(outcome);
            }
            Event::TierFinished { tier, outcome, .. } => {
                found.counts.tiers += 1;
                if let Some(what) = attempt.contradicts(record.v, *tier, outcome) {
                    found.different(&format!("events.jsonl:{line}"), &what);
                }
                if matches!(outcome, Outcome::Failed { .. } | Outcome::Blocked { .. }) {
                    attempt.red.insert(*tier);
                }
            }
            _ => {}
        }
    }
    found.counts.attempts = attempts.len();
}

impl Attempt<'_> {
    /// Why the tier cannot have ended like this.
    fn contradicts(&self, v: EventsVersion, tier: Tier, outcome: &Outcome) -> Option<String> {
        let checks = self.checks.get(&tier);
        // An engine that stops answering ends the tear-down in the middle.
        if tier == Tier::Teardown && matches!(outcome, Outcome::NotRun { .. }) {
            return None;
        }
        if checks.is_some() || self.begun.contains(&tier) {
            let checks = checks.map(Vec::as_slice).unwrap_or_default();
            let own = Outcome::of_checks(checks.iter().copied());
            return (own != *outcome).then(|| {
                format!("tier {tier} is {}, and its checks make it {}", words(outcome), words(&own))
            });
        }
        match outcome {
            Outcome::Blocked { by } if !self.red.contains(by) || !rests_on(v, tier, *by) => {
                Some(format!("tier {tier} is blocked by {by}, which does not block it"))
            }
            Outcome::Passed | Outcome::Failed { .. } => {
                Some(format!("tier {tier} is {}, and none of its checks was tried", words(outcome)))
            }
            Outcome::Blocked { .. } | Outcome::NotApplicable { .. } | Outcome::NotRun { .. } => {
                None
            }
        }
    }
}

/// Before 2.2, the tiers recovery and interrupt came after the restore in place and rested on it.
fn rests_on(v: EventsVersion, tier: Tier, on: Tier) -> bool {
    let rested = matches!(tier, Tier::Recovery | Tier::Interrupt) && on == Tier::Restore;
    tier.rests_on().contains(&on) || (rested && v < EventsVersion { major: 2, minor: 2 })
}

fn words(outcome: &Outcome) -> String {
    match outcome.reason() {
        Some(reason) => format!("{} ({reason})", outcome.word()),
        None => outcome.word().to_owned(),
    }
}
