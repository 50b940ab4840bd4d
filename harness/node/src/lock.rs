//! One process of this machine at a time.

use std::path::Path;
use std::time::Duration;

pub use cc_ci_lock::LockError;
use cc_ci_lock::{Held, Place, Sharing, Waits, Who, unheard};

use crate::Progress;

/// Time for work that takes seconds, such as a look at the registry: a process that holds a lock for longer
/// hangs.
pub(crate) const SECONDS: Duration = Duration::from_secs(120);
/// Time for work that takes minutes: building every image on a slow machine, or installing packages.
pub(crate) const MINUTES: Duration = Duration::from_secs(1800);

/// Held for as long as the value lives; the kernel lets go of it when the process ends.
#[derive(Debug)]
pub(crate) struct Lock {
    _held: Held,
}

impl Lock {
    /// Waits until no other process holds the lock `name` of the folder of locks `folder`, and no longer than
    /// `limit`. `progress` hears which process is waited for. Dropping the future ends the wait.
    pub(crate) async fn take(
        folder: &Path,
        name: &str,
        limit: Duration,
        progress: &dyn Progress,
    ) -> Result<Self, LockError> {
        let waits = |by: &str| {
            let most = limit.as_secs();
            progress.line(&format!("waiting for the lock {name:?}, at most {most} s: {by}"));
        };
        Self::within(folder, name, limit, &waits).await
    }

    /// Takes the lock `name` of `folder` where no process holds it or waits for it. A lock that cannot be
    /// looked at counts as held.
    pub(crate) async fn attempt(folder: &Path, name: &str) -> Option<Self> {
        Self::within(folder, name, Duration::ZERO, &unheard).await.ok()
    }

    async fn within(
        folder: &Path,
        name: &str,
        limit: Duration,
        waits: Waits<'_>,
    ) -> Result<Self, LockError> {
        let who = Who::run(name);
        let held = Place::at(folder).take(name, Sharing::Alone, &who, limit, waits).await?;
        Ok(Self { _held: held })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use cc_ci_lock::A_MOMENT;

    use super::*;

    fn silent(_: &str) {}

    #[tokio::test]
    async fn keeps_others_out_while_it_lives() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("locks");
        let lock = Lock::take(&folder, "work", SECONDS, &silent).await.unwrap();
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
        let error = Lock::take(&file, "work", SECONDS, &silent).await.unwrap_err();
        assert!(error.to_string().contains("no folder"), "{error}");
    }

    #[tokio::test]
    async fn a_wait_names_the_holder_and_ends() {
        let state = tempfile::tempdir().unwrap();
        let folder = state.path().join("locks");
        let _held = Lock::take(&folder, "work", SECONDS, &silent).await.unwrap();
        let heard = Mutex::new(Vec::new());
        let progress = |line: &str| heard.lock().unwrap().push(line.to_owned());
        let error = Lock::take(&folder, "work", A_MOMENT * 3, &progress).await.unwrap_err();
        let holder = format!("(pid {}, user ", std::process::id());
        assert!(error.to_string().contains(&holder), "{error}");
        let heard = heard.into_inner().unwrap();
        assert_eq!(heard.len(), 1, "{heard:?}");
        assert!(heard[0].contains("the lock \"work\"") && heard[0].contains(&holder), "{heard:?}");
    }
}
