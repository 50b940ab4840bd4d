//! Which tests may use the node at the same time.

use std::path::PathBuf;
use std::time::Duration;

pub(crate) use cc_ci_lock::{Held, Sharing};
use cc_ci_lock::{LockError, Place, Who, unheard};

use crate::Unable;

/// All tests of the project, one after the other, are over by then.
const LIMIT: Duration = Duration::from_secs(6 * 3600);

/// A lock for `name`, the same for all tests of the machine.
pub(crate) fn path(name: &str) -> PathBuf {
    std::env::temp_dir().join("cc-ci-test-locks").join(name)
}

/// Waits for the lock without keeping the test's own thread.
pub(crate) async fn wait(path: PathBuf, sharing: Sharing) -> Result<Held, Unable> {
    let folder = path.parent().unwrap_or(&path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let held = Place::at(folder).take(&name, sharing, &Who::run("a test"), LIMIT, &unheard).await;
    held.map_err(|error: LockError| Unable::Io {
        doing: format!("lock {}", path.display()),
        source: std::io::Error::other(error),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_lock_that_cannot_be_had_is_named() {
        let error = wait("/proc/no/lock".into(), Sharing::Alone).await.unwrap_err();
        assert!(error.to_string().starts_with("cannot lock /proc/no/lock"), "{error}");
    }
}
