//! Recomputes the outcome of each check from what it saw.

use std::collections::BTreeMap;

use cc_ci_model::{CheckId, Event, Fault, Observed, Outcome, Record, Tier, UnitId};

use crate::found::Found;

/// A check in an attempt.
type Key<'r> = (Option<&'r UnitId>, u32, Tier, &'r CheckId);

/// Exit codes of hooks that ran in an attempt since the last check about them, by the end of their labels.
type Hooks<'r> = BTreeMap<(Option<&'r UnitId>, u32, &'static str), Vec<i64>>;

pub(crate) fn check(records: &[Record], found: &mut Found) {
    let mut seen: BTreeMap<Key<'_>, &Observed> = BTreeMap::new();
    let mut hooks = Hooks::new();
    for (record, line) in records.iter().zip(1..) {
        let (unit, attempt) = (record.unit.as_ref(), record.attempt);
        match &record.event {
            Event::Observed { tier, check, observed } => {
                seen.insert((unit, attempt, *tier, check), observed);
            }
            Event::HookRan { hook, exit_code, .. } => {
                if let Some(moment) = moment(hook) {
                    hooks.entry((unit, attempt, moment)).or_default().push(*exit_code);
                }
            }
            Event::CheckFinished { tier, check, outcome, .. } => {
                found.counts.checks += 1;
                // A hook that was cut off on purpose says nothing about the one that ran again.
                if check.as_str().ends_with("broken_off") {
                    hooks.retain(|(of, number, _), _| (*of, *number) != (unit, attempt));
                }
                let ran = about_hooks(check).and_then(|at| hooks.remove(&(unit, attempt, at)));
                let refuted = match (seen.remove(&(unit, attempt, *tier, check)), ran) {
                    (Some(observed), _) => Some(observed.refutes(outcome)),
                    (None, Some(codes)) => Some(refutes(&codes, outcome)),
                    (None, None) => None,
                };
                match refuted {
                    Some(refuted) => {
                        found.counts.recomputed += 1;
                        if refuted {
                            let what = format!(
                                "check {tier}/{check} is {}, and what it saw makes it something else",
                                outcome.word()
                            );
                            found.different(&format!("events.jsonl:{line}"), &what);
                        }
                    }
                    None => found.counts.not_recomputed += 1,
                }
            }
            _ => {}
        }
    }
}

/// Before or after the operation, by a hook's label: `backupbot.backup.pre-hook`.
fn moment(label: &str) -> Option<&'static str> {
    ["pre-hook", "post-hook"].into_iter().find(|end| label.ends_with(end))
}

/// Whether a check is about hooks, and about which.
fn about_hooks(check: &CheckId) -> Option<&'static str> {
    let of = |end: &str| check.as_str().ends_with(end);
    match () {
        () if of("pre_hooks_succeed") => Some("pre-hook"),
        () if of("post_hooks_succeed") => Some("post-hook"),
        () => None,
    }
}

/// Hooks are done when each has ended with 0; the first that does not is what the check fails with.
fn refutes(codes: &[i64], outcome: &Outcome) -> bool {
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
