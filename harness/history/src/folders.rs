//! Finds the folders of runs.

use std::path::{Path, PathBuf};

use crate::error::HistoryError;

/// The run folders that `folder` names: `folder` itself if it holds a run, else the run folders in it, by name.
/// Symbolic links are skipped: the target of `latest` is in the folder as well.
///
/// # Errors
/// The folder cannot be read.
pub fn run_folders(folder: &Path) -> Result<Vec<PathBuf>, HistoryError> {
    let holds_a_run = |folder: &Path| folder.join("events.jsonl").exists();
    if holds_a_run(folder) {
        return Ok(vec![folder.to_owned()]);
    }
    let failed = |source| HistoryError::Io { path: folder.to_owned(), source };
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        // A folder without events is neither a run nor a damaged run.
        if entry.file_type().map_err(failed)?.is_dir() && holds_a_run(&entry.path()) {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_itself_and_a_folder_is_its_runs() {
        let runs = tempfile::tempdir().unwrap();
        for name in ["b", "a"] {
            std::fs::create_dir(runs.path().join(name)).unwrap();
            std::fs::write(runs.path().join(name).join("events.jsonl"), "").unwrap();
        }
        std::fs::create_dir(runs.path().join("empty")).unwrap();
        std::os::unix::fs::symlink(runs.path().join("a"), runs.path().join("latest")).unwrap();
        let both = ["a", "b"].map(|name| runs.path().join(name));
        assert_eq!(run_folders(runs.path()).unwrap(), both);
        assert_eq!(run_folders(&both[0]).unwrap(), both[..1]);
        assert!(run_folders(&runs.path().join("none")).is_err());
    }
}
