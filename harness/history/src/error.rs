//! The errors of the history.

use std::io;
use std::path::PathBuf;

use cc_ci_journal::ReadError;
use cc_ci_model::RunId;
use thiserror::Error;

/// Why the history cannot be read or written.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// SQLite reports an error for the file.
    #[error("{path}: {source}")]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The file was written by another version.
    #[error(
        "{path} has version {found} and not {wanted}; hint: `cc-ci history rebuild` makes it anew from the folders of runs"
    )]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        found: i64,
        /// The version of this harness.
        wanted: i64,
    },
    /// The file is a database of another program.
    #[error("{path} is a database of another program")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A file or folder cannot be read or written.
    #[error("{path}: {source}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The events of a run cannot be read.
    #[error(transparent)]
    Events(#[from] ReadError),
    /// The records do not begin with a run.
    #[error("{path}: no run begins in it")]
    NoRun {
        /// The folder.
        path: PathBuf,
    },
    /// The run is still going on, or was killed. A run is added once, so its later records would be missing.
    #[error("{path}: run {run} has not ended")]
    Open {
        /// The folder.
        path: PathBuf,
        /// The run.
        run: RunId,
    },
}
