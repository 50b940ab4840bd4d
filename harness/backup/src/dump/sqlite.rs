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
    Ok(judged(output.exit_code, &output.text()))
}

/// What the check's exit code and words say of the database.
fn judged(exit_code: i64, text: &str) -> Proof {
    let said: Vec<_> = text.lines().take(3).collect();
    let said = said.join("; ");
    // Above 128 a signal ended it, as a shell says.
    let of_the_machine = exit_code > 128 || OF_THE_MACHINE.iter().any(|words| said.contains(words));
    if said == "ok" && exit_code == 0 {
        Proof::Sound
    } else if of_the_machine {
        Proof::Unproven(format!("SQLite could not read it ({exit_code}): {said}"))
    } else {
        Proof::Broken(format!("no sound SQLite database: {said}"))
    }
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

    #[rstest::rstest]
    #[case::sound(0, "ok", "sound")]
    #[case::ok_and_yet_an_error(1, "ok", "broken")]
    #[case::damaged(0, "*** in database main ***\nPage 3 is never used", "broken")]
    #[case::no_database(1, "file is not a database", "broken")]
    #[case::the_disk(1, "disk I/O error", "unproven")]
    #[case::killed(137, "", "unproven")]
    #[case::the_first_signal(129, "", "unproven")]
    #[case::no_signal(128, "", "broken")]
    fn the_words_of_sqlite_are_judged(
        #[case] exit_code: i64,
        #[case] text: &str,
        #[case] proof: &str,
    ) {
        let word = match judged(exit_code, text) {
            Proof::Sound => "sound",
            Proof::Broken(_) => "broken",
            Proof::Unproven(_) => "unproven",
        };
        assert_eq!(word, proof);
    }

    #[test]
    fn a_path_in_a_uri_is_a_path() {
        assert_eq!(in_uri("/volumes/data/app.db"), "/volumes/data/app.db");
        assert_eq!(in_uri("/a?mode=rw#%\n"), "/a%3fmode%3drw%23%25%0a");
    }
}
