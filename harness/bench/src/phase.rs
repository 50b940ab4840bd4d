//! Seconds per phase of a life, of ours and of the script.

use std::collections::BTreeMap;

use cc_ci_model::{Event, Outcome, Record, Tier};

/// Seconds that each tier took.
pub(super) type Phases = BTreeMap<Tier, f64>;

/// The tiers that both lives have: the script neither kills tasks nor loses the instance.
pub(super) const COMPARED: [Tier; 6] =
    [Tier::Deploy, Tier::Upgrade, Tier::Custom, Tier::Backup, Tier::Restore, Tier::Teardown];

/// The phases of a unit's first attempt.
///
/// # Errors
/// A tier that did not pass, with its reason: a life that is not whole measures nothing.
pub(super) fn of_records(records: &[Record]) -> Result<Phases, String> {
    let mut phases = Phases::new();
    for record in records.iter().filter(|record| record.attempt == 1) {
        let Event::TierFinished { tier, outcome, millis } = &record.event else { continue };
        if !COMPARED.contains(tier) {
            continue;
        }
        if *outcome != Outcome::Passed {
            return Err(format!("the {tier} tier is {}{}", outcome.word(), reason(outcome)));
        }
        phases.insert(*tier, *millis as f64 / 1000.0);
    }
    whole(phases)
}

/// The phases that the script prints in lines `phase NAME SECONDS`. Its other lines are ignored.
///
/// # Errors
/// A line that cannot be read, or a phase that is missing.
pub(super) fn of_output(output: &str) -> Result<Phases, String> {
    let mut phases = Phases::new();
    for line in output.lines() {
        let Some(phase) = line.strip_prefix("phase ") else { continue };
        let read = phase.split_once(' ').and_then(|(name, seconds)| {
            let seconds: f64 = seconds.parse().ok()?;
            let sound = seconds.is_finite() && seconds >= 0.0;
            sound.then_some((name.parse::<Tier>().ok()?, seconds))
        });
        let Some((tier, seconds)) = read else {
            return Err(format!("{line:?} is not `phase TIER SECONDS`"));
        };
        phases.insert(tier, seconds);
    }
    whole(phases)
}

fn whole(phases: Phases) -> Result<Phases, String> {
    match COMPARED.into_iter().find(|tier| !phases.contains_key(tier)) {
        Some(missing) => Err(format!("the {missing} tier was never finished")),
        None => Ok(phases),
    }
}

fn reason(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed => String::new(),
        Outcome::Failed { fault } => format!(": {fault}"),
        Outcome::Blocked { by } => format!(" by {by}"),
        Outcome::NotApplicable { reason } | Outcome::NotRun { reason } => format!(": {reason}"),
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Fault;

    use super::*;

    const OUTPUT: &str = "talk\nphase deploy 2.5\nphase upgrade 5\nphase custom 0.001\n\
                          phase backup 4\nphase restore 1.75\nphase teardown 6\n";

    fn finished(attempt: u32, tier: Tier, outcome: Outcome) -> Record {
        let event = Event::TierFinished { tier, outcome, millis: 1500 };
        let at = jiff::Timestamp::UNIX_EPOCH;
        Record::new(0, at, (None, attempt), event)
    }

    fn all(attempt: u32) -> Vec<Record> {
        COMPARED.into_iter().map(|tier| finished(attempt, tier, Outcome::Passed)).collect()
    }

    #[test]
    fn a_script_tells_its_phases() {
        let phases = of_output(OUTPUT).unwrap();
        assert_eq!(phases.len(), 6);
        assert_eq!((phases[&Tier::Deploy], phases[&Tier::Restore]), (2.5, 1.75));
    }

    #[rstest::rstest]
    #[case::nothing("", "the deploy tier was never finished")]
    #[case::no_seconds("phase deploy", "\"phase deploy\" is not `phase TIER SECONDS`")]
    #[case::no_tier("phase lunch 1", "\"phase lunch 1\" is not `phase TIER SECONDS`")]
    #[case::no_number("phase deploy x", "\"phase deploy x\" is not `phase TIER SECONDS`")]
    #[case::not_finite("phase deploy nan", "\"phase deploy nan\" is not `phase TIER SECONDS`")]
    #[case::backwards("phase deploy -1", "\"phase deploy -1\" is not `phase TIER SECONDS`")]
    #[case::broken_off("phase deploy 1\n", "the upgrade tier was never finished")]
    fn a_script_that_tells_less_measured_nothing(#[case] output: &str, #[case] message: &str) {
        assert_eq!(of_output(output).unwrap_err(), message);
    }

    #[test]
    fn a_whole_life_has_every_tier() {
        let phases = of_records(&all(1)).unwrap();
        assert_eq!(phases.into_values().collect::<Vec<_>>(), [1.5; 6]);
    }

    #[test]
    fn a_life_that_is_red_or_broken_off_measures_nothing() {
        let fault = Fault::CheckFailed { message: "no".into() };
        let red = finished(1, Tier::Upgrade, Outcome::Failed { fault: fault.clone() });
        let message = of_records(&[red]).unwrap_err();
        assert_eq!(message, format!("the upgrade tier is failed: {fault}"));
        let skipped = Outcome::NotRun { reason: "cancelled".into() };
        let message = of_records(&[finished(1, Tier::Backup, skipped)]).unwrap_err();
        assert_eq!(message, "the backup tier is not_run: cancelled");
        let message = of_records(&all(1)[..3]).unwrap_err();
        assert_eq!(message, "the backup tier was never finished");
        // A green rerun does not make the first attempt whole.
        assert_eq!(of_records(&all(2)).unwrap_err(), "the deploy tier was never finished");
    }
}
