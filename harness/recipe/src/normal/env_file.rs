//! Files of a service's environment.

use std::collections::BTreeMap;
use std::path::Path;

use super::make::{entry, text};
use crate::compose::{MAX_BYTES, read_inside};
use crate::env::name_of_line;
use crate::yaml::{At, Entry, Problem, ProblemKind};

/// Reads `env_file` entries: `NAME=value` as it stands, without quotes, references or comments behind a value.
/// A bare `NAME` is taken from `env` and left out where `env` does not have it.
pub(super) fn env_file(
    at: &At<'_>,
    folder: &Path,
    env: &BTreeMap<String, String>,
) -> Result<Vec<Entry>, Problem> {
    let path = at.text()?;
    let refused = |defect| at.problem(ProblemKind::File { path: path.to_owned(), defect });
    let bytes =
        read_inside(folder, path, MAX_BYTES).map_err(|defect| refused(defect.to_string()))?;
    let content = String::from_utf8(bytes).map_err(|_| refused("is not UTF-8".to_owned()))?;
    let content = content.strip_prefix('\u{feff}').unwrap_or(&content);
    let mut entries = Vec::new();
    for (index, line) in content.lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let defect = |what: &str| refused(format!("line {}: {what}", index + 1));
        let name = name_of_line(line).map_err(defect)?;
        let value = line.get(name.len() + 1..).or_else(|| env.get(name).map(String::as_str));
        entries.extend(value.map(|value| entry(name, text(&at.node.place, value))));
    }
    Ok(entries)
}
