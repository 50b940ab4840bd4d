//! `classification.json`, schema 2.
//!
//! In schema 1 every red check was a case. Now a case lists its red checks; `tier` and `check` are those of
//! the first one, so a reader of schema 1 that ignores what it does not know still finds its way.

use cc_ci_classify::Dossier;
use cc_ci_model::EvidenceRef;
use serde::Serialize;

use crate::view::first_fault;
use crate::{Case, LintFound, Run};

/// Version of the file format.
pub const CLASSIFICATION_SCHEMA: u32 = 2;

#[derive(Serialize)]
struct File<'a> {
    schema: u32,
    run: &'a str,
    /// What of the journal could not be read, in sentences.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    not_read: Vec<String>,
    cases: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    case: &'a str,
    recipe: &'a str,
    version: Option<&'a str>,
    tier: &'a str,
    check: &'a str,
    /// What its faults have in common.
    signature: &'a str,
    /// What it first failed with, in a sentence.
    fault: String,
    checks: Vec<CheckRow<'a>>,
    /// Findings of the lint that explain it.
    lint: Vec<LintRow<'a>>,
    class: &'a str,
    owner: &'a str,
    repeat: &'a str,
    cause: &'a str,
    confidence: f64,
    because: &'a [String],
    ruled_out: &'a [String],
    evidence: &'a [EvidenceRef],
    rerun: &'a str,
}

#[derive(Serialize)]
struct CheckRow<'a> {
    tier: &'a str,
    check: &'a str,
    /// What it first failed with.
    fault: String,
}

#[derive(Serialize)]
struct LintRow<'a> {
    rule: &'a str,
    message: &'a str,
    fix: &'a str,
}

/// The whole file.
///
/// # Errors
/// Never in practice: the rows are plain; serde's error is handed through all the same.
pub fn render(run: &Run) -> Result<String, serde_json::Error> {
    let file = File {
        schema: CLASSIFICATION_SCHEMA,
        run: run.run.as_str(),
        not_read: run.foreign.words(),
        cases: run.cases().map(|(_, case)| row(case)).collect(),
    };
    serde_json::to_string_pretty(&file).map(|text| text + "\n")
}

fn lint_row(found: &LintFound) -> LintRow<'_> {
    LintRow { rule: &found.rule, message: &found.message, fix: &found.fix }
}

fn check_row(dossier: &Dossier) -> CheckRow<'_> {
    CheckRow {
        tier: dossier.stage(),
        check: dossier.check.as_str(),
        fault: first_fault(dossier).map(ToString::to_string).unwrap_or_default(),
    }
}

fn row(case: &Case) -> Row<'_> {
    let Case { id, dossier, verdict, .. } = case;
    Row {
        case: id,
        recipe: dossier.recipe.as_str(),
        version: dossier.version.as_ref().map(|version| version.as_str()),
        tier: dossier.stage(),
        check: dossier.check.as_str(),
        signature: &case.signature,
        fault: first_fault(dossier).map(ToString::to_string).unwrap_or_default(),
        checks: case.checks.iter().map(check_row).collect(),
        lint: case.lint.iter().map(|found| lint_row(found)).collect(),
        class: verdict.class.as_str(),
        owner: verdict.owner.as_str(),
        repeat: verdict.repeat.as_str(),
        cause: verdict.cause.as_str(),
        // Three decimals: more would pretend to a precision that the model does not have.
        confidence: (verdict.confidence * 1000.0).round() / 1000.0,
        because: &verdict.because,
        ruled_out: &verdict.ruled_out,
        evidence: &verdict.evidence,
        rerun: &dossier.rerun,
    }
}
