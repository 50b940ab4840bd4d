//! One process at a time.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use thiserror::Error;

/// A lock file could not be had.
#[derive(Debug, Error)]
#[error("lock {path} could not be taken: {source}")]
pub struct LockError {
    path: PathBuf,
    source: std::io::Error,
}

/// Held for as long as the value lives; the kernel lets go of it when the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
}

impl Lock {
    /// Waits until no other process holds the lock `name` of `folder`.
    pub(crate) async fn take(folder: &Path, name: &str) -> Result<Self, LockError> {
        let path = folder.join(format!("{name}.lock"));
        let file = open(&path).map_err(|source| LockError { path: path.clone(), source })?;
        let taken = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
        match taken {
            Ok(Ok(file)) => Ok(Self { _file: file }),
            Ok(Err(source)) => Err(LockError { path, source }),
            Err(join) => Err(LockError { path, source: std::io::Error::other(join) }),
        }
    }

    /// Takes the lock `name` of `folder` where no process holds it.
    pub(crate) fn attempt(folder: &Path, name: &str) -> Option<Self> {
        let file = open(&folder.join(format!("{name}.lock"))).ok()?;
        file.try_lock().ok().map(|()| Self { _file: file })
    }
}

/// Opens the file for locking. Reading is enough for that, so another user's file will do.
fn open(path: &Path) -> std::io::Result<File> {
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            File::options().create(true).truncate(false).read(true).append(true).open(path)
        }
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_others_out_while_it_lives() {
        let state = tempfile::tempdir().unwrap();
        let lock = Lock::take(state.path(), "work").await.unwrap();
        let other = File::options().write(true).open(state.path().join("work.lock")).unwrap();
        assert!(other.try_lock().is_err());
        drop(lock);
        assert!(other.try_lock().is_ok());
    }

    #[tokio::test]
    async fn names_the_file_that_cannot_be_made() {
        let state = tempfile::tempdir().unwrap();
        let file = state.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = Lock::take(&file, "work").await.unwrap_err();
        assert!(error.to_string().contains("work.lock"), "{error}");
    }
}
