//! Which files came since a moment before the pre-hooks.

use cc_ci_engine::{Engine, EngineError};

use crate::Toolbox;

/// Sets the mark from which on files are new.
const WATCH: &str = "touch /tmp/mark";

/// Prints the files that were written since the mark, relative to a folder, each ended by a NUL.
const WRITTEN: &str = "cd \"$1\" && find . -type f -newer /tmp/mark -printf '%P\\0' | sort -z";

/// Prints all files of a folder in the same way.
const ALL: &str = "cd \"$1\" && find . -type f -printf '%P\\0' | sort -z";

/// Prints `absent`, `old` or `new`.
const AGE: &str = "[ -e \"$1\" ] || { echo absent; exit; }; \
    [ -n \"$(find \"$1\" -newer /tmp/mark | head -n 1)\" ] && echo new || echo old";

/// The moment from which on files are new.
#[derive(Debug)]
pub struct DumpWatch(());

/// Remembers the moment before the pre-hooks run.
///
/// # Errors
/// The engine's own.
pub async fn watch_dumps(engine: &dyn Engine, toolbox: &Toolbox) -> Result<DumpWatch, EngineError> {
    toolbox.says(engine, WATCH, &[]).await?;
    Ok(DumpWatch(()))
}

/// How old a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Age {
    Absent,
    Old,
    New,
}

impl DumpWatch {
    pub(super) async fn age(
        &self,
        (engine, toolbox): (&dyn Engine, &Toolbox),
        path: &str,
    ) -> Result<Age, EngineError> {
        Ok(match toolbox.says(engine, AGE, &[path]).await?.as_str() {
            "absent" => Age::Absent,
            "new" => Age::New,
            _ => Age::Old,
        })
    }

    /// The files below `folder` that are new, relative to it.
    pub(super) async fn written(
        &self,
        (engine, toolbox): (&dyn Engine, &Toolbox),
        folder: &str,
    ) -> Result<Vec<String>, EngineError> {
        toolbox.lists(engine, WRITTEN, &[folder]).await
    }
}

/// The files below `folder`, relative to it.
pub(super) async fn files(
    (engine, toolbox): (&dyn Engine, &Toolbox),
    folder: &str,
) -> Result<Vec<String>, EngineError> {
    toolbox.lists(engine, ALL, &[folder]).await
}
