//! Proves that what a pre-hook wrote can be read back.
//!
//! A hook that ends with 0 proves nothing: real recipes have saved empty and cut-off dumps for
//! months behind a green backup. So the dump itself is read before it is saved.

use cc_ci_engine::{Engine, EngineError};
use cc_ci_model::Fault;

use crate::{BackupPlan, HookMoment, TOOLBOX_VOLUMES, Toolbox};

/// Sets the mark from which on files are new.
const WATCH: &str = "touch /tmp/mark";

/// Prints the files that were written since the mark, relative to the volumes' root, each ended by a NUL.
const WRITTEN: &str = "cd \"$1\" && find . -type f -newer /tmp/mark -printf '%P\\0' | sort -z";

/// Prints `absent`, `old` or `new`.
const AGE: &str = "[ -e \"$1\" ] || { echo absent; exit; }; \
    [ -n \"$(find \"$1\" -newer /tmp/mark | head -n 1)\" ] && echo new || echo old";

/// Arguments: the dump, and its path as it stands in a URI. Prints `sound`, or what is wrong with the dump.
/// A path that leaves its volume through a link is not read: it is no dump of the recipe.
const READ: &str = r#"
f=$1
case $(readlink -f -- "$f") in "$3"|"$3"/*) ;; *) echo "a link out of its volume"; exit ;; esac
if [ -d "$f" ]; then
  [ -n "$(find "$f" -type f -size +0 | head -n 1)" ] && echo sound || echo "empty"; exit
fi
[ -s "$f" ] || { echo empty; exit; }
magic=$(head -c 15 "$f" | od -An -v -tx1 | tr -d ' \n')
case $magic in
  53514c69746520666f726d61742033*)
    said=$(sqlite3 "file:$2?immutable=1" 'PRAGMA integrity_check;' 2>&1 | head -n 3)
    [ "$said" = ok ] && echo sound || echo "no sound SQLite database: $said" ;;
  1f8b*)
    said=$(gzip -t "$f" 2>&1) && { [ "$(gzip -dc "$f" | head -c 1 | wc -c)" = 1 ] \
      && echo sound || echo "empty inside its gzip"; } || echo "cut off: $said" ;;
  *)
    start=$(head -c 200 "$f"); end=$(tail -c 400 "$f")
    case $start in
      *"PostgreSQL database dump"*) last="PostgreSQL database dump complete" ;;
      *"MySQL dump"*|*"MariaDB dump"*) last="Dump completed" ;;
      *) echo sound; exit ;;
    esac
    case $end in *"$last"*) echo sound ;; *) echo "cut off: it does not end with '$last'" ;; esac ;;
esac
"#;

/// The moment from which on files are new.
#[derive(Debug)]
pub struct DumpWatch(());

/// What the proof of the dumps found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Dumps {
    /// These were read back, by volume and path.
    Sound(Vec<String>),
    /// There is nothing to prove, and why.
    None(String),
    /// One of them cannot be read back.
    Bad(Fault),
}

/// Remembers the moment before the pre-hooks run.
///
/// # Errors
/// The engine's own.
pub async fn watch_dumps(engine: &dyn Engine, toolbox: &Toolbox) -> Result<DumpWatch, EngineError> {
    toolbox.says(engine, WATCH, &[]).await?;
    Ok(DumpWatch(()))
}

/// Reads back what the pre-hooks wrote.
///
/// Where the recipe declares paths, at least one of them must have been written by the hooks, and
/// each that was must be sound; a declared path that is missing is a defect in any case. Where it
/// declares none, every file that was written and is called like a dump is one.
///
/// # Errors
/// The engine's own.
pub async fn check_dumps(
    engine: &dyn Engine,
    toolbox: &Toolbox,
    plan: &BackupPlan,
    _watch: DumpWatch,
) -> Result<Dumps, EngineError> {
    let hooked = plan.hooks(HookMoment::BeforeBackup).next().is_some();
    let declared: Vec<String> = plan
        .volumes
        .iter()
        .flat_map(|volume| volume.paths.iter().map(move |path| format!("{}/{path}", volume.key)))
        .collect();
    let mut written = Vec::new();
    for path in &declared {
        let full = format!("{TOOLBOX_VOLUMES}/{path}");
        match toolbox.says(engine, AGE, &[&full]).await?.as_str() {
            "absent" => return Ok(Dumps::Bad(bad(path, "missing"))),
            "new" => written.push(path.clone()),
            _ => {}
        }
    }
    if !hooked {
        return Ok(Dumps::None("the recipe has no backup pre-hook".to_owned()));
    }
    if declared.is_empty() {
        written = toolbox.lists(engine, WRITTEN, &[TOOLBOX_VOLUMES]).await?;
        written.retain(|path| called_like_a_dump(path));
        if written.is_empty() {
            let reason = "the pre-hooks wrote nothing that is called like a dump into a volume";
            return Ok(Dumps::None(reason.to_owned()));
        }
    } else if written.is_empty() {
        return Ok(Dumps::Bad(bad(&declared.join(", "), "old: the pre-hook did not write it")));
    }
    for path in &written {
        let full = format!("{TOOLBOX_VOLUMES}/{path}");
        let volume = path.split('/').next().unwrap_or_default();
        let volume = format!("{TOOLBOX_VOLUMES}/{volume}");
        let said = toolbox.says(engine, READ, &[&full, &in_uri(&full), &volume]).await?;
        if said != "sound" {
            return Ok(Dumps::Bad(bad(path, &said)));
        }
    }
    Ok(Dumps::Sound(written))
}

/// The app writes files of its own while a hook runs (locks, journals, its live database); those
/// are no dumps.
pub(crate) fn called_like_a_dump(path: &str) -> bool {
    const ENDINGS: [&str; 8] = ["sql", "gz", "dump", "tar", "bak", "backup", "zst", "ldif"];
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    ENDINGS.contains(&ending) || name.contains("dump") || name.contains("backup")
}

/// A path as it stands in a URI of SQLite: everything but plain characters is escaped.
fn in_uri(path: &str) -> String {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_.".contains(byte);
    let word = |byte: u8| match Some(byte).filter(plain) {
        Some(byte) => char::from(byte).to_string(),
        None => format!("%{byte:02x}"),
    };
    path.bytes().map(word).collect()
}

fn bad(path: &str, defect: &str) -> Fault {
    Fault::BadDump { path: path.to_owned(), defect: defect.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_a_uri_is_a_path() {
        assert_eq!(in_uri("/volumes/data/app.db"), "/volumes/data/app.db");
        assert_eq!(in_uri("/a?mode=rw#%\n"), "/a%3fmode%3drw%23%25%0a");
    }
}
