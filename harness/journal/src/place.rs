//! Writes files so that each of them is either complete or absent.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

use cc_ci_model::sha256_hex;
use tempfile::NamedTempFile;

/// How the name of an unfinished file begins.
const HALF: &str = ".writing-";

/// Writes `bytes` to `folder/name` by way of a temporary file. `name` is the SHA-256 of `bytes`. A file that has
/// it already is read, and replaced where its content is another one: an earlier crash may have cut it.
///
/// A crash of the machine can still lose the file; [`sync`] puts many of them on the disk at once. Returns true
/// if the file was written.
///
/// # Errors
/// The system's own.
pub(crate) fn keep(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<bool> {
    match std::fs::read(folder.join(name)) {
        Ok(there) if there.len() == bytes.len() && sha256_hex(&there) == name => return Ok(false),
        // A file that cannot be read is replaced as well; where that fails, the error says why.
        Ok(_) | Err(_) => {}
    }
    persist(written(folder, bytes)?, folder, name)?;
    Ok(true)
}

/// Writes `bytes` to `folder/name` by way of a temporary file. Even after a crash of the machine the file has
/// either its old content or all of `bytes`: the temporary file is on the disk before it is renamed.
///
/// # Errors
/// The system's own.
pub(crate) fn replace(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let file = written(folder, bytes)?;
    file.as_file().sync_all()?;
    persist(file, folder, name)?;
    File::open(folder)?.sync_all()
}

fn written(folder: &Path, bytes: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = tempfile::Builder::new()
        .prefix(HALF)
        // Other users may read the files of a run, as far as the umask allows it.
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    Ok(file)
}

/// Removes files of `folder` that a killed process had not written to their end.
///
/// # Errors
/// The system's own.
pub(crate) fn sweep(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(HALF) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn persist(file: NamedTempFile, folder: &Path, name: &str) -> io::Result<()> {
    file.persist(folder.join(name)).map(drop).map_err(|error| error.error)
}

/// Puts files of `folder`, and its list of names, on the disk.
///
/// # Errors
/// The system's own.
pub(crate) fn sync(folder: &Path, names: &[String]) -> io::Result<()> {
    for name in names {
        File::open(folder.join(name))?.sync_all()?;
    }
    File::open(folder)?.sync_all()
}
