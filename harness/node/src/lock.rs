//! One process at a time.

use std::fs::File;
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
    /// Waits until no other process holds the lock `name` of the state folder.
    pub(crate) async fn take(state: &Path, name: &str) -> Result<Self, LockError> {
        let path = state.join(format!("{name}.lock"));
        let failed = |source| LockError { path: path.clone(), source };
        std::fs::create_dir_all(state).map_err(failed)?;
        let file =
            File::options().create(true).truncate(false).write(true).open(&path).map_err(failed)?;
        let taken = tokio::task::spawn_blocking(move || file.lock().map(|()| file)).await;
        match taken {
            Ok(Ok(file)) => Ok(Self { _file: file }),
            Ok(Err(source)) => Err(LockError { path, source }),
            Err(join) => Err(LockError { path, source: std::io::Error::other(join) }),
        }
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
