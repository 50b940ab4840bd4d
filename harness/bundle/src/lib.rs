//! The catalogue that the program brings along: recipes, suites and definitions of images as bytes.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// One file of the catalogue.
struct File {
    /// Its path below the root, as `recipes/mumble/recipe.toml`.
    path: &'static str,
    bytes: &'static [u8],
    executable: bool,
}

/// Every file of `recipes/` and `suites/`, sorted by path.
const FILES: &[File] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Characters of the digest in the folder's name.
const DIGITS: usize = 16;

/// Where [`unpack`] puts the catalogue below `parent`; nothing is written. Another catalogue has another
/// path.
#[must_use]
pub fn place(parent: &Path) -> PathBuf {
    let mut hash = Sha256::new();
    for File { path, bytes, executable } in FILES {
        hash.update(path.as_bytes());
        hash.update([0, u8::from(*executable)]);
        hash.update(bytes.len().to_le_bytes());
        hash.update(bytes);
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    parent.join(&digest[..DIGITS])
}

/// Writes the catalogue below `parent`, where it is not there yet, and gives its root. The folder appears
/// whole or not at all, so a process that is killed meanwhile leaves no half of it in its place.
///
/// # Errors
/// The folder cannot be written.
pub fn unpack(parent: &Path) -> io::Result<PathBuf> {
    let place = place(parent);
    if place.is_dir() {
        return Ok(place);
    }
    fs::create_dir_all(parent)?;
    let fresh = tempfile::Builder::new().prefix(".unpacking-").tempdir_in(parent)?;
    for file in FILES {
        write(fresh.path(), file)?;
    }
    match fs::rename(fresh.path(), &place) {
        // The folder has its name now; there is nothing left to remove under the old one.
        Ok(()) => drop(fresh.keep()),
        // Another process was faster.
        Err(_) if place.is_dir() => {}
        Err(error) => return Err(error),
    }
    Ok(place)
}

fn write(root: &Path, file: &File) -> io::Result<()> {
    let path = root.join(file.path);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mode = if file.executable { 0o755 } else { 0o644 };
    let mut written = OpenOptions::new().write(true).create_new(true).mode(mode).open(&path)?;
    written.write_all(file.bytes)?;
    written.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn is_executable(path: &Path) -> bool {
        fs::metadata(path).unwrap().permissions().mode() & 0o111 != 0
    }

    #[test]
    fn every_file_is_as_in_the_project() {
        let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let parent = tempfile::tempdir().unwrap();
        let root = unpack(parent.path()).unwrap();
        for file in FILES {
            let (own, theirs) = (root.join(file.path), project.join(file.path));
            assert_eq!(fs::read(&own).unwrap(), fs::read(&theirs).unwrap(), "{}", file.path);
            assert_eq!(is_executable(&own), is_executable(&theirs), "{}", file.path);
        }
        for path in [
            "recipes/mumble/recipe.toml",
            "recipes/images/gateway/Dockerfile",
            "suites/generic.toml",
            "recipes/custom-html/versions/1.1.0+1.26.3/.env.sample",
        ] {
            assert!(root.join(path).is_file(), "{path}");
        }
    }

    #[test]
    fn what_is_there_stays_and_nothing_lies_beside_it() {
        let parent = tempfile::tempdir().unwrap();
        let root = unpack(parent.path()).unwrap();
        fs::write(root.join("mark"), "").unwrap();
        assert_eq!(unpack(parent.path()).unwrap(), root);
        assert!(root.join("mark").is_file());
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }

    #[test]
    fn many_may_unpack_at_once() {
        let parent = tempfile::tempdir().unwrap();
        let roots: Vec<_> = std::thread::scope(|scope| {
            let one = || unpack(parent.path()).unwrap();
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(roots.iter().all(|root| *root == place(parent.path())));
        assert_eq!(fs::read_dir(parent.path()).unwrap().count(), 1);
    }
}
