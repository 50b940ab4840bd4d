//! Files that a compose file names, read from inside the recipe only.

use std::fs;
use std::io::Read as _;
use std::path::{Component, Path};

use crate::error::FileDefect;
use crate::recipe::defect;

/// Bytes of a file that is read as text: one more than its reader takes, so that the reader refuses a larger
/// file and names the place.
pub(crate) const MAX_BYTES: usize = (1 << 20) + 1;

/// Refuses a path that does not lie in the folder it starts from.
pub(crate) fn inside(path: &str) -> Result<(), &'static str> {
    for part in Path::new(path).components() {
        match part {
            Component::Normal(_) | Component::CurDir => {}
            Component::ParentDir => return Err("leaves the recipe's folder"),
            Component::RootDir | Component::Prefix(_) => {
                return Err("is absolute; it must lie in the recipe's folder");
            }
        }
    }
    if path.contains('\0') { Err("has a NUL byte in its name") } else { Ok(()) }
}

/// Reads the file at `path`, relative to `folder`, of at most `limit` bytes.
///
/// # Errors
/// What is wrong with the file, to be put behind its name. The author of a recipe is not trusted: a recipe
/// cannot make the harness send a file of the machine to a container.
pub(crate) fn read_inside(folder: &Path, path: &str, limit: usize) -> Result<Vec<u8>, FileDefect> {
    let unusable = |words: &str| FileDefect::Unusable(words.to_owned());
    inside(path).map_err(unusable)?;
    let io = |error: std::io::Error| defect(&error);
    let folder = folder.canonicalize().map_err(io)?;
    let real = folder.join(path).canonicalize().map_err(io)?;
    if !real.starts_with(&folder) {
        return Err(unusable("is a symbolic link that leaves the recipe's folder"));
    }
    let about = fs::metadata(&real).map_err(io)?;
    if !about.is_file() {
        return Err(unusable("is not a regular file"));
    }
    let most = limit as u64 + 1;
    let mut bytes = Vec::with_capacity(about.len().min(most) as usize + 1);
    fs::File::open(&real).map_err(io)?.take(most).read_to_end(&mut bytes).map_err(io)?;
    if bytes.len() > limit {
        return Err(FileDefect::Unusable(format!("is larger than {limit} bytes")));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_lies_inside() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(folder.path().join("sub/a"), b"\0x").unwrap();
        assert_eq!(read_inside(folder.path(), "./sub/a", 2).unwrap(), b"\0x");
    }

    #[rstest::rstest]
    #[case::absolute("/etc/hostname", "is absolute; it must lie in the recipe's folder")]
    #[case::parent("a/../../b", "leaves the recipe's folder")]
    #[case::link("link", "is a symbolic link that leaves the recipe's folder")]
    #[case::folder("sub", "is not a regular file")]
    #[case::missing("nothing", "does not exist")]
    #[case::large("large", "is larger than 2 bytes")]
    fn refuses(#[case] path: &str, #[case] defect: &str) {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), b"x").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(outside.path().join("secret"), link).unwrap();
        fs::create_dir(folder.path().join("sub")).unwrap();
        fs::write(folder.path().join("large"), b"xxx").unwrap();
        assert_eq!(read_inside(folder.path(), path, 2).unwrap_err().to_string(), defect);
    }
}
