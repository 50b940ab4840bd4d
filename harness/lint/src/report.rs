//! The results of all rules.

use serde::Serialize;

use crate::finding::Finding;
use crate::rule::{Rule, Severity};

/// Version of the report's JSON form.
pub const LINT_SCHEMA: u32 = 2;

/// The results of all rules on one version of a recipe.
#[derive(Debug, Clone, Serialize)]
pub struct LintReport {
    /// Version of this form.
    pub schema: u32,
    /// The recipe.
    pub recipe: String,
    /// Its version, where it has a name.
    pub version: Option<String>,
    /// The version that was upgraded from, if any.
    pub from: Option<String>,
    /// The folder of the version, as it was given; files of findings are relative to it.
    pub folder: String,
    /// Every rule with its result, in the order of the registry.
    pub rules: Vec<Checked>,
    /// What was found: errors first, then by rule, file and line.
    pub findings: Vec<Finding>,
    /// What was found and is allowed by a comment with a reason.
    pub allowed: Vec<Allowed>,
}

/// A finding that a comment allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Allowed {
    /// What was found.
    pub finding: Finding,
    /// Why it is allowed, in the recipe's words.
    pub reason: String,
    /// The file with the comment, relative to the version's folder.
    pub file: String,
    /// The line of the comment, from 1.
    pub line: usize,
}

/// A rule and its result.
#[derive(Debug, Clone, Serialize)]
pub struct Checked {
    /// The rule.
    pub rule: &'static Rule,
    /// The result.
    pub status: Status,
}

/// The result of a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The rule was checked and holds.
    Passed,
    /// The rule has findings.
    Failed,
    /// All findings of the rule are allowed by comments.
    Allowed,
    /// The rule was not checked, for this reason. That is not a pass.
    NotChecked(String),
}

impl LintReport {
    /// How many findings have this severity.
    #[must_use]
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The worst severity found.
    #[must_use]
    pub fn worst(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).min()
    }

    /// The findings of one rule.
    pub fn of<'a>(&'a self, rule: &'a Rule) -> impl Iterator<Item = &'a Finding> {
        self.findings.iter().filter(move |finding| finding.rule == rule.id)
    }
}
