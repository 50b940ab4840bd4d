//! The page keeps every finding of a reviewer.

use proptest::prelude::*;
use rstest::rstest;

use super::*;
use crate::fixtures;

#[test]
fn whole_pages() {
    for (name, run) in fixtures::all() {
        let page = render("night", &run, None);
        assert_eq!(findings(&page), Some("## Adversary findings\n"), "{name}: none, and only one");
        insta::assert_snapshot!(name, page);
    }
}

#[rstest]
#[case::plain("## Adversary findings\n- app: the backup is empty\n")]
#[case::dos("## Adversary findings\r\n\r\n- a \r\n- b\r\n")]
#[case::trailing("## Adversary findings   \n- a   \n\n\n   ")]
#[case::no_newline("## Adversary findings\n- a")]
#[case::nothing_below("## Adversary findings")]
#[case::fenced("## Adversary findings\n```\n## Build backlog\n## Adversary findings\n")]
#[case::same_again("## Adversary findings\na\n## Adversary findings\nb\n## Build backlog\nc")]
fn findings_survive(#[case] section: &str) {
    let run = fixtures::view(&fixtures::recipe());
    let existing = format!("# old page\n\n## Build backlog\n\n{section}");
    let page = render("night", &run, Some(&existing));
    assert_eq!(findings(&page), Some(section));
    assert_eq!(render("night", &run, Some(&page)), page, "writing it again changes nothing");
}

#[test]
fn the_gate_holds_for_the_cases_that_it_was_passed_on() {
    let run = fixtures::view(&fixtures::recipe());
    let page = render("night", &run, None);
    assert!(page.contains("\nM1 gate: not yet passed (cases "));
    let passed = Gate::Passed.mark(&page).unwrap();
    assert!(passed.contains("\nM1 gate: PASS (cases "));
    assert_eq!(render("night", &run, Some(&passed)), passed);
    let failed = Gate::Failed.mark(&passed).unwrap();
    assert_eq!(render("night", &run, Some(&failed)), failed);
    assert_eq!(Gate::NotYet.mark(&failed).unwrap(), page);
    let other = fixtures::view(&fixtures::harness());
    assert!(render("night", &other, Some(&passed)).contains("\nM1 gate: not yet passed"));
    assert_eq!(Gate::Passed.mark("# something else\n"), None);
}

#[test]
fn a_gate_in_the_findings_is_not_the_gate() {
    let run = fixtures::view(&fixtures::recipe());
    let passed = Gate::Passed.mark(&render("night", &run, None)).unwrap();
    let line = passed.lines().find(|line| line.starts_with("M1 gate")).unwrap();
    let existing = format!("## Adversary findings\n{line}\n");
    assert_eq!(Gate::Failed.mark(&existing), None);
    assert!(render("night", &run, Some(&existing)).contains("\nM1 gate: not yet passed"));
}

#[rstest]
#[case("night", Some("BACKLOG-night.md"))]
#[case("phase-1.b_2", Some("BACKLOG-phase-1.b_2.md"))]
#[case("", None)]
#[case("../up", None)]
#[case("a/b", None)]
#[case("two words", None)]
fn file_names(#[case] phase: &str, #[case] expected: Option<&str>) {
    assert_eq!(file_name(phase).as_deref(), expected);
}

proptest! {
    #[test]
    fn any_text_below_the_heading_survives(
        before in "(# [a-z ]*\r?\n|- [ -~]*\n|\n){0,4}",
        end in "[ \t]*(\r\n|\n|\r|)",
        text in "(?s).{0,200}",
    ) {
        prop_assume!(findings(&before).is_none());
        // Without a line end what follows would belong to the heading's own line.
        prop_assume!(text.is_empty() || end.ends_with(['\r', '\n']));
        let section = format!("{FINDINGS_HEADING}{end}{text}");
        let existing = format!("{before}{section}");
        let run = fixtures::view(&fixtures::recipe());
        let page = render("night", &run, Some(&existing));
        prop_assert!(page.ends_with(&section));
        prop_assert_eq!(findings(&page), Some(section.as_str()));
    }

    #[test]
    fn no_failure_forges_a_section(message in "(?s).{0,80}(\n## Adversary findings\n)?.{0,40}") {
        let fault = cc_ci_model::Fault::CheckFailed { message };
        let records = crate::script::Script::run(&[fixtures::app()])
            .start(&fixtures::app(), 1, false)
            .fail(cc_ci_model::Tier::Deploy, "serves", fault)
            .finish(&[], false)
            .over(false);
        let page = render("night", &fixtures::view(&records), None);
        prop_assert_eq!(findings(&page), Some("## Adversary findings\n"));
    }
}
