//! What a run looks like to its readers.

use cc_ci_model::{Class, Event, Fault, Level, Outcome, Record, Tier};
use rstest::rstest;

use crate::fixtures::{
    advice, app, cancelled, crash, flake, green, harness, recipe, refused, view,
};
use crate::script::{Script, head, not_run};
use crate::{Run, UnitOutcome, ViewError};

#[rstest]
#[case::green(green(), &[("passed", Level::Lint, Some(true))])]
#[case::recipe(recipe(), &[("failed", Level::Deploy, Some(true))])]
#[case::flake(flake(), &[("passed", Level::Lint, Some(true))])]
#[case::harness(harness(), &[("failed", Level::None, Some(false))])]
#[case::advice(advice(), &[("passed", Level::Deploy, Some(true))])]
#[case::cancelled(cancelled(), &[("not_run", Level::Deploy, Some(true)), ("not_run", Level::None, None)])]
#[case::refused(
    refused(),
    &[
        ("passed", Level::Lint, Some(true)),
        ("failed", Level::None, None),
        ("failed", Level::None, None),
        ("not_run", Level::None, None),
    ]
)]
fn outcome_level_and_tear_down(
    #[case] records: Vec<Record>,
    #[case] expected: &[(&str, Level, Option<bool>)],
) {
    let run = view(&records);
    let units = run.units.iter();
    let found: Vec<_> =
        units.map(|unit| (unit.outcome.word(), unit.level, unit.clean_teardown())).collect();
    assert_eq!(found, expected);
}

#[rstest]
#[case::last_is_green("rg", 1, "passed")]
#[case::first_red_decides("gr", 1, "failed")]
#[case::two_red("rr", 0, "failed")]
#[case::red_between("rgr", 0, "failed")]
#[case::green_in_the_end("rrg", 2, "passed")]
#[case::broken_off("c", 0, "not_run")]
#[case::red_before_it_was_broken_off("rc", 0, "failed")]
fn the_deciding_attempt(#[case] words: &str, #[case] decides: usize, #[case] outcome: &str) {
    let script = (1..).zip(words.chars()).fold(Script::run(&[app()]), |script, (n, word)| {
        let script = script.start(&app(), n, n > 1).pass(Tier::Deploy, &["converges"]);
        let script = if word == 'g' {
            script.pass(Tier::Custom, &["works"])
        } else {
            script.fail(Tier::Custom, "works", crash())
        };
        script.finish(&[], word == 'c')
    });
    let run = view(&script.over(false));
    assert_eq!(run.units[0].deciding, Some(decides));
    assert_eq!(run.units[0].outcome.word(), outcome);
}

#[test]
fn a_unit_without_a_check_is_never_green() {
    let empty = Script::run(&[app()]).start(&app(), 1, false).finish(&[], false).over(false);
    let run = view(&empty);
    assert!(matches!(run.units[0].outcome, UnitOutcome::Failed { .. }));
    assert_eq!(run.units[0].cases[0].verdict.class, Class::Harness);
    assert!(!run.is_green());

    let skipped = Script::run(&[app()])
        .start(&app(), 1, false)
        .check(Tier::Deploy, "serves", not_run("left out"))
        .end(Tier::Deploy, Outcome::Passed)
        .finish(&[], false)
        .over(false);
    assert!(!view(&skipped).is_green());
}

#[test]
fn a_run_without_units_is_never_green() {
    assert!(!view(&Script::run(&[]).over(false)).is_green());
    assert!(view(&green()).is_green());
    assert!(!view(&cancelled()).is_green());
}

#[test]
fn a_leak_is_never_green() {
    let script = |hits: &[&str]| {
        Script::run(&[app()])
            .start(&app(), 1, false)
            .pass(Tier::Deploy, &["serves"])
            .finish(&[], false)
            .scanned(hits)
            .over(false)
    };
    assert!(view(&script(&[])).is_green());
    assert!(!view(&script(&["events.jsonl"])).is_green());
}

#[test]
fn a_run_that_goes_on_is_read_as_far_as_it_goes() {
    let records = Script::run(&[app()]).start(&app(), 1, false).pass(Tier::Deploy, &["serves"]);
    let run = view(&records.so_far());
    assert!(!run.is_green());
    assert_eq!(run.units[0].outcome, UnitOutcome::NotRun { reason: "it has not ended".into() });
    assert_eq!(run.cases().count(), 0);
}

#[test]
fn a_planned_unit_that_is_refused_later_is_one_unit() {
    let outcome = Outcome::Failed { fault: Fault::BadRecipe { message: "m".into() } };
    let mut records = Script::run(&[app()]).refuse("app", Some("1.0.0+2"), outcome).over(false);
    records[1].unit = Some(app().unit);
    let run = view(&records);
    assert_eq!(run.units.len(), 1);
    assert_eq!(run.units[0].cases.len(), 1);
    assert_eq!(run.units[0].outcome, UnitOutcome::Failed { reason: "m".into() });
}

#[test]
fn cases_of_the_same_name_get_numbers() {
    let bad = || Outcome::Failed { fault: Fault::BadRecipe { message: "m".into() } };
    let records = Script::run(&[]).refuse("a", None, bad()).refuse("a", None, bad()).over(false);
    let run = view(&records);
    let ids: Vec<_> = run.cases().map(|(_, case)| case.id.as_str()).collect();
    assert_eq!(ids, ["a@unknown/plan/recipe.plan", "a@unknown/plan/recipe.plan#2"]);
}

#[test]
fn what_happened_in_an_attempt_is_kept_once() {
    let run = view(&green());
    let attempt = run.units[0].decisive().unwrap();
    assert_eq!(attempt.adaptations.len(), 1, "said twice, kept once");
    assert_eq!(attempt.images.len(), 1);
    assert_eq!(attempt.snapshots[0].volumes, ["content"]);
    let skipped: Vec<_> = attempt.canaries.iter().filter_map(|c| c.skipped.as_deref()).collect();
    assert_eq!(skipped, ["no database file"]);
}

#[test]
fn what_only_advises_decides_nothing() {
    let run = view(&advice());
    assert!(run.is_green() && run.cases().count() == 0);
    let rule = || Fault::RuleBroken { rule: "R1".into(), message: "m".into() };
    let attempt = |script: Script, number, word| {
        let script = script.start(&app(), number, number > 1).fail(Tier::Lint, "r1", rule());
        let script = script.pass(Tier::Deploy, &["converges"]);
        let script = match word {
            'g' => script.pass(Tier::Custom, &["works"]),
            _ => script.fail(Tier::Custom, "works", crash()),
        };
        script.finish(&[], false)
    };
    let red_then_green = attempt(attempt(Script::run(&[app()]), 1, 'r'), 2, 'g');
    let run = view(&red_then_green.over(false));
    assert_eq!((run.units[0].deciding, &run.units[0].outcome), (Some(1), &UnitOutcome::Passed));
    let green_then_red = attempt(attempt(Script::run(&[app()]), 1, 'g'), 2, 'r');
    let unit = &view(&green_then_red.over(false)).units[0];
    let reason = format!("custom/works: {}", crash());
    assert_eq!((unit.deciding, &unit.outcome), (Some(1), &UnitOutcome::Failed { reason }));
}

#[test]
fn volumes_and_stale_declarations_are_kept() {
    let run = view(&advice());
    let attempt = run.units[0].decisive().unwrap();
    let volumes: Vec<_> = attempt.volumes.iter().map(|v| (v.volume.as_str(), v.saved)).collect();
    assert_eq!(volumes, [("db", true), ("cache", false)]);
    assert_eq!(attempt.stale[0].declaration, "expected_na.backup");
}

#[test]
fn records_that_are_no_run_are_refused() {
    let other = head("other", "1.0.0+1");
    let start = || Script::run(&[app()]);
    let refused = |records: &[Record]| Run::from_records(records).unwrap_err();
    assert_eq!(refused(&[]), ViewError::Empty);
    assert_eq!(refused(&green()[1..]), ViewError::NoStart);
    let twice: Vec<_> = [start().so_far(), start().so_far()].concat();
    assert_eq!(refused(&twice), ViewError::SecondStart { seq: 0 });
    let doubled = Script::run(&[app(), app()]).so_far();
    assert_eq!(refused(&doubled), ViewError::PlannedTwice { unit: "app@1.0.0+2".into() });
    let stranger = start().start(&other, 1, false).so_far();
    let expected = ViewError::UnknownUnit { seq: 1, unit: "other@1.0.0+1".into() };
    assert_eq!(refused(&stranger), expected);
    let nobody = start().event(Event::UnitStarted { isolated: false }).so_far();
    assert_eq!(refused(&nobody), ViewError::NoUnit { seq: 1 });
    let zeroth = start().start(&app(), 0, false).so_far();
    assert_eq!(refused(&zeroth), ViewError::NoUnit { seq: 1 });
}

#[test]
fn one_cause_is_one_case_with_its_red_checks() {
    let run = view(&crate::fixtures::one_cause());
    let cases: Vec<_> = run
        .cases()
        .map(|(_, case)| (case.id.as_str(), case.others(), case.verdict.class))
        .collect();
    assert_eq!(
        cases,
        [
            (
                "app@1.0.0+2/upgrade/services_converge",
                vec!["restart/services_converge".to_owned()],
                Class::Recipe
            ),
            ("app@1.0.0+2/restore/data_back.sqlite_db_app.db", vec![], Class::Recipe),
        ]
    );
}

#[test]
fn a_run_that_was_killed_and_went_on_counts_the_attempt_after() {
    let unit = app().unit;
    let predicted = Event::Predicted {
        unit: unit.clone(),
        leg: cc_ci_model::Leg::Recovery,
        millis: 1,
        memory_bytes: None,
        runs: 3,
    };
    let trouble = Event::TroubleKnown { from: cc_ci_model::Stalls::default() };
    let script = Script::run(&[app()]).start(&app(), 1, false).pass(Tier::Deploy, &["converges"]);
    let resumed = Event::Resumed { ended: Vec::new(), again: vec![unit] };
    let script = [resumed, predicted, trouble].into_iter().fold(script.of_the_run(), Script::event);
    let run = view(
        &script
            .start(&app(), 2, false)
            .pass(Tier::Deploy, &["converges"])
            .finish(&[], false)
            .over(false),
    );
    let broken = run.units[0].attempts[0].facts.end;
    assert_eq!(broken, cc_ci_classify::End::Cancelled);
    assert_eq!((run.units[0].deciding, run.is_green()), (Some(1), true));
}
