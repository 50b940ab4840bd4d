//! Folders that every user may write into and where nobody removes another's file.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::ErrorKind;
use std::os::unix::fs::{
    DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _,
};
use std::path::Path;

use rustix::fs::{CWD, OFlags, RenameFlags, renameat_with};
use rustix::process::geteuid;

use crate::LockError;
use crate::file::{is_link, unique};
use crate::holder::user;

/// Everybody writes; only the owner of a file, the folder's owner and root remove it.
const MODE: u32 = 0o1777;

/// Makes the folder where it is missing, and checks that it can be trusted: a folder, no link, owned
/// by root or by this user, with the mode that lets every user in.
pub(crate) fn ensure(path: &Path) -> Result<(), LockError> {
    match open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => make(path)?,
        _ => {}
    }
    let folder = open(path).map_err(|source| {
        if source.kind() == ErrorKind::NotADirectory || is_link(&source) {
            return unusable(path, "it is no folder");
        }
        LockError::Io { path: path.to_owned(), doing: "opened", source }
    })?;
    let meta = folder.metadata().map_err(LockError::io(path, "read"))?;
    let me = geteuid();
    if me.is_root() && meta.uid() != 0 {
        // The owner of a sticky folder removes files of others, so root takes the folder over.
        rustix::fs::fchown(&folder, Some(rustix::fs::Uid::ROOT), None)
            .map_err(|errno| LockError::io(path, "taken over by root")(errno.into()))?;
    } else if meta.uid() != 0 && meta.uid() != me.as_raw() {
        let what = format!("it belongs to user {}, who could remove it", user(meta.uid()));
        return Err(unusable(path, &what));
    }
    if meta.mode() & 0o7777 == MODE {
        return Ok(());
    }
    if me.is_root() || meta.uid() == me.as_raw() {
        let mode = Permissions::from_mode(MODE);
        return folder.set_permissions(mode).map_err(LockError::io(path, "opened to all users"));
    }
    Err(unusable(path, &format!("its mode is {:o} and not {MODE:o}", meta.mode() & 0o7777)))
}

/// The folder appears under its name only with its mode: the umask cuts what `mkdir` is given.
fn make(path: &Path) -> Result<(), LockError> {
    let made = LockError::io(path, "made");
    let above = path.parent().unwrap_or(Path::new("/"));
    std::fs::create_dir_all(above).map_err(&made)?;
    let fresh = above.join(unique(&path.file_name().unwrap_or_default().to_string_lossy()));
    DirBuilder::new().mode(0o700).create(&fresh).map_err(&made)?;
    let moved = std::fs::set_permissions(&fresh, Permissions::from_mode(MODE))
        .and_then(|()| Ok(renameat_with(CWD, &fresh, CWD, path, RenameFlags::NOREPLACE)?));
    match moved {
        Ok(()) => Ok(()),
        Err(error) => {
            let _ = std::fs::remove_dir(&fresh);
            // Another process was faster.
            if error.kind() == ErrorKind::AlreadyExists { Ok(()) } else { Err(made(error)) }
        }
    }
}

fn open(path: &Path) -> std::io::Result<File> {
    let flags = OFlags::NOFOLLOW | OFlags::DIRECTORY | OFlags::CLOEXEC;
    OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path)
}

fn unusable(path: &Path, what: &str) -> LockError {
    let remedy = format!(
        "while no run lives, as root: `rm -rf {path}`; or `chown root:root {path}` and `chmod 1777 {path}`",
        path = path.display()
    );
    LockError::Unusable { path: path.to_owned(), what: what.to_owned(), remedy }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_open_to_all_whatever_it_was() {
        let state = tempfile::tempdir().unwrap();
        let path = state.path().join("a/b");
        let mode = || std::fs::metadata(&path).unwrap().mode() & 0o7777;
        ensure(&path).unwrap();
        assert_eq!(mode(), MODE);
        std::fs::set_permissions(&path, Permissions::from_mode(0o700)).unwrap();
        ensure(&path).unwrap();
        assert_eq!(mode(), MODE);
        assert_eq!(std::fs::read_dir(state.path().join("a")).unwrap().count(), 1);
    }

    #[test]
    fn a_link_is_not_followed() {
        let state = tempfile::tempdir().unwrap();
        let (real, link) = (state.path().join("real"), state.path().join("link"));
        std::fs::create_dir(&real).unwrap();
        std::fs::set_permissions(&real, Permissions::from_mode(0o700)).unwrap();
        std::os::unix::fs::symlink(&real, &link).unwrap();
        let error = ensure(&link).unwrap_err().to_string();
        assert!(error.contains("it is no folder") && error.contains("hint:"), "{error}");
        assert_eq!(std::fs::metadata(&real).unwrap().mode() & 0o777, 0o700);
    }
}
