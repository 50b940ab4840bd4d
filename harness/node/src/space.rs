//! Room on a file system.

use std::io;
use std::path::{Path, PathBuf};

/// Room for a user without special rights on the file system of a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Space {
    /// Free bytes.
    pub(crate) free: u64,
    /// Inodes that there are; 0 on a file system without a fixed number of them.
    pub(crate) inodes: u64,
    /// Inodes that are free.
    pub(crate) free_inodes: u64,
}

impl Space {
    /// Room where `path` is or would be created.
    pub(crate) fn at(path: &Path) -> io::Result<Self> {
        let stat = rustix::fs::statvfs(existing(path))?;
        Ok(Self {
            free: stat.f_bavail.saturating_mul(stat.f_frsize),
            inodes: stat.f_files,
            free_inodes: stat.f_favail,
        })
    }
}

/// The path itself or the nearest folder above it.
pub(crate) fn existing(path: &Path) -> PathBuf {
    path.ancestors().find(|path| path.exists()).unwrap_or(Path::new("/")).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn room_is_measured_where_a_folder_would_be_created() {
        let folder = tempfile::tempdir().unwrap();
        let missing = folder.path().join("docker/volumes");
        assert_eq!(existing(&missing), folder.path());
        assert_eq!(Space::at(&missing).unwrap().inodes, Space::at(folder.path()).unwrap().inodes);
    }
}
