//! The report as text, for people.

use std::fmt::Write as _;

use crate::finding::Finding;
use crate::report::{Allowed, LintReport, Status};
use crate::rule::{Rule, Severity};

/// The report by rule, worst first: every finding with its source line, then why it matters and
/// what to do. The last lines say what was not looked at and count.
#[must_use]
pub fn text(report: &LintReport) -> String {
    let mut out = String::new();
    let mut rules: Vec<&Rule> = report.rules.iter().map(|checked| checked.rule).collect();
    rules.sort_by_key(|rule| rule.severity);
    for rule in rules {
        let mut findings = report.of(rule).peekable();
        if findings.peek().is_none() {
            continue;
        }
        let _ = writeln!(out, "{}[{}] {}: {}", rule.severity, rule.id, rule.name, rule.title);
        for finding in findings {
            one(&mut out, report, finding);
        }
        let _ = writeln!(out, "  why: {}\n  fix: {}\n", rule.why, rule.remedy);
    }
    allowed(&mut out, report);
    not_checked(&mut out, report);
    let _ = writeln!(out, "{}", count(report));
    out
}

/// Where a finding is: below the report's folder, or relative to the repository where that is none.
fn place(report: &LintReport, finding: &Finding) -> String {
    let folder = match report.folder.trim_end_matches('/') {
        "" => String::new(),
        folder => format!("{folder}/"),
    };
    match (&finding.file, finding.line, finding.column) {
        (Some(file), Some(line), Some(column)) => format!("{folder}{file}:{line}:{column}"),
        (Some(file), ..) => format!("{folder}{file}"),
        (None, ..) if folder.is_empty() => report.recipe.clone(),
        (None, ..) => folder.trim_end_matches('/').to_owned(),
    }
}

fn one(out: &mut String, report: &LintReport, finding: &Finding) {
    let _ = write!(out, "  {}: ", place(report, finding));
    if !finding.key.is_empty() {
        let _ = write!(out, "{}: ", finding.key);
    }
    let _ = writeln!(out, "{}", finding.message);
    for line in finding.excerpt().lines() {
        let _ = writeln!(out, "  {line}");
    }
}

/// What comments allow, each with its reason.
fn allowed(out: &mut String, report: &LintReport) {
    for Allowed { finding, reason, .. } in &report.allowed {
        let at = place(report, finding);
        let _ =
            writeln!(out, "allowed: {} {at}: {} (because {reason})", finding.rule, finding.message);
    }
}

/// Rules that were not looked at, together where they have one reason.
fn not_checked(out: &mut String, report: &LintReport) {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for checked in &report.rules {
        let Status::NotChecked(reason) = &checked.status else { continue };
        match reasons.iter_mut().find(|(known, _)| known == reason) {
            Some((_, ids)) => ids.push(checked.rule.id),
            None => reasons.push((reason, vec![checked.rule.id])),
        }
    }
    for (reason, ids) in reasons {
        let _ = writeln!(out, "not checked: {} ({reason})", ids.join(" "));
    }
}

fn count(report: &LintReport) -> String {
    let version = report.version.as_deref().map(|v| format!(" {v}")).unwrap_or_default();
    let from = report.from.as_deref().map(|v| format!(" from {v}")).unwrap_or_default();
    let counts = [
        (report.count(Severity::Error), "error"),
        (report.count(Severity::Warning), "warning"),
        (report.count(Severity::Note), "note"),
    ];
    let counts = counts.map(|(n, word)| format!("{n} {word}{}", if n == 1 { "" } else { "s" }));
    let allowed = match report.allowed.len() {
        0 => String::new(),
        n => format!(", {n} allowed"),
    };
    let passed = report.rules.iter().filter(|c| c.status == Status::Passed).count();
    let all = report.rules.len();
    format!(
        "{}{version}{from}: {}{allowed}; {passed} of {all} rules hold",
        report.recipe,
        counts.join(", ")
    )
}
