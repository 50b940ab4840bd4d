//! Opens and creates the file of the history.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use crate::error::HistoryError;

/// Name of the file in the state folder.
pub const FILE: &str = "history.db";
/// Version of the tables. Version 1 gets the missing tables; a file of any other version is rebuilt.
pub(crate) const VERSION: i64 = 2;
/// Marks a database as ours (`PRAGMA application_id`): the bytes of `ccCI`.
const APPLICATION: i64 = 0x6363_4349;
/// How long a run waits for another one that writes to the file.
const BUSY: Duration = Duration::from_secs(5);

/// The history of past runs.
#[derive(Debug)]
pub struct History {
    pub(crate) path: PathBuf,
    pub(crate) file: Connection,
}

impl History {
    /// Opens the history in the state folder `state`, and creates it where there is none.
    ///
    /// # Errors
    /// A file that cannot be written, is of another version, or is not ours.
    pub fn open(state: &Path) -> Result<Self, HistoryError> {
        std::fs::create_dir_all(state)
            .map_err(|source| HistoryError::Io { path: state.to_owned(), source })?;
        Self::open_file(&state.join(FILE))
    }

    pub(crate) fn open_file(path: &Path) -> Result<Self, HistoryError> {
        let failed = |source| HistoryError::Sqlite { path: path.to_owned(), source };
        let mut file = Connection::open(path).map_err(failed)?;
        file.busy_timeout(BUSY).map_err(failed)?;
        file.pragma_update(None, "foreign_keys", true).map_err(failed)?;
        // One transaction reads the version and creates the tables: two runs can end at once on a machine
        // without a history.
        let begun = file.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate);
        let begun = match begun {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::NotADatabase) => {
                return Err(HistoryError::Foreign { path: path.to_owned() });
            }
            begun => begun.map_err(failed)?,
        };
        let number = |name| begun.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
        let application = number("application_id").map_err(failed)?;
        let found = number("user_version").map_err(failed)?;
        let tables = begun.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0));
        let tables: i64 = tables.map_err(failed)?;
        if tables == 0 {
            begun.execute_batch(include_str!("schema.sql")).map_err(failed)?;
            begun.execute_batch(include_str!("version2.sql")).map_err(failed)?;
            begun.pragma_update(None, "application_id", APPLICATION).map_err(failed)?;
            begun.pragma_update(None, "user_version", VERSION).map_err(failed)?;
        } else if application != APPLICATION {
            return Err(HistoryError::Foreign { path: path.to_owned() });
        } else if found == 1 {
            // Version 2 only has two tables more. Past runs have no rows in them.
            begun.execute_batch(include_str!("version2.sql")).map_err(failed)?;
            begun.pragma_update(None, "user_version", VERSION).map_err(failed)?;
        } else if found != VERSION {
            let (path, wanted) = (path.to_owned(), VERSION);
            return Err(HistoryError::Version { path, found, wanted });
        }
        begun.commit().map_err(failed)?;
        Ok(Self { path: path.to_owned(), file })
    }

    pub(crate) fn failed(&self, source: rusqlite::Error) -> HistoryError {
        HistoryError::Sqlite { path: self.path.clone(), source }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_file_is_created_once_and_opened_again() {
        let state = state();
        let folder = state.path().join("new");
        drop(History::open(&folder).unwrap());
        History::open(&folder).unwrap();
    }

    #[test]
    fn a_file_of_version_1_gets_what_it_lacks_and_keeps_its_runs() {
        let state = state();
        let old = Connection::open(state.path().join(FILE)).unwrap();
        old.execute_batch(include_str!("schema.sql")).unwrap();
        old.pragma_update(None, "application_id", APPLICATION).unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        let run = "INSERT INTO runs VALUES ('r', '/r', '1', 'run', '2026-01-01T00:00:00Z', 1, 0)";
        old.execute(run, []).unwrap();
        drop(old);
        for _ in 0..2 {
            let history = History::open(state.path()).unwrap();
            let count = |table: &str| {
                let count = format!("SELECT count(*) FROM {table}");
                history.file.query_row(&count, [], |row| row.get::<_, i64>(0)).unwrap()
            };
            assert_eq!([count("runs"), count("peaks"), count("stalls")], [1, 0, 0]);
        }
    }

    #[test]
    fn a_file_of_another_version_is_refused_with_a_hint() {
        let state = state();
        let history = History::open(state.path()).unwrap();
        history.file.pragma_update(None, "user_version", 7).unwrap();
        let error = History::open(state.path()).unwrap_err();
        assert!(matches!(error, HistoryError::Version { found: 7, wanted: VERSION, .. }));
        assert!(error.to_string().contains("hint: `cc-ci history rebuild`"), "{error}");
    }

    #[test]
    fn a_database_of_another_program_is_left_alone() {
        let state = state();
        let other = Connection::open(state.path().join(FILE)).unwrap();
        other.execute_batch("CREATE TABLE theirs (a)").unwrap();
        let error = History::open(state.path()).unwrap_err();
        assert!(matches!(error, HistoryError::Foreign { .. }), "{error}");
    }

    #[test]
    fn a_file_that_is_no_database_is_left_alone() {
        let state = state();
        std::fs::write(state.path().join(FILE), "a text, and a long one at that ".repeat(40))
            .unwrap();
        let error = History::open(state.path()).unwrap_err();
        assert!(matches!(error, HistoryError::Foreign { .. }), "{error}");
    }

    #[rstest::rstest]
    #[case::changed("UPDATE runs SET phase = 'other'")]
    #[case::removed("DELETE FROM runs")]
    fn rows_never_change(#[case] statement: &str) {
        let state = state();
        let history = History::open(state.path()).unwrap();
        let run = "INSERT INTO runs VALUES ('r', '/r', '1', 'run', '2026-01-01T00:00:00Z', 1, 0)";
        history.file.execute(run, []).unwrap();
        let error = history.file.execute(statement, []).unwrap_err();
        assert!(error.to_string().contains("history is append-only"), "{error}");
    }
}
