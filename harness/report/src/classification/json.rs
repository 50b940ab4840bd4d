//! `classification.json`, schema 1.

use cc_ci_model::EvidenceRef;
use serde::Serialize;

use crate::{Case, Run};

/// Version of the file format.
pub const CLASSIFICATION_SCHEMA: u32 = 1;

#[derive(Serialize)]
struct File<'a> {
    schema: u32,
    run: &'a str,
    cases: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    case: &'a str,
    recipe: &'a str,
    version: Option<&'a str>,
    tier: &'a str,
    check: &'a str,
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

/// The whole file.
///
/// # Errors
/// Never in practice: the rows are plain; serde's error is handed through all the same.
pub fn render(run: &Run) -> Result<String, serde_json::Error> {
    let file = File {
        schema: CLASSIFICATION_SCHEMA,
        run: run.run.as_str(),
        cases: run.cases().map(|(_, case)| row(case)).collect(),
    };
    serde_json::to_string_pretty(&file).map(|text| text + "\n")
}

fn row(case: &Case) -> Row<'_> {
    let Case { id, dossier, verdict, .. } = case;
    Row {
        case: id,
        recipe: dossier.recipe.as_str(),
        version: dossier.version.as_ref().map(|version| version.as_str()),
        tier: dossier.stage(),
        check: dossier.check.as_str(),
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
