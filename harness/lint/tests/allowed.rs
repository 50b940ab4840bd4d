//! Comments that allow findings: which findings they reach, and that they are counted and shown.

mod support;

use cc_ci_lint::{LintReport, Status, json, sarif, text};
use serde_json::Value;

fn lint(compose: &str, files: &[(&str, &str)]) -> LintReport {
    let files: String = files.iter().map(|(name, text)| format!("-- {name}\n{text}\n")).collect();
    let cases = support::cases(&format!("== pass\n-- compose.yml\n{compose}\n{files}"));
    assert_eq!(cases[0].kind, "pass");
    cases[0].lint()
}

/// What is open and what is allowed of one rule, as lines.
fn of(report: &LintReport, rule: &str) -> (Vec<usize>, Vec<usize>) {
    let line = |finding: &cc_ci_lint::Finding| finding.line.unwrap_or_default();
    let open = report.findings.iter().filter(|f| f.rule == rule).map(line).collect();
    let allowed = report.allowed.iter().map(|a| &a.finding).filter(|f| f.rule == rule);
    (open, allowed.map(line).collect())
}

const ON: &str = "# cc-ci: allow C010 because upstream tests its branch";

#[rstest::rstest]
#[case::on_the_line(format!("services:\n  app:\n    image: a:1.2 {ON}\n  b:\n    image: b:1.2"), &[5], &[3])]
#[case::on_the_line_above(format!("services:\n  app:\n    {ON}\n    image: a:1.2\n  b:\n    image: b:1.2"), &[6], &[4])]
#[case::above_other_comments(format!("services:\n  app:\n    {ON}\n    # more\n    image: a:1.2\n  b:\n    image: b:1.2"), &[7], &[5])]
#[case::at_the_head(format!("---\n# a recipe\n{ON}\n\nservices:\n  app:\n    image: a:1.2\n  b:\n    image: b:1.2"), &[], &[7, 9])]
#[case::for_the_file(format!("services:\n  app:\n    image: a:1.2\n  b:\n    image: b:1.2\n{}", ON.replace("allow ", "allow-file ")), &[], &[3, 5])]
#[case::two_lines_above(format!("services:\n  {ON}\n  app:\n    image: a:1.2"), &[4], &[])]
#[case::by_its_name(format!("services:\n  app:\n    image: a:1.2 {}", ON.replace("C010", "R001, floating-tag")), &[], &[3])]
#[case::without_a_reason("services:\n  app:\n    image: a:1.2 # cc-ci: allow C010".to_owned(), &[3], &[])]
#[case::in_a_text(format!("services:\n  app:\n    image: a:1.2\n    labels: {{a: 'x{}'}}", ON.replace("# ", "")), &[3], &[])]
fn a_comment_reaches(#[case] compose: String, #[case] open: &[usize], #[case] allowed: &[usize]) {
    let report = lint(&compose, &[]);
    assert_eq!(of(&report, "C010"), (open.to_vec(), allowed.to_vec()), "{compose}");
}

#[test]
fn a_comment_belongs_to_its_own_file() {
    let compose = format!("{ON}\nservices:\n  app:\n    image: a:1.2");
    let overlay = "services:\n  b:\n    image: b:1.2";
    let report = lint(&compose, &[("compose.b.yml", overlay)]);
    assert_eq!(of(&report, "C010"), (vec![3], vec![4]));
}

/// Findings about files that are missing and about the repository belong to compose.yml.
#[test]
fn what_has_no_line_is_allowed_for_the_file() {
    let compose = "# cc-ci: allow R007, R008, R014 because it is not published\nservices:\n  app:\n    image: a:1.2.3";
    let report = lint(compose, &[("tags", "1.0.0 lightweight")]);
    let open: Vec<&str> = report.findings.iter().map(|finding| finding.rule).collect();
    assert!(
        !open.contains(&"R007") && !open.contains(&"R008") && !open.contains(&"R014"),
        "{open:?}"
    );
    assert_eq!(report.allowed.len(), 3);
    assert!(!open.contains(&"C021"));
}

#[test]
fn comments_of_other_files_count() {
    let page =
        "<!-- cc-ci: allow R007 because it is a fork -->\n<!-- metadata -->\n<!-- endmetadata -->";
    let report = lint("services:\n  app:\n    image: a:1.2.3", &[("README.md", page)]);
    assert_eq!(of(&report, "R007"), (vec![], vec![2]));
}

#[test]
fn what_is_allowed_is_counted_and_shown() {
    let report = lint(&format!("services:\n  app:\n    image: a:1.2 {ON}"), &[]);
    let status = |id: &str| {
        &report.rules.iter().find(|checked| checked.rule.id == id).expect("a rule").status
    };
    assert_eq!((status("C010"), status("C021")), (&Status::Allowed, &Status::Passed));
    let text = text(&report);
    let line = "allowed: C010 shop/compose.yml:3:12: tag \"1.2\" of image \"a\" moves (because upstream tests its branch)\n";
    assert!(text.contains(line), "{text}");
    assert!(
        text.trim_end().lines().last().is_some_and(|last| last.contains(", 1 allowed; ")),
        "{text}"
    );
    let json: Value = serde_json::from_str(&json(std::slice::from_ref(&report))).unwrap();
    let allowed = &json[0]["allowed"][0];
    assert_eq!(allowed["reason"], "upstream tests its branch");
    assert_eq!((&allowed["finding"]["rule"], &allowed["line"]), (&"C010".into(), &3.into()));
    let log: Value = serde_json::from_str(&sarif(&[report])).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let own = results.iter().find(|result| result["ruleId"] == "C010").unwrap();
    // SARIF 3.27.23 and 3.35: a suppressed result stays in the log with its justification.
    assert_eq!(own["suppressions"][0]["kind"], "inSource");
    assert_eq!(own["suppressions"][0]["justification"], "upstream tests its branch");
}
