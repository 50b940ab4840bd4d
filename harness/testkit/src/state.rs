//! A folder for what a test writes.

use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// A folder that is gone when the test is.
#[derive(Debug)]
pub struct TempState {
    folder: TempDir,
}

impl TempState {
    /// A new, empty folder.
    ///
    /// # Panics
    /// Where none can be created.
    #[must_use]
    pub fn new() -> Self {
        match tempfile::Builder::new().prefix("cc-ci-test-").tempdir() {
            Ok(folder) => Self { folder },
            Err(error) => panic!("no temporary folder: {error}"),
        }
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// A path in the folder; nothing is created.
    #[must_use]
    pub fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file and the folders above it; returns its path.
    ///
    /// # Panics
    /// Where it cannot be written.
    pub async fn write(&self, name: impl AsRef<Path>, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.join(name);
        let folder = path.parent().unwrap_or(self.path()).to_owned();
        let written = match tokio::fs::create_dir_all(&folder).await {
            Ok(()) => tokio::fs::write(&path, content).await,
            Err(error) => Err(error),
        };
        match written {
            Ok(()) => path,
            Err(error) => panic!("cannot write {}: {error}", path.display()),
        }
    }
}

impl Default for TempState {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_live_as_long_as_the_state() {
        let state = TempState::new();
        let path = state.write("a/b.txt", "x").await;
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
        drop(state);
        assert!(!path.exists());
    }
}
