//! What a run tells the shell.

use cc_ci_classify::End;
use cc_ci_model::Class;

use crate::{Run, UnitOutcome};

/// What a run tells the shell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Everything that was asked for was proven; flakes are allowed.
    Green,
    /// At least one recipe's maintainer must act.
    Recipe,
    /// The harness or its machine must be mended, or it did not do what was asked.
    Harness,
    /// A case is red and its owner is not known.
    Undetermined,
    /// Only flakes, and the caller does not allow them.
    Flake,
    /// The run was broken off.
    Cancelled,
}

impl Exit {
    /// The process's exit code.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Green => 0,
            Self::Recipe => 10,
            Self::Harness => 11,
            Self::Undetermined => 12,
            Self::Flake => 13,
            // 128 + SIGINT, as a shell would say.
            Self::Cancelled => 130,
        }
    }
}

/// What the run tells the shell: cancelled before all; then harness, recipe, undetermined, flake.
///
/// An outage of the engine that healed is the harness's case and counts as a flake does: the attempt was made
/// again, so everything that was asked for was proven.
///
/// A secret that was written, a run without units and a unit that was not tried to its end are the
/// harness's failure. A unit that was never green as a whole although each of its failures passed
/// for a flake is undetermined, and so is a run of which a record was taken out.
#[must_use]
pub fn exit(run: &Run, fail_on_flake: bool) -> Exit {
    if run.end != End::Finished {
        return Exit::Cancelled;
    }
    let unproven = |unit: &crate::Unit| match unit.outcome {
        UnitOutcome::Passed | UnitOutcome::Failed { .. } => false,
        UnitOutcome::NotRun { .. } => true,
    };
    let never_green = |unit: &crate::Unit| {
        unit.outcome != UnitOutcome::Passed
            && unit.cases.iter().all(|case| case.verdict.class == Class::Flake)
    };
    let leaked = run.scan.no_secret_leak() == Some(false);
    let nothing = run.units.is_empty() || run.units.iter().any(unproven);
    let healed = run.cases().filter(|(_, case)| case.dossier.has_healed()).count();
    if leaked || nothing || run.count(Class::Harness) > healed {
        Exit::Harness
    } else if run.count(Class::Recipe) > 0 {
        Exit::Recipe
    } else if run.count(Class::Undetermined) > 0
        || run.foreign.removed > 0
        || run.units.iter().any(never_green)
    {
        Exit::Undetermined
    } else if fail_on_flake && run.count(Class::Flake) + healed > 0 {
        Exit::Flake
    } else {
        Exit::Green
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{app, cancelled, crash, flake, green, harness, recipe, refused, view};
    use crate::script::{Script, head};
    use cc_ci_model::{Event, Fault, Outcome, Record, Tier};
    use rstest::rstest;

    /// One unit per word: `g` green, `r` recipe, `h` harness, `u` undetermined, `f` flake.
    fn mixed(words: &str) -> Vec<Record> {
        let heads: Vec<_> =
            words.chars().enumerate().map(|(at, c)| head(&format!("{c}{at}"), "1.0.0+1")).collect();
        let late = || Fault::Deadline { seconds: 1, waiting_for: "app".into() };
        let attempt = |script: Script, unit, number, fault: Option<Fault>| {
            let script = script.start(unit, number, number > 1);
            let script = match fault {
                Some(fault) => script.fail(Tier::Deploy, "serves", fault),
                None => script.pass(Tier::Deploy, &["serves"]),
            };
            script.finish(&[], false)
        };
        let unit = |script, (word, unit)| {
            let (first, second) = match word {
                'g' => (None, None),
                'r' => (Some(crash()), Some(crash())),
                'h' => (Some(Fault::Bug { message: "b".into() }), None),
                'u' => (Some(late()), Some(late())),
                _ => (Some(late()), None),
            };
            attempt(attempt(script, unit, 1, first), unit, 2, second)
        };
        words.chars().zip(&heads).fold(Script::run(&heads), unit).over(false)
    }

    #[rstest]
    #[case("g", 0, 0)]
    #[case("f", 0, 13)]
    #[case("gf", 0, 13)]
    #[case("uf", 12, 12)]
    #[case("ruf", 10, 10)]
    #[case("hruf", 11, 11)]
    #[case("rg", 10, 10)]
    #[case("hu", 11, 11)]
    #[case::nothing_asked_for("", 11, 11)]
    fn the_gravest_class_wins(#[case] words: &str, #[case] lenient: u8, #[case] strict: u8) {
        let run = view(&mixed(words));
        assert_eq!(exit(&run, false).code(), lenient);
        assert_eq!(exit(&run, true).code(), strict);
    }

    #[rstest]
    #[case(green(), Exit::Green)]
    #[case(recipe(), Exit::Recipe)]
    #[case(flake(), Exit::Green)]
    #[case(harness(), Exit::Harness)]
    #[case(refused(), Exit::Harness)]
    #[case(cancelled(), Exit::Cancelled)]
    fn whole_runs(#[case] records: Vec<Record>, #[case] expected: Exit) {
        assert_eq!(exit(&view(&records), false), expected);
    }

    #[test]
    fn a_unit_that_never_began_a_leak_and_an_open_run_are_not_green() {
        let waits = Script::run(&[app()]).over(false);
        assert_eq!(exit(&view(&waits), false), Exit::Harness);
        let leak = Script::run(&[app()])
            .start(&app(), 1, false)
            .pass(Tier::Deploy, &["serves"])
            .finish(&[], false)
            .scanned(&["events.jsonl"]);
        assert_eq!(exit(&view(&leak.over(false)), false), Exit::Harness);
        let open = Script::run(&[app()]).so_far();
        assert_eq!(exit(&view(&open), false), Exit::Cancelled);
    }

    #[rstest]
    #[case::green_again(None, &[], (0, 13))]
    #[case::red_again(Some(crash()), &[], (10, 10))]
    #[case::something_was_left(None, &["volume data"], (11, 11))]
    fn an_outage_that_healed_counts_as_a_flake(
        #[case] fault: Option<Fault>,
        #[case] left: &[&str],
        #[case] (lenient, strict): (u8, u8),
    ) {
        let down = Fault::EngineDown { message: "gone for 34 s".into() };
        let outage = Script::run(&[app()])
            .start(&app(), 1, false)
            .event(Event::RunFailed { fault: down })
            .finish(left, true);
        let script = (2..4).fold(outage, |script, number| {
            let script = script.start(&app(), number, number > 2);
            let script = match &fault {
                Some(fault) => script.fail(Tier::Deploy, "serves", fault.clone()),
                None => script.pass(Tier::Deploy, &["serves"]),
            };
            script.finish(&[], false)
        });
        let run = view(&script.over(false));
        assert_eq!(run.count(Class::Harness), 1, "it is the harness's case all the same");
        assert_eq!((exit(&run, false).code(), exit(&run, true).code()), (lenient, strict));
    }

    #[test]
    fn flakes_that_were_never_green_together_are_undetermined() {
        let late = |on: &str| Fault::Deadline { seconds: 1, waiting_for: on.into() };
        let attempt = |script: Script, number, alone, red: &str| {
            let script = script.start(&app(), number, alone);
            let each = |script: Script, name: &str| match name == red {
                true => script.fail(Tier::Custom, name, late(name)),
                false => script.check(Tier::Custom, name, Outcome::Passed),
            };
            let script = ["a", "b"].into_iter().fold(script, each);
            script.finish(&[], false)
        };
        let script = attempt(Script::run(&[app()]), 1, false, "a");
        let script = attempt(attempt(script, 2, true, "b"), 3, true, "a");
        let run = view(&attempt(script, 4, true, "b").over(false));
        assert_eq!(run.count(Class::Flake), 2);
        assert_eq!(exit(&run, false), Exit::Undetermined);
    }
}
