//! Folders for the files of one planning. A planning that is killed leaves its folder; `reap` removes it.

use std::fs::{self, File, TryLockError};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

/// How the folders are called, so that `reap` knows them.
const PREFIX: &str = "cc-ci-plan-";
/// A folder that `reap` takes before it is held is made again; more than a few times is no accident.
const ATTEMPTS: usize = 20;

/// A folder that is held by this process and removed with this value.
#[derive(Debug)]
pub struct Scratch {
    folder: TempDir,
    /// The kernel lets go of the lock when the process ends, however it ends.
    _held: File,
}

impl Scratch {
    /// Makes a folder below `parent`, the folder for temporary files.
    ///
    /// # Errors
    /// The folder cannot be made or held.
    pub fn make(parent: &Path) -> io::Result<Self> {
        for _ in 0..ATTEMPTS {
            let folder = tempfile::Builder::new().prefix(PREFIX).tempdir_in(parent)?;
            if let Some(held) = hold(folder.path())? {
                return Ok(Self { folder, _held: held });
            }
        }
        Err(io::Error::other(format!("folders in {} are removed at once", parent.display())))
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Removes the folders below `parent` that are this user's and that no process holds, and gives their
/// paths. What cannot be looked at or removed stays.
#[must_use]
pub fn sweep(parent: &Path) -> Vec<PathBuf> {
    let me = rustix::process::geteuid().as_raw();
    let ours = |path: &PathBuf| {
        let named = path
            .file_name()
            .is_some_and(|name| name.as_encoded_bytes().starts_with(PREFIX.as_bytes()));
        // A link of that name may lead to the folder of another user.
        named && fs::symlink_metadata(path).is_ok_and(|found| found.is_dir() && found.uid() == me)
    };
    let entries = fs::read_dir(parent).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path()).filter(ours);
    let dead = folders.filter(|path| {
        let held = hold(path);
        matches!(held, Ok(Some(_))) && fs::remove_dir_all(path).is_ok()
    });
    dead.collect()
}

/// Holds the folder; nothing where another process holds it, or where it is not that folder any more.
fn hold(folder: &Path) -> io::Result<Option<File>> {
    let file = match File::open(folder) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(None),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    // An earlier holder may have removed it.
    let same = |there: fs::Metadata| -> io::Result<bool> {
        let here = file.metadata()?;
        Ok((here.dev(), here.ino()) == (there.dev(), there.ino()))
    };
    let there = fs::symlink_metadata(folder);
    let same = there.is_ok_and(|there| same(there).unwrap_or(false));
    Ok(same.then_some(file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_folders_that_no_process_holds_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        let living = Scratch::make(parent.path()).unwrap();
        let dead = parent.path().join("cc-ci-plan-dead");
        fs::create_dir(&dead).unwrap();
        fs::write(dead.join("compose.yml"), "").unwrap();
        let other = parent.path().join("cc-ci-other");
        fs::create_dir(&other).unwrap();
        let link = parent.path().join("cc-ci-plan-link");
        std::os::unix::fs::symlink(&other, &link).unwrap();
        assert_eq!(sweep(parent.path()), std::slice::from_ref(&dead));
        assert!(living.path().is_dir() && other.is_dir() && link.is_symlink() && !dead.exists());
        assert!(sweep(Path::new("/nonexistent")).is_empty());
    }

    #[test]
    fn a_folder_goes_with_its_value() {
        let parent = tempfile::tempdir().unwrap();
        let scratch = Scratch::make(parent.path()).unwrap();
        fs::write(scratch.path().join("compose.yml"), "").unwrap();
        drop(scratch);
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 0);
    }
}
