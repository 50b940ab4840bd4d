//! Files that are whole or not there.

use std::io::{self, Write as _};
use std::path::Path;

use cc_ci_model::sha256_hex;

/// Writes `bytes` to `folder/name` by way of a temporary file: a crash leaves the file as it was or whole.
/// `name` is the SHA-256 of `bytes`. A file that has it already is read, and replaced where its content is
/// another one: an earlier crash may have cut it.
///
/// # Errors
/// The system's own.
pub(crate) fn keep(folder: &Path, name: &str, bytes: &[u8]) -> io::Result<()> {
    let path = folder.join(name);
    match std::fs::read(&path) {
        Ok(there) if there.len() == bytes.len() && sha256_hex(&there) == name => return Ok(()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        // A file that cannot be read is replaced as well; where that fails, the error says why.
        Err(_) => {}
    }
    let mut file = tempfile::Builder::new()
        .prefix(".evidence-")
        // Evidence is for others to read; the umask still has its say.
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(&path).map_err(|error| error.error)?;
    Ok(())
}
