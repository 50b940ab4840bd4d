//! Judges one version of an opened recipe by the rules: for `lint`, and for the lint tier of a unit.

use std::collections::BTreeMap;
use std::path::Path;

use cc_ci_lint::{Finding, LintReport, Severity, Subject, Tag, diff, lint, text};
use cc_ci_model::{RunId, StackName, UnitId};
use cc_ci_recipe::{Instance, Recipe};
use cc_ci_source::{Opened, Place, Point};

use crate::error::PlanError;
use crate::unit::{LintFinding, LintVerdict};

/// What one recipe's lint gave: the report and, with an older version, the differences in words.
#[derive(Debug)]
pub struct Linted {
    /// What the rules found.
    pub report: LintReport,
    /// The differences from the older version, in words.
    pub changes: Option<String>,
}

/// Judges `head`, compared with `older` where there is one. What a suite sets is left out: the
/// rules are about the recipe's own files.
///
/// # Errors
/// None that a recipe can cause: a version that cannot be read has findings.
pub fn judge(
    recipe: &Recipe,
    opened: &Opened,
    head: &Point,
    older: Option<&Point>,
) -> Result<Linted, PlanError> {
    let run = RunId::new("lint").map_err(PlanError::bug)?;
    let stack = StackName::derive(&run, &UnitId::of(&recipe.name, &head.version));
    let settings = BTreeMap::new();
    let instance = Instance { stack: &stack, domain: "lint.cc-ci.test", settings: &settings };
    let files = recipe.files(&head.version, &instance);
    let before = older.map(|point| (point, recipe.files(&point.version, &instance)));
    let tags = tags(opened);
    let mut report = lint(&Subject {
        recipe: recipe.name.as_str(),
        version: Some(head.version.as_str()),
        files: &files,
        older: before.as_ref().map(|(point, files)| (point.version.as_str(), files)),
        tags: tags.as_deref(),
    });
    report.folder = shown(recipe, opened, head);
    // A version that cannot be read has findings that say so; it just cannot be compared.
    let changes = older.and_then(|older| {
        let old = recipe.stack(&older.version, &instance).ok()?;
        let new = recipe.stack(&head.version, &instance).ok()?;
        Some(diff(&old, &new).to_string())
    });
    Ok(Linted { report, changes })
}

/// Where a reader finds the files: those of a repository are relative to it, because a checkout is
/// gone afterwards; others lie where the recipe was asked for.
fn shown(recipe: &Recipe, opened: &Opened, head: &Point) -> String {
    let folder = recipe.folder(&head.version);
    if folder.join(".git").exists() {
        return String::new();
    }
    let asked = Path::new(&opened.origin);
    let shown = match &head.place {
        Place::Tag { .. } | Place::Commit(_) => return String::new(),
        Place::Folder(_) => asked.canonicalize().ok().and_then(|real| {
            let inner = folder.canonicalize().ok()?;
            Some(asked.join(inner.strip_prefix(real).ok()?))
        }),
    };
    let shown = shown.unwrap_or(folder).display().to_string();
    shown.trim_end_matches('/').to_owned()
}

/// What the lint tier needs to know of a report.
pub(crate) fn verdict(report: &LintReport) -> LintVerdict {
    let mut errors = BTreeMap::<String, Vec<String>>::new();
    let mut lesser = 0;
    for finding in &report.findings {
        if finding.severity != Severity::Error {
            lesser += 1;
            continue;
        }
        errors.entry(finding.rule.to_owned()).or_default().push(said(finding));
    }
    let findings = report.rules.iter().flat_map(|checked| {
        let rule = checked.rule;
        report.of(rule).map(|finding| LintFinding {
            rule: rule.id.to_owned(),
            name: rule.name.to_owned(),
            message: said(finding),
            key: finding.key.clone(),
            fix: rule.remedy.to_owned(),
        })
    });
    let findings = findings.collect();
    let errors = errors.into_iter().map(|(rule, said)| (rule, said.join("; "))).collect();
    LintVerdict { errors, lesser, findings, text: text(report) }
}

/// A finding with its place.
fn said(finding: &Finding) -> String {
    let file = finding.file.as_deref().map_or_else(String::new, |file| format!("{file}: "));
    let line = finding.line.map_or_else(String::new, |line| format!("line {line}: "));
    format!("{file}{line}{}", finding.message)
}

/// The version tags of a git repository; nothing where there is none.
fn tags(opened: &Opened) -> Option<Vec<Tag>> {
    opened.head.commit()?;
    let tag = |point: &Point| match &point.place {
        Place::Tag { annotated, .. } => {
            Some(Tag { name: point.version.to_string(), annotated: *annotated })
        }
        Place::Folder(_) | Place::Commit(_) => None,
    };
    Some(opened.known.iter().filter_map(tag).collect())
}
