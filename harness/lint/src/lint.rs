//! All rules on one version.

use crate::finding::Found;
use crate::report::{Checked, LINT_SCHEMA, LintReport, Status};
use crate::rule::{Check, Rule};
use crate::rules::rules;
use crate::stack::Stack;
use crate::subject::{Subject, Upgrade};

/// Judges `subject` by all rules.
#[must_use]
pub fn lint(subject: &Subject<'_>) -> LintReport {
    let folder = subject.files.folder.display().to_string();
    let (mut checked, mut findings) = (Vec::new(), Vec::new());
    for rule in rules() {
        let mut found = Found::default();
        let status = match run(rule, subject, &mut found) {
            Err(reason) => Status::NotChecked(reason.to_owned()),
            Ok(()) if found.is_empty() => Status::Passed,
            Ok(()) => Status::Failed,
        };
        findings.extend(found.into_findings(rule, &folder));
        checked.push(Checked { rule, status });
    }
    findings.sort_by_key(|finding| finding.severity);
    LintReport {
        schema: LINT_SCHEMA,
        recipe: subject.recipe.to_owned(),
        version: subject.version.map(str::to_owned),
        from: subject.older.map(|(version, _)| version.to_owned()),
        folder,
        rules: checked,
        findings,
    }
}

fn run(rule: &Rule, subject: &Subject<'_>, found: &mut Found) -> Result<(), &'static str> {
    match rule.check {
        Check::Stack(check) => {
            let stack = Stack::of(subject.files).ok_or("the compose files cannot be read")?;
            check(&stack, found);
            for overlay in stack.overlays() {
                let mut more = Found::default();
                check(&overlay, &mut more);
                found.add_overlay(more, overlay.overlay.unwrap_or_default());
            }
            Ok(())
        }
        Check::Files(check) => {
            check(subject.files, found);
            Ok(())
        }
        Check::Upgrade(check) => {
            let (_, old) = subject.older.ok_or("needs an older version to compare with")?;
            check(&Upgrade { old, new: subject.files }, found);
            Ok(())
        }
        Check::Subject(check) => check(subject, found),
        Check::Never(reason) => Err(reason),
    }
}
