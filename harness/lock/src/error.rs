//! Why a lock cannot be had.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

/// Why a lock cannot be had.
#[derive(Debug, Error)]
pub enum LockError {
    /// The system refused.
    #[error("lock {path} cannot be {doing}: {source}", path = path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// `made`, `read`, `locked`, …
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// A file or folder of the locks is not as it has to be. It is never taken for a free lock.
    #[error("lock {path} is not usable: {what} (hint: {remedy})", path = path.display())]
    Unusable {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
        /// What a person can do about it.
        remedy: String,
    },
    /// Another version of this program uses the folder in its own way.
    #[error(
        "the locks in {path} follow protocol {found}, and this program knows protocol {known} \
         (hint: use the same version of cc-ci as the other runs of this machine)",
        path = path.display()
    )]
    Protocol {
        /// The file that says so.
        path: PathBuf,
        /// What it says.
        found: String,
        /// What this program knows.
        known: u32,
    },
    /// The lock was not free within its time.
    #[error("{name} was not free within {} s: {by} (hint: wait for it, or end it)", limit.as_secs())]
    Late {
        /// The lock.
        name: String,
        /// How long was waited.
        limit: Duration,
        /// The holder, in words.
        by: String,
    },
}

impl LockError {
    pub(crate) fn io(path: &Path, doing: &'static str) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { path: path.clone(), doing, source }
    }
}
