//! Dumps that a hook wrote to where no backup looks: the container's own layer.
//!
//! Such a hook ends with 0, the restore of the same day even finds the file; it is gone with the
//! container.

use cc_ci_dump::called_like_a_dump;
use cc_ci_engine::{EngineError, ExecSpec, Placed};

/// Sets the mark in the container. A root file system that cannot be written to holds no dump.
const MARK: &str = ": > /tmp/.cc-ci-mark 2>/dev/null; true";

/// Prints files of the container's own layer that are newer than the mark, and removes the mark.
/// `-xdev` keeps out of volumes and of what the kernel makes up.
const FIND: &str = "[ -e /tmp/.cc-ci-mark ] || exit 0; \
    find / -xdev -type f -size +0 -newer /tmp/.cc-ci-mark 2>/dev/null; rm -f /tmp/.cc-ci-mark";

/// Remembers the moment before a hook runs.
///
/// # Errors
/// The engine's own.
pub async fn mark(container: &Placed) -> Result<(), EngineError> {
    container.exec(&ExecSpec::sh(MARK)).await.map(drop)
}

/// Files called like a dump that were written since into the container's own layer. None are
/// found in an image without `find`.
///
/// # Errors
/// The engine's own.
pub async fn stray_dumps(container: &Placed) -> Result<Vec<String>, EngineError> {
    let output = container.exec(&ExecSpec::sh(FIND)).await?;
    let found = output.text();
    Ok(found.lines().filter(|path| called_like_a_dump(path)).map(str::to_owned).collect())
}
