//! What lies at a path that may be a dump.

use cc_ci_engine::{Engine, EngineError};

use crate::Toolbox;

/// Arguments: the path and the root of its volume. A path that leaves its volume through a link is not
/// read: it is no dump of the recipe.
const KIND: &str = r#"
case $(readlink -f -- "$1") in "$2"|"$2"/*) ;; *) echo link; exit ;; esac
if [ -d "$1" ]; then
  [ -n "$(find "$1" -type f -size +0 | head -n 1)" ] || { echo blank; exit; }
  [ -f "$1/toc.dat" ] && echo archive || echo folder
elif [ -s "$1" ]; then echo file
else echo blank
fi
"#;

/// What a path is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    File,
    Folder,
    /// A folder of `pg_dump --format=directory`.
    Archive,
    /// An empty file, or a folder without any byte in it.
    Blank,
    /// A link that leaves the volume.
    Link,
}

/// Looks at `path` in the volume whose root is `volume`.
///
/// # Errors
/// The engine's own.
pub(super) async fn kind(
    (engine, toolbox): (&dyn Engine, &Toolbox),
    path: &str,
    volume: &str,
) -> Result<Kind, EngineError> {
    Ok(match toolbox.says(engine, KIND, &[path, volume]).await?.as_str() {
        "file" => Kind::File,
        "folder" => Kind::Folder,
        "archive" => Kind::Archive,
        "link" => Kind::Link,
        _ => Kind::Blank,
    })
}
