//! Which files of a volume changed since a moment: what a backup of it would have to hold.

use cc_ci_engine::{Engine, EngineError};

use crate::{TOOLBOX_VOLUMES, Toolbox};

/// Prints the moment by the clock that stamps the files.
const NOW: &str = "date +%s.%N";

/// Arguments: folder, moment. Prints files that came or changed since, relative to the folder, each ended by
/// a NUL: a name may hold a newline. Ours are left out: folders of canary data are called `.cc-ci-…`.
const CHANGED: &str = r#"
cd "$1" && find . -type f -newermt "@$2" ! -path '*/.cc-ci-*' -printf '%P\0' 2>/dev/null | sort -z
"#;

/// A moment by the node's clock, in seconds since 1970.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moment(String);

/// What time it is where the volumes are.
///
/// # Errors
/// The engine's own.
pub async fn moment(engine: &dyn Engine, toolbox: &Toolbox) -> Result<Moment, EngineError> {
    toolbox.says(engine, NOW, &[]).await.map(Moment)
}

/// Files of volume `key` that came or changed since, sorted.
///
/// # Errors
/// The engine's own.
pub async fn changed_since(
    engine: &dyn Engine,
    toolbox: &Toolbox,
    key: &str,
    since: &Moment,
) -> Result<Vec<String>, EngineError> {
    let folder = format!("{TOOLBOX_VOLUMES}/{key}");
    toolbox.lists(engine, CHANGED, &[&folder, &since.0]).await
}
