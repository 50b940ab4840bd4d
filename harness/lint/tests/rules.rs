//! Every rule fails where it shall and only there.

mod support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use cc_ci_lint::{LintReport, Rule, Status, rules};

/// Rules that look at what is not in a recipe's folder.
const NEVER_CHECKED: [&str; 2] = ["R006", "R013"];

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn status<'a>(report: &'a LintReport, rule: &Rule) -> &'a Status {
    &report.rules.iter().find(|checked| checked.rule.id == rule.id).expect("every rule").status
}

fn found(report: &LintReport, rule: &Rule) -> String {
    (report.of(rule))
        .map(|finding| {
            let file = finding.file.as_deref().unwrap_or("-");
            let at = match (finding.line, finding.column) {
                (Some(line), Some(column)) => format!("{file}:{line}:{column}"),
                _ => file.to_owned(),
            };
            format!("{at}: {}: {}\n", finding.key, finding.message)
        })
        .collect()
}

#[test]
fn every_rule_has_a_fixture_and_every_fixture_a_rule() {
    let rules: BTreeSet<String> = (rules().iter().map(|rule| rule.id))
        .filter(|id| !NEVER_CHECKED.contains(id))
        .map(|id| format!("{id}.txt"))
        .collect();
    let files: BTreeSet<String> = fs::read_dir(fixtures())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    assert_eq!(rules, files);
}

#[test]
fn every_rule_fails_where_it_shall_and_only_there() {
    let mut wrong = Vec::new();
    for rule in rules().iter().filter(|rule| !NEVER_CHECKED.contains(&rule.id)) {
        let text = fs::read_to_string(fixtures().join(format!("{}.txt", rule.id))).unwrap();
        let cases = support::cases(&text);
        for kind in ["fail", "pass"] {
            assert!(cases.iter().any(|case| case.kind == kind), "{} has no case {kind}", rule.id);
        }
        for (number, case) in cases.iter().enumerate() {
            let report = case.lint();
            let found = found(&report, rule);
            let expected = case.files.get("expect").map(|text| text.trim()).unwrap_or_default();
            let status = status(&report, rule);
            let right = match case.kind.as_str() {
                "fail" => *status == Status::Failed && !expected.is_empty(),
                "pass" => *status == Status::Passed,
                kind => {
                    let reason = kind.strip_prefix("unchecked: ").expect("a kind of case");
                    *status == Status::NotChecked(reason.to_owned())
                }
            };
            if !right || found.trim() != expected {
                wrong.push(format!("{} case {number}: {status:?}\n{found}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_needs_the_network_is_not_checked() {
    let report =
        support::cases("== pass\n-- compose.yml\nservices: {app: {image: a:1.0.0}}\n")[0].lint();
    for rule in rules().iter().filter(|rule| NEVER_CHECKED.contains(&rule.id)) {
        let reason = "needs the network".to_owned();
        assert_eq!(*status(&report, rule), Status::NotChecked(reason), "{}", rule.id);
    }
}

#[test]
fn ids_are_unique_and_in_order_and_every_rule_says_everything() {
    let ids: Vec<&str> = rules().iter().map(|rule| rule.id).collect();
    let (abra, own) = ids.split_at(15);
    assert!(abra.is_sorted() && abra.iter().all(|id| id.starts_with('R')));
    assert!(own.is_sorted() && own.iter().all(|id| id.starts_with('C')));
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let names: BTreeSet<&str> = rules().iter().map(|rule| rule.name).collect();
    assert_eq!(names.len(), ids.len());
    for rule in rules() {
        for text in [rule.name, rule.title, rule.why, rule.remedy] {
            assert!(text.len() > 6 && !text.ends_with('.') && !text.contains("  "), "{}", rule.id);
        }
    }
}

/// A compose file that nobody can read leaves the rules about it open, and never green.
#[test]
fn an_unreadable_stack_is_no_pass() {
    let report = support::cases("== fail\n-- compose.yml\nservices: [\n")[0].lint();
    let open = |id: &str| {
        let checked = report.rules.iter().find(|checked| checked.rule.id == id).unwrap();
        checked.status == Status::NotChecked("the compose files cannot be read".to_owned())
    };
    assert!(["R001", "R002", "R009", "C002", "C020"].into_iter().all(open));
    assert_eq!(report.findings[0].rule, "R008");
    assert!(report.findings.iter().any(|finding| finding.rule == "C001"));
}
