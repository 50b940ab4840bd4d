//! Single lock files: made complete, looked at without harm.

use std::fs::{File, Metadata, OpenOptions, Permissions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::OFlags;

use crate::LockError;
use crate::holder::{Holder, Note, user};

/// A note is one line; more is not read.
const LONGEST_NOTE: u64 = 4096;

/// Readable for all, so that every user can look whether it is held; writable for the owner alone.
const MODE: u32 = 0o644;

/// A name beside `name` that no other process and no other call uses.
pub(crate) fn unique(name: &str) -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!(".{name}.{}.{count}", std::process::id())
}

fn options(read: bool) -> OpenOptions {
    // `O_NONBLOCK`: a named pipe in the place of a file must not hold the opener.
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let mut options = OpenOptions::new();
    options.read(read).custom_flags(flags.bits().cast_signed());
    options
}

/// Makes the file `name` in `folder`. It appears under its name only when it is locked and complete,
/// so a file that is not locked belongs to an ended process.
pub(crate) fn publish(folder: &Path, name: &str, note: &[u8]) -> io::Result<File> {
    let (fresh, path) = (folder.join(unique(name)), folder.join(name));
    // Another user cannot open it before it is locked.
    let file = options(true).write(true).create_new(true).mode(0o600).open(&fresh)?;
    let written = lock_and_write(&file, note).and_then(|()| std::fs::hard_link(&fresh, &path));
    let _ = std::fs::remove_file(&fresh);
    written.map(|()| file)
}

fn lock_and_write(mut file: &File, note: &[u8]) -> io::Result<()> {
    file.try_lock()?;
    file.write_all(note)?;
    file.set_permissions(Permissions::from_mode(MODE))
}

/// Opens a lock file that belongs to no process, and makes it where it is missing.
pub(crate) fn shared(path: &Path) -> Result<File, LockError> {
    loop {
        match options(true).open(path) {
            Ok(file) => return regular(path, file),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(refused(path, error)),
        }
        // Never both at once: the kernel refuses `O_CREAT` on another user's file in a sticky folder
        // (sysctl fs.protected_regular), even to root.
        match options(true).write(true).create_new(true).mode(0o600).open(path) {
            Ok(file) => {
                let mode = Permissions::from_mode(MODE);
                file.set_permissions(mode).map_err(LockError::io(path, "opened to all users"))?;
                return Ok(file);
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(source) => {
                return Err(LockError::Io { path: path.to_owned(), doing: "made", source });
            }
        }
    }
}

fn regular(path: &Path, file: File) -> Result<File, LockError> {
    let meta = file.metadata().map_err(LockError::io(path, "read"))?;
    if meta.is_file() { Ok(file) } else { Err(unusable(path, "it is no plain file")) }
}

/// An error on open, with what a person can do where the file's mode is the reason.
fn refused(path: &Path, error: io::Error) -> LockError {
    match error.kind() {
        ErrorKind::PermissionDenied => {
            let owner = std::fs::symlink_metadata(path).map(|meta| {
                use std::os::unix::fs::MetadataExt as _;
                format!("user {} made it with mode {:o}", user(meta.uid()), meta.mode() & 0o7777)
            });
            unusable(path, &owner.unwrap_or_else(|_| "its folder cannot be read".to_owned()))
        }
        _ if is_link(&error) => unusable(path, "it is a link"),
        _ => LockError::Io { path: path.to_owned(), doing: "opened", source: error },
    }
}

/// What `O_NOFOLLOW` says of a symbolic link.
pub(crate) fn is_link(error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error())
}

pub(crate) fn unusable(path: &Path, what: &str) -> LockError {
    let remedy = format!(
        "its owner or root makes it readable with `chmod 644 {path}`, or removes it while no run lives",
        path = path.display()
    );
    LockError::Unusable { path: path.to_owned(), what: what.to_owned(), remedy }
}

/// What a look at a lock file shows.
#[derive(Debug)]
pub(crate) enum Look {
    /// There is no such file.
    Absent,
    /// Its process has ended.
    Free(Metadata),
    /// A process holds it.
    Held(Holder),
}

/// Looks whether the process that made the file still holds it.
///
/// A held lock whose own process has certainly ended is free: another user's process can lock every
/// file that it can read, and must not keep a dead run alive.
pub(crate) fn look(path: &Path) -> Result<Look, LockError> {
    let file = match options(true).open(path) {
        Ok(file) => regular(path, file)?,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Look::Absent),
        Err(error) => return Err(refused(path, error)),
    };
    let meta = file.metadata().map_err(LockError::io(path, "read"))?;
    match file.try_lock_shared() {
        Ok(()) => return Ok(Look::Free(meta)),
        Err(TryLockError::WouldBlock) => {}
        Err(TryLockError::Error(source)) => {
            return Err(LockError::Io { path: path.to_owned(), doing: "looked at", source });
        }
    }
    let mut text = Vec::new();
    // Files of the older program are empty; they are held all the same.
    let _ = (&file).take(LONGEST_NOTE).read_to_end(&mut text);
    let note: Option<Note> = serde_json::from_slice(&text).ok();
    if note.as_ref().is_some_and(Note::is_of_the_dead) {
        return Ok(Look::Free(meta));
    }
    Ok(Look::Held(Holder::of(note.as_ref(), &meta)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Who;

    #[test]
    fn a_published_file_is_locked_readable_and_complete() {
        use std::os::unix::fs::MetadataExt as _;
        let state = tempfile::tempdir().unwrap();
        let file = publish(state.path(), "a", &Who::run("r1").note()).unwrap();
        assert_eq!(file.metadata().unwrap().mode() & 0o777, MODE);
        let path = state.path().join("a");
        let Look::Held(holder) = look(&path).unwrap() else { panic!("not held") };
        assert_eq!((holder.run.as_str(), holder.pid), ("r1", std::process::id()));
        assert_eq!(std::fs::read_dir(state.path()).unwrap().count(), 1, "nothing beside it");
        assert!(publish(state.path(), "a", b"").is_err(), "a name is given once");
        drop(file);
        assert!(matches!(look(&path).unwrap(), Look::Free(_)));
    }

    #[test]
    fn a_strangers_hold_does_not_keep_a_dead_run_alive() {
        let state = tempfile::tempdir().unwrap();
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = child.id();
        child.wait().unwrap();
        let space = crate::process::namespace();
        let note =
            format!(r#"{{"protocol":2,"run":"r1","pid":{pid},"started":null,"space":"{space}"}}"#);
        let path = state.path().join("a");
        std::fs::write(&path, note).unwrap();
        let stranger = File::open(&path).unwrap();
        stranger.lock().unwrap();
        assert!(matches!(look(&path).unwrap(), Look::Free(_)));
        // What does not say whose it is stays held.
        std::fs::write(&path, "").unwrap();
        assert!(matches!(look(&path).unwrap(), Look::Held(_)));
    }

    #[test]
    fn links_and_pipes_are_not_free_locks() {
        let state = tempfile::tempdir().unwrap();
        let (link, target) = (state.path().join("link"), state.path().join("target"));
        std::fs::write(&target, "").unwrap();
        std::os::unix::fs::symlink(&target, &link).unwrap();
        assert!(look(&link).unwrap_err().to_string().contains("it is a link"));
        assert!(shared(&link).is_err());
        let pipe = state.path().join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert!(look(&pipe).unwrap_err().to_string().contains("no plain file"));
        assert!(look(&state.path().join("none")).is_ok_and(|look| matches!(look, Look::Absent)));
    }
}
