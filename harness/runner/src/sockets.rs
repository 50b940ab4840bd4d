//! The folder of a leg's Unix sockets. It belongs to the user who runs the harness, and to nobody else.

use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use cc_ci_model::StackName;

/// The folder of the leg whose stack is `stack`, below the folder of its run.
#[must_use]
pub fn leg_folder(sockets: &Path, stack: &StackName) -> PathBuf {
    sockets.join(stack.as_str())
}

/// Makes the folder `name` of the leg, for its owner alone.
///
/// # Errors
/// The system's own.
pub(crate) fn make(sockets: &Path, stack: &StackName, name: &str) -> io::Result<PathBuf> {
    let folder = leg_folder(sockets, stack).join(name);
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
    Ok(folder)
}

/// Removes the folder of the leg with all of its sockets, and the run's own once it is empty. A folder that
/// is not there is no error.
///
/// # Errors
/// The system's own.
pub fn remove_leg_folder(sockets: &Path, stack: &StackName) -> io::Result<()> {
    match std::fs::remove_dir_all(leg_folder(sockets, stack)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => {
            // Another leg of the run may still have its folder there.
            let _ = std::fs::remove_dir(sockets);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_folder_is_its_owners_alone_and_goes_as_a_whole() {
        let sockets = tempfile::tempdir().unwrap();
        let stack = StackName::new("unit-abc123").unwrap();
        let folder = make(sockets.path(), &stack, "gateway").unwrap();
        for folder in [folder.clone(), leg_folder(sockets.path(), &stack)] {
            let mode = folder.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "{}", folder.display());
        }
        drop(std::os::unix::net::UnixListener::bind(folder.join("gateway.sock")).unwrap());
        remove_leg_folder(sockets.path(), &stack).unwrap();
        remove_leg_folder(sockets.path(), &stack).unwrap();
        assert!(!sockets.path().exists());
    }
}
