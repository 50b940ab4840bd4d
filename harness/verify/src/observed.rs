//! Recomputes the outcome of each check from what it saw.

use std::borrow::Cow;
use std::collections::BTreeMap;

use cc_ci_model::{
    CheckId, Event, Fault, Leg, Observed, Outcome, Record, Tier, UnitId, VolumeCoverage,
};

use crate::found::Found;
use crate::steps::is_step;

/// A leg of an attempt at a unit.
type LegOf<'r> = (Option<&'r UnitId>, u32, Leg);

/// What the events of a leg say about checks that are not written down yet.
#[derive(Default)]
struct Seen<'r> {
    /// What each check observed.
    observed: BTreeMap<(Tier, &'r CheckId), Cow<'r, Observed>>,
    /// Exit codes of hooks, by the end of their labels.
    hooks: BTreeMap<&'static str, Vec<i64>>,
    /// Files of the snapshot.
    files: Option<u64>,
    /// The volumes, held against the snapshot.
    volumes: Option<&'r [VolumeCoverage]>,
}

pub(crate) fn check(records: &[Record], found: &mut Found) {
    let mut legs: BTreeMap<LegOf<'_>, Seen<'_>> = BTreeMap::new();
    for (record, line) in records.iter().zip(1..) {
        let seen = legs.entry((record.unit.as_ref(), record.attempt, record.leg)).or_default();
        match &record.event {
            Event::Observed { tier, check, observed } => {
                seen.observed.insert((*tier, check), Cow::Borrowed(observed));
            }
            Event::Compared { tier, check, facts } => {
                let facts = Observed::Facts(facts.as_ref().clone());
                seen.observed.insert((*tier, check), Cow::Owned(facts));
            }
            Event::HookRan { hook, exit_code, .. } => {
                if let Some(moment) = moment(hook) {
                    seen.hooks.entry(moment).or_default().push(*exit_code);
                }
            }
            Event::Snapshot { files, .. } => seen.files = Some(*files),
            Event::Covered { volumes } => seen.volumes = Some(volumes),
            Event::CheckFinished { tier, check, outcome, .. } => {
                found.counts.checks += 1;
                match seen.refutes(*tier, check, outcome) {
                    Some(refuted) => {
                        found.counts.recomputed += 1;
                        if refuted {
                            let word = outcome.word();
                            let what = format!(
                                "check {tier}/{check} is {word}, and what it saw requires another outcome"
                            );
                            found.different(&format!("events.jsonl:{line}"), &what);
                        }
                    }
                    None if !was_tried(outcome) => found.counts.untried += 1,
                    None if is_step(check) => found.counts.steps += 1,
                    None => found.counts.not_recomputed += 1,
                }
            }
            _ => {}
        }
    }
}

impl<'r> Seen<'r> {
    /// True where the check cannot have had this outcome; `None` where no event says what the check saw.
    fn refutes(&mut self, tier: Tier, check: &'r CheckId, outcome: &Outcome) -> Option<bool> {
        // The name of a check can have a prefix, such as `fresh.`.
        let is = |name: &str| check.as_str().rsplit('.').next() == Some(name);
        if check.as_str().ends_with("broken_off") {
            // A hook that was interrupted on purpose does not count for the hook that runs again.
            self.hooks.clear();
        }
        if let Some(observed) = self.observed.remove(&(tier, check)) {
            return Some(observed.refutes(outcome));
        }
        if is("pre_hooks_succeed") {
            return Some(of_hooks(&self.hooks.remove("pre-hook").unwrap_or_default(), outcome));
        }
        if is("post_hooks_succeed") {
            return Some(of_hooks(&self.hooks.remove("post-hook").unwrap_or_default(), outcome));
        }
        if is("snapshot_taken") {
            return Some(self.files.take()? == 0 && outcome.is_pass());
        }
        if is("volumes_covered") {
            return Some(of_volumes(self.volumes.take()?, outcome));
        }
        None
    }
}

/// False for a check that has no outcome to recompute.
fn was_tried(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Passed | Outcome::Failed { .. } => true,
        Outcome::Blocked { .. } | Outcome::NotApplicable { .. } | Outcome::NotRun { .. } => false,
    }
}

/// Before or after the operation, by a hook's label: `backupbot.backup.pre-hook`.
fn moment(label: &str) -> Option<&'static str> {
    ["pre-hook", "post-hook"].into_iter().find(|end| label.ends_with(end))
}

/// Hooks are done when each has ended with 0; the first that does not is what the check fails with.
fn of_hooks(codes: &[i64], outcome: &Outcome) -> bool {
    let failed = codes.iter().find(|code| **code != 0);
    match outcome {
        Outcome::Passed => failed.is_some(),
        Outcome::Failed { fault: Fault::HookFailed { exit_code, .. } } => failed != Some(exit_code),
        Outcome::Failed { .. }
        | Outcome::Blocked { .. }
        | Outcome::NotApplicable { .. }
        | Outcome::NotRun { .. } => false,
    }
}

fn of_volumes(volumes: &[VolumeCoverage], outcome: &Outcome) -> bool {
    let lost = volumes.iter().any(VolumeCoverage::is_lost);
    match outcome {
        Outcome::Passed => lost,
        Outcome::Failed { fault: Fault::NotSaved { .. } } => !lost,
        Outcome::Failed { .. }
        | Outcome::Blocked { .. }
        | Outcome::NotApplicable { .. }
        | Outcome::NotRun { .. } => false,
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Facts;

    use super::*;

    fn failed(exit_code: i64) -> Outcome {
        let (service, hook) = ("app".to_owned(), "backupbot.backup.pre-hook".to_owned());
        let output = String::new();
        Outcome::Failed { fault: Fault::HookFailed { service, hook, exit_code, output } }
    }

    #[rstest::rstest]
    #[case::all_done(&[0, 0], Outcome::Passed, false)]
    #[case::one_failed(&[0, 1], Outcome::Passed, true)]
    #[case::told(&[0, 1], failed(1), false)]
    #[case::another_code(&[0, 1], failed(2), true)]
    #[case::none_failed(&[0], failed(1), true)]
    #[case::cancelled(&[1], Outcome::NotRun { reason: "cancelled".into() }, false)]
    fn hooks_decide_their_check(#[case] codes: &[i64], #[case] outcome: Outcome, #[case] no: bool) {
        assert_eq!(of_hooks(codes, &outcome), no);
    }

    #[rstest::rstest]
    #[case::without_facts(None)]
    #[case::with_facts(Some(Facts::default().with("broken off in the middle", "yes", "yes")))]
    fn a_hook_of_a_restore_that_was_broken_off_counts_for_no_later_check(
        #[case] facts: Option<Facts>,
    ) {
        let (broken, hooks) =
            (CheckId::slug("restore_broken_off"), CheckId::slug("post_hooks_succeed"));
        let mut seen = Seen::default();
        if let Some(facts) = facts {
            let key = (Tier::Interrupt, &broken);
            seen.observed.insert(key, Cow::Owned(Observed::Facts(facts)));
        }
        seen.hooks.insert("post-hook", vec![1]);
        assert_ne!(seen.refutes(Tier::Interrupt, &broken, &Outcome::Passed), Some(true));
        seen.hooks.entry("post-hook").or_default().push(0);
        assert_eq!(seen.refutes(Tier::Interrupt, &hooks, &Outcome::Passed), Some(false));
    }

    #[test]
    fn a_volume_that_is_lost_is_not_covered() {
        let volume = |unsaved, excused: Option<&str>| VolumeCoverage {
            volume: "data".into(),
            changed: 3,
            unsaved,
            example: None,
            saved: false,
            excused: excused.map(str::to_owned),
        };
        assert!(of_volumes(&[volume(0, None), volume(2, None)], &Outcome::Passed));
        assert!(!of_volumes(&[volume(0, None), volume(2, Some("a cache"))], &Outcome::Passed));
        let lost = Fault::NotSaved { volume: "data".into(), detail: "3 files".into() };
        assert!(of_volumes(&[volume(0, None)], &Outcome::Failed { fault: lost }));
    }
}
