//! Applies all rules to one version.

use std::collections::BTreeSet;

use crate::allow;
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
    let stack = Stack::of(subject.files);
    let overlays: Vec<Stack<'_>> = stack.iter().flat_map(Stack::overlays).collect();
    let stacks: Vec<&Stack<'_>> = stack.iter().chain(&overlays).collect();
    let (mut checked, mut findings) = (Vec::new(), Vec::new());
    for rule in rules() {
        let mut found = Found::default();
        let status = match run(rule, subject, &stacks, &mut found) {
            Err(reason) => Status::NotChecked(reason.to_owned()),
            Ok(()) if found.is_empty() => Status::Passed,
            Ok(()) => Status::Failed,
        };
        findings.extend(found.into_findings(rule, &folder, &subject.files.env));
        checked.push(Checked { rule, status });
    }
    let mut found = Found::default();
    let allowed = allow::apply(subject.files, &mut findings, &checked, &mut found);
    let open: BTreeSet<&str> = findings.iter().map(|finding| finding.rule).collect();
    for entry in &mut checked {
        match entry.rule.check {
            Check::Allowances => {
                let own = std::mem::take(&mut found).into_findings(
                    entry.rule,
                    &folder,
                    &subject.files.env,
                );
                entry.status = if own.is_empty() { Status::Passed } else { Status::Failed };
                findings.extend(own);
            }
            _ if entry.status == Status::Failed && !open.contains(entry.rule.id) => {
                entry.status = Status::Allowed;
            }
            _ => {}
        }
    }
    let order = |id: &str| rules().iter().position(|rule| rule.id == id);
    findings.sort_by_key(|finding| (finding.severity, order(finding.rule)));
    LintReport {
        schema: LINT_SCHEMA,
        recipe: subject.recipe.to_owned(),
        version: subject.version.map(str::to_owned),
        from: subject.older.map(|(version, _)| version.to_owned()),
        folder,
        rules: checked,
        findings,
        allowed,
    }
}

/// `stacks` are the default stack, where it can be read, and those with one overlay.
fn run(
    rule: &Rule,
    subject: &Subject<'_>,
    stacks: &[&Stack<'_>],
    found: &mut Found,
) -> Result<(), &'static str> {
    match rule.check {
        Check::Stack(check) => {
            let (stack, overlays) =
                stacks.split_first().ok_or("the compose files cannot be read")?;
            check(stack, found);
            for overlay in overlays {
                let mut more = Found::default();
                check(overlay, &mut more);
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
        Check::Allowances => Ok(()),
        Check::Never(reason) => Err(reason),
    }
}
