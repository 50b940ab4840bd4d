//! A suite as it is typed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use cc_ci_model::{ProbeSpec, Tier, Vantage};
use serde::Deserialize;
use toml::Spanned;

use crate::SuiteError;
use crate::place::line;
use cc_ci_model::nearest;

/// The schema that this harness writes and reads.
pub(crate) const SCHEMA: u32 = 1;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SuiteFile {
    pub(crate) schema: u32,
    #[serde(default)]
    pub(crate) settings: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) timeouts: TimeoutsFile,
    #[serde(default)]
    pub(crate) expected_na: BTreeMap<Tier, String>,
    #[serde(default)]
    pub(crate) also: BTreeSet<Tier>,
    #[serde(default)]
    pub(crate) unproven_stores: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) resources: ResourcesFile,
    #[serde(default)]
    pub(crate) exclusive: BTreeSet<String>,
    #[serde(default)]
    pub(crate) ready: Vec<ReadyFile>,
    #[serde(default)]
    pub(crate) check: Vec<CheckFile>,
    #[serde(default)]
    pub(crate) canary: Vec<CanaryFile>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TimeoutsFile {
    pub(crate) deploy: Option<u64>,
    pub(crate) check: Option<u64>,
    pub(crate) hook: Option<u64>,
    pub(crate) stable: Option<u64>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResourcesFile {
    pub(crate) memory_mib: Option<u64>,
    pub(crate) disk_mib: Option<u64>,
}

/// When a generic ready probe applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum When {
    /// Where a service asks the edge to route to it.
    Edge,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReadyFile {
    pub(crate) id: Spanned<String>,
    pub(crate) when: Option<When>,
    pub(crate) probe: String,
    #[serde(default)]
    pub(crate) from: Vantage,
    #[serde(default)]
    pub(crate) with: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CheckFile {
    pub(crate) id: Spanned<String>,
    pub(crate) tier: Spanned<Tier>,
    pub(crate) probe: String,
    #[serde(default)]
    pub(crate) from: Vantage,
    #[serde(default)]
    pub(crate) with: BTreeMap<String, serde_json::Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CanaryFile {
    pub(crate) id: Spanned<String>,
    pub(crate) write: ProbeSpec,
    pub(crate) read: ProbeSpec,
}

pub(crate) fn parse(path: &Path, text: &str) -> Result<SuiteFile, SuiteError> {
    // The schema is read first: a newer file may have keys that we would call unknown.
    let table: toml::Table =
        toml::from_str(text).map_err(|error| parse_error(path, text, &error))?;
    if let Some(found) = table.get("schema").and_then(toml::Value::as_integer)
        && found > i64::from(SCHEMA)
    {
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        return Err(SuiteError::Schema { path: path.to_owned(), found, known: SCHEMA });
    }
    let file: SuiteFile = toml::from_str(text).map_err(|error| parse_error(path, text, &error))?;
    if file.schema == SCHEMA {
        return Ok(file);
    }
    let message = format!("schema {} does not exist; write `schema = {SCHEMA}`", file.schema);
    let line = text.lines().position(|line| line.trim_start().starts_with("schema")).unwrap_or(0);
    Err(SuiteError::Parse { path: path.to_owned(), line: line + 1, message })
}

fn parse_error(path: &Path, text: &str, error: &toml::de::Error) -> SuiteError {
    let line = error.span().map_or(1, |span| line(text, span.start));
    let message = error.message().trim();
    let near =
        near_word(message).map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    SuiteError::Parse { path: path.to_owned(), line, message: format!("{message}{near}") }
}

/// The word that was meant, where the message quotes the wrong one first and then all that are known.
fn near_word(message: &str) -> Option<&str> {
    let mut quoted = message.split('`').skip(1).step_by(2);
    let wrong = quoted.next().filter(|_| message.starts_with("unknown "))?;
    nearest(wrong, quoted)
}
