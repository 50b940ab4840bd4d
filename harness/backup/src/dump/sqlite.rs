//! A SQLite database that is a dump, asked by SQLite itself.

use cc_ci_engine::{Engine, EngineError};

use super::check::Proof;
use crate::Toolbox;

/// Argument: the path as it stands in a URI.
const CHECK: &str = "sqlite3 \"file:$1?immutable=1\" 'PRAGMA integrity_check;' 2>&1";

/// Words that speak of the machine and not of the database.
const OF_THE_MACHINE: [&str; 4] =
    ["disk I/O error", "out of memory", "No space left", "unable to open database"];

/// What SQLite says of the database at `path`.
///
/// # Errors
/// The engine's own.
pub(super) async fn check(
    engine: &dyn Engine,
    toolbox: &Toolbox,
    path: &str,
) -> Result<Proof, EngineError> {
    let output = toolbox.script(engine, CHECK, &[&in_uri(path)]).await?;
    let said = output.text();
    let said: Vec<_> = said.lines().take(3).collect();
    let said = said.join("; ");
    Ok(if said == "ok" && output.ok() {
        Proof::Sound
    } else if output.exit_code > 128 || OF_THE_MACHINE.iter().any(|words| said.contains(words)) {
        Proof::Unproven(format!("SQLite could not read it ({}): {said}", output.exit_code))
    } else {
        Proof::Broken(format!("no sound SQLite database: {said}"))
    })
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_in_a_uri_is_a_path() {
        assert_eq!(in_uri("/volumes/data/app.db"), "/volumes/data/app.db");
        assert_eq!(in_uri("/a?mode=rw#%\n"), "/a%3fmode%3drw%23%25%0a");
    }
}
