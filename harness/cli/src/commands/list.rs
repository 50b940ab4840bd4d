//! `cc-ci list`

use std::fmt::Write as _;

use cc_ci_plan::Asked;
use cc_ci_session::Failure;
use serde::Serialize;

use super::Context;

#[derive(Serialize)]
struct Row {
    recipe: String,
    description: String,
    versions: Vec<String>,
    suite: bool,
}

pub(super) async fn run(context: &Context<'_>) -> Result<u8, Failure> {
    let suites = context.session.settings.root()?.join("suites");
    let catalogue = &context.session.settings.catalogue;
    let mut rows = Vec::new();
    for name in catalogue.names()? {
        let asked = Asked { recipe: name.clone(), version: None };
        let opened = catalogue.open(&asked).await?;
        rows.push(Row {
            suite: suites.join(&name).join("suite.toml").exists(),
            recipe: name,
            description: opened.manifest.description.clone(),
            versions: opened.known.iter().map(|point| point.version.to_string()).collect(),
        });
    }
    let mut text = String::new();
    for row in &rows {
        let suite = if row.suite { "own suite" } else { "generic suite only" };
        let _ = writeln!(text, "{}  ({suite})\n  {}", row.recipe, row.description);
        let _ = writeln!(text, "  versions: {}", row.versions.join(" → "));
    }
    context.printer.data(&rows, &text);
    Ok(0)
}
