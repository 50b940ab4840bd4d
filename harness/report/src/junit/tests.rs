//! Whole reports, and that no text can break or forge one.

use std::collections::BTreeSet;

use cc_ci_model::{Fault, Outcome, Record, Tier};
use proptest::prelude::*;
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, XmlString};

use super::{XmlText, render};
use crate::fixtures::{self, app, view};
use crate::script::{Script, head, not_run};

fn xml(records: &[Record]) -> String {
    String::from_utf8(render(&view(records)).unwrap()).unwrap()
}

fn read(records: &[Record]) -> Report {
    Report::deserialize_from_str(&xml(records)).unwrap()
}

fn cases(report: &Report) -> impl Iterator<Item = &TestCase> {
    report.test_suites.iter().flat_map(|suite| &suite.test_cases)
}

fn case<'a>(report: &'a Report, name: &str) -> &'a TestCase {
    cases(report).find(|case| case.name.as_str() == name).unwrap()
}

fn runs() -> [Vec<Record>; 7] {
    use fixtures::{advice, cancelled, flake, green, harness, recipe, refused};
    [green(), recipe(), flake(), harness(), refused(), cancelled(), advice()]
}

#[test]
fn whole_files() {
    for (name, run) in fixtures::all() {
        insta::assert_snapshot!(name, String::from_utf8(render(&run).unwrap()).unwrap());
    }
}

#[test]
fn sums_are_those_of_the_cases() {
    for records in runs() {
        let report = read(&records);
        for suite in &report.test_suites {
            let count = |wanted: fn(&TestCaseStatus) -> bool| {
                suite.test_cases.iter().filter(|case| wanted(&case.status)).count()
            };
            assert_eq!(suite.tests, suite.test_cases.len());
            assert!(suite.tests > 0, "a suite without a case is dropped by readers");
            assert_eq!(
                suite.failures,
                count(|status| kind(status) == Some(NonSuccessKind::Failure))
            );
            assert_eq!(suite.errors, count(|status| kind(status) == Some(NonSuccessKind::Error)));
            assert_eq!(suite.skipped, count(|s| matches!(s, TestCaseStatus::Skipped { .. })));
        }
        let sum = |of: fn(&quick_junit::TestSuite) -> usize| -> usize {
            report.test_suites.iter().map(of).sum()
        };
        assert_eq!(report.tests, sum(|suite| suite.tests));
        assert_eq!(report.failures, sum(|suite| suite.failures));
        assert_eq!(report.errors, sum(|suite| suite.errors));
        assert_eq!(report.skipped, sum(|suite| suite.skipped));
    }
}

fn kind(status: &TestCaseStatus) -> Option<NonSuccessKind> {
    match status {
        TestCaseStatus::NonSuccess { kind, .. } => Some(*kind),
        _ => None,
    }
}

#[test]
fn names_are_unique_even_with_two_versions_and_refusals_alike() {
    let units = [head("app", "1.0.0+1"), head("app", "2.0.0+1")];
    let bad = || Outcome::Failed { fault: Fault::BadRecipe { message: "m".into() } };
    let attempt = |script: Script, unit| {
        script.start(unit, 1, false).pass(Tier::Deploy, &["serves"]).finish(&[], false)
    };
    let script = Script::run(&units).refuse("app", None, bad()).refuse("app", None, bad());
    let report = read(&units.iter().fold(script, attempt).over(false));
    assert_eq!(report.test_suites.len(), 1);
    let names: BTreeSet<_> =
        cases(&report).map(|case| (case.classname.clone(), case.name.clone())).collect();
    assert_eq!(names.len(), 4);
}

#[test]
fn a_flake_is_a_pass_that_keeps_its_first_failure() {
    let report = read(&fixtures::flake());
    match &case(&report, "moved").status {
        TestCaseStatus::Success { flaky_runs } => {
            assert_eq!(flaky_runs[0].ty.as_deref(), Some("flake.unknown"));
            assert_eq!(flaky_runs[0].message.as_deref(), Some("not within 30 s: app 0/1"));
        }
        other => panic!("{other:?}"),
    }
    assert_eq!((report.failures, report.errors), (0, 0));
}

#[test]
fn a_skip_says_why_and_is_no_pass() {
    let report = read(&fixtures::recipe());
    let messages: Vec<_> = cases(&report)
        .filter_map(|case| match &case.status {
            TestCaseStatus::Skipped { message, .. } => message.as_deref(),
            _ => None,
        })
        .collect();
    let expected =
        ["blocked by upgrade", "blocked by upgrade", "not applicable: declared: no data"];
    assert_eq!(messages, expected);
}

#[test]
fn what_only_advises_is_neither_red_nor_a_pass() {
    let report = read(&fixtures::advice());
    assert_eq!((report.failures, report.errors, report.skipped), (0, 0, 1));
    match &case(&report, "r011").status {
        TestCaseStatus::Skipped { message, .. } => {
            assert!(message.as_deref().unwrap().starts_with("advisory: R011: compose.yml:7"));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_run_that_proves_nothing_and_a_leak_are_errors() {
    assert_eq!(read(&Script::run(&[]).over(false)).errors, 1);
    let leak = Script::run(&[app()])
        .start(&app(), 1, false)
        .pass(Tier::Deploy, &["serves"])
        .finish(&[], false)
        .scanned(&["evidence/abc"]);
    assert_eq!(read(&leak.over(false)).errors, 1);
    let idle = read(&Script::run(&[app()]).over(false));
    assert_eq!((idle.tests, idle.skipped), (1, 1));
}

fn failing(message: &str, outcome: fn(String) -> Outcome) -> Vec<Record> {
    let attempt = |script: Script, number| {
        script
            .start(&app(), number, number > 1)
            .check(Tier::Custom, "works", outcome(message.to_owned()))
            .finish(&[], false)
    };
    attempt(attempt(Script::run(&[app()]), 1), 2).over(false)
}

proptest! {
    /// The strict reader gives back one case with the text as it was made harmless.
    #[test]
    fn any_bytes_in_one_case_out(
        bytes in prop_oneof![
            proptest::collection::vec(any::<u8>(), 1..200),
            "(\\]\\]>|<!\\[CDATA\\[|</?(failure|testcase)>|&[a-z]*;|\"|\n|\r|\u{1b}|\u{0}|x){1,20}"
                .prop_map(String::into_bytes),
        ],
    ) {
        let message = String::from_utf8_lossy(&bytes).into_owned();
        let red = |message| Outcome::Failed { fault: Fault::CheckFailed { message } };
        let report = read(&failing(&message, red));
        let text = XmlText::new(&message);
        prop_assert_eq!(report.test_suites.len(), 1);
        prop_assert_eq!(report.test_suites[0].test_cases.len(), 1);
        match &report.test_suites[0].test_cases[0].status {
            TestCaseStatus::NonSuccess { message, description, ty, reruns, .. } => {
                prop_assert_eq!(ty.as_deref(), Some("recipe.upstream"));
                prop_assert_eq!(message.clone(), Some(XmlString::new(text.line())));
                let body = Some(text.as_str().trim()).filter(|body| !body.is_empty());
                prop_assert_eq!(description.clone(), body.map(XmlString::new));
                prop_assert_eq!(reruns.runs.len(), 1);
                // The reader trims the text of elements.
                let trace = reruns.runs[0].stack_trace.as_deref().unwrap_or_default();
                let expected = XmlString::new(text.as_str());
                prop_assert_eq!(trace.trim(), expected.as_str().trim());
            }
            other => prop_assert!(false, "{:?}", other),
        }
    }

    #[test]
    fn any_reason_of_a_skip_is_one_skipped_case(reason in "(?s).{0,100}") {
        let script = Script::run(&[app()])
            .start(&app(), 1, false)
            .check(Tier::Deploy, "serves", Outcome::Passed)
            .check(Tier::Custom, "works", not_run(&reason));
        let report = read(&script.finish(&[], false).over(false));
        prop_assert_eq!((report.tests, report.skipped), (2, 1));
    }
}
