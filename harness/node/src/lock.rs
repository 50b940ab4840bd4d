//! One process of this machine at a time.

use std::path::Path;
use std::time::Duration;

pub use cc_ci_lock::LockError;
use cc_ci_lock::{Held, Place, Sharing, Who, unheard};

/// Building every image takes minutes; a process that holds a lock for longer hangs.
const LIMIT: Duration = Duration::from_secs(3600);

/// Held for as long as the value lives; the kernel lets go of it when the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _held: Held,
}

impl Lock {
    /// Waits until no other process holds the lock `name` of the folder of locks `folder`.
    pub(crate) async fn take(folder: &Path, name: &str) -> Result<Self, LockError> {
        Self::within(folder, name, LIMIT).await
    }

    /// Takes the lock `name` of `folder` where no process holds it or waits for it. A lock that cannot be
    /// looked at counts as held.
    pub(crate) async fn attempt(folder: &Path, name: &str) -> Option<Self> {
        Self::within(folder, name, Duration::ZERO).await.ok()
    }

    async fn within(folder: &Path, name: &str, limit: Duration) -> Result<Self, LockError> {
        let who = Who::run(name);
        let held = Place::at(folder).take(name, Sharing::Alone, &who, limit, &unheard).await?;
        Ok(Self { _held: held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keeps_others_out_while_it_lives() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("locks");
        let lock = Lock::take(&folder, "work").await.unwrap();
        assert!(Lock::attempt(&folder, "work").await.is_none());
        assert!(Lock::attempt(&folder, "other").await.is_some());
        drop(lock);
        assert!(Lock::attempt(&folder, "work").await.is_some());
    }

    #[tokio::test]
    async fn names_the_folder_that_cannot_be_used() {
        let state = tempfile::tempdir().unwrap();
        let file = state.path().join("file");
        std::fs::write(&file, "").unwrap();
        let error = Lock::take(&file, "work").await.unwrap_err();
        assert!(error.to_string().contains("no folder"), "{error}");
    }
}
