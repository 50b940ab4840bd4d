//! The files of one commit, in a folder of their own.

use std::ffi::OsStr;
use std::path::Path;

use super::Mirror;
use super::mirror::{files, os};
use crate::{Commit, SourceError};

impl Mirror {
    /// Writes the files of `commit` to `folder`, which appears whole or not at all. A folder that
    /// is there already was written by this very run and is left as it is.
    ///
    /// Nothing of the mirror changes: the index is a file of its own. Links are written as links,
    /// submodules as empty folders; the recipe's reader refuses links that lead out of it.
    pub(crate) async fn checkout(&self, commit: &Commit, folder: &Path) -> Result<(), SourceError> {
        if folder.is_dir() {
            return Ok(());
        }
        let parent = folder.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|e| files(parent, "created", e))?;
        let scratch = tempfile::Builder::new()
            .prefix(".checkout-")
            .tempdir_in(parent)
            .map_err(|error| files(parent, "written to", error))?;
        let (index, tree) = (scratch.path().join("index"), scratch.path().join("tree"));
        std::fs::create_dir(&tree).map_err(|error| files(&tree, "created", error))?;
        let env = [("GIT_INDEX_FILE", index.as_os_str()), ("GIT_WORK_TREE", tree.as_os_str())];
        // A bare repository has no work tree, even where one is named.
        let steps: [&[&str]; 2] =
            [&["read-tree", commit.as_str()], &["checkout-index", "--all", "--force", "--quiet"]];
        for step in steps {
            let mut args = vec![OsStr::new("-c"), OsStr::new("core.bare=false")];
            args.extend(os(step));
            let said = self.run("write the files", &args, &env, &[]).await?;
            self.success("write the files", said)?;
        }
        match std::fs::rename(&tree, folder) {
            Ok(()) => Ok(()),
            // Somebody else in this run wanted the same and was faster.
            Err(_) if folder.is_dir() => Ok(()),
            Err(error) => Err(files(folder, "written", error)),
        }
    }
}
