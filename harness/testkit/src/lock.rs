//! Who may use the node at the same time.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use crate::Unable;

/// How a test shares the node with others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// With others that share.
    Shared,
    /// With nobody.
    Alone,
}

/// Holds a machine-wide lock until it is dropped or the process ends, however it ends.
#[derive(Debug)]
pub(crate) struct Held(File);

impl Drop for Held {
    fn drop(&mut self) {
        // Closing the file lets go of the lock as well; there is nobody to tell of an error.
        let _ = self.0.unlock();
    }
}

/// A lock file for `name`, the same for all processes of the machine.
pub(crate) fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("cc-ci-test-{name}.lock"))
}

/// Waits for the lock without keeping the test's own thread.
pub(crate) async fn wait(path: PathBuf, sharing: Sharing) -> Result<Held, Unable> {
    let doing = format!("lock {}", path.display());
    tokio::task::spawn_blocking(move || take(&path, sharing))
        .await
        .map_err(io::Error::other)
        .and_then(|held| held)
        .map_err(|source| Unable::Io { doing, source })
}

fn take(path: &Path, sharing: Sharing) -> io::Result<Held> {
    let file = File::options().create(true).append(true).open(path)?;
    match sharing {
        Sharing::Shared => file.lock_shared()?,
        Sharing::Alone => file.lock()?,
    }
    Ok(Held(file))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TempState;

    #[tokio::test]
    async fn a_lock_that_cannot_be_had_is_named() {
        let error = wait("/no/such/folder/lock".into(), Sharing::Alone).await.unwrap_err();
        assert!(error.to_string().starts_with("cannot lock /no/such/folder/lock"), "{error}");
    }

    #[test]
    fn alone_means_alone() {
        let state = TempState::new();
        let path = state.join("node.lock");
        let first = take(&path, Sharing::Shared).unwrap();
        let second = take(&path, Sharing::Shared).unwrap();
        let other = File::options().append(true).open(&path).unwrap();
        assert!(other.try_lock().is_err(), "two share it");
        drop((first, second));
        let alone = take(&path, Sharing::Alone).unwrap();
        let late = File::options().append(true).open(&path).unwrap();
        assert!(late.try_lock_shared().is_err(), "one has it alone");
        drop(alone);
        assert!(late.try_lock_shared().is_ok());
    }
}
