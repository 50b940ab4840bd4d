//! Where the locks of a machine lie.

use std::fs::{OpenOptions, Permissions};
use std::io::{ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;

use crate::file::unique;
use crate::{LockError, folder};

/// The way in which this program uses a folder of locks. Version 1, which wrote no version, is that of
/// the program before tickets; what it can still do is kept apart in `elder.rs`.
pub const PROTOCOL: u32 = 2;

/// A folder of locks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(PathBuf);

impl Place {
    /// The folder of this machine. It belongs to the engine, not to a state folder: a run must look
    /// alive to every user who could remove its objects. A reboot empties it and ends every run.
    #[must_use]
    pub fn machine() -> Self {
        let shared = Path::new("/run/lock");
        let above = if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
        Self(above.join("cc-ci"))
    }

    /// Another folder, for locks of a state folder or of a test.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Makes the folder where it is missing and checks that this program may use it.
    ///
    /// # Errors
    /// A folder that cannot be trusted, or one that follows another protocol.
    pub fn open(&self) -> Result<(), LockError> {
        folder::ensure(&self.0)?;
        self.agree()
    }

    /// What tells this folder from one of the same name in another mount namespace: device and inode of
    /// the folder with the leases, as `26:1042`.
    ///
    /// # Errors
    /// As [`Place::open`].
    pub fn id(&self) -> Result<String, LockError> {
        let leases = self.leases_folder()?;
        let meta = std::fs::metadata(&leases).map_err(LockError::io(&leases, "read"))?;
        Ok(format!("{}:{}", meta.dev(), meta.ino()))
    }

    pub(crate) fn leases_folder(&self) -> Result<PathBuf, LockError> {
        self.sub("leases")
    }

    pub(crate) fn sub(&self, name: &str) -> Result<PathBuf, LockError> {
        self.open()?;
        let path = self.0.join(name);
        folder::ensure(&path)?;
        Ok(path)
    }

    /// Writes the version where there is none; refuses another one.
    fn agree(&self) -> Result<(), LockError> {
        let path = self.0.join("protocol");
        let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits().cast_signed();
        let mut found = String::new();
        match OpenOptions::new().read(true).custom_flags(flags).open(&path) {
            Ok(file) => {
                let read = file.take(64).read_to_string(&mut found);
                read.map_err(LockError::io(&path, "read"))?;
            }
            Err(error) if error.kind() == ErrorKind::NotFound => return self.write_protocol(&path),
            Err(source) => return Err(LockError::Io { path, doing: "read", source }),
        }
        let found = found.trim().to_owned();
        if found == PROTOCOL.to_string() {
            return Ok(());
        }
        Err(LockError::Protocol { path, found, known: PROTOCOL })
    }

    fn write_protocol(&self, path: &Path) -> Result<(), LockError> {
        let fresh = self.0.join(unique("protocol"));
        let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh);
        let written = written.and_then(|mut file| {
            file.write_all(format!("{PROTOCOL}\n").as_bytes())?;
            file.set_permissions(Permissions::from_mode(0o644))?;
            std::fs::hard_link(&fresh, path)
        });
        let _ = std::fs::remove_file(&fresh);
        match written {
            Ok(()) => Ok(()),
            // Another process was faster; what it wrote is read.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => self.agree(),
            Err(source) => Err(LockError::Io { path: path.to_owned(), doing: "made", source }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_protocol_is_refused() {
        let state = tempfile::tempdir().unwrap();
        let place = Place::at(state.path().join("locks"));
        place.open().unwrap();
        place.open().unwrap();
        let file = place.path().join("protocol");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "2\n");
        assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o644);
        std::fs::write(&file, "3\n").unwrap();
        let error = place.sub("leases").unwrap_err();
        assert!(matches!(&error, LockError::Protocol { found, known: 2, .. } if found == "3"));
    }
}
