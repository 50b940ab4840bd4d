//! Where runs are.

use std::path::{Path, PathBuf};

use crate::error::HistoryError;

/// The run folders that `folder` names: itself where it holds a run, else those in it, by name. Links are passed
/// over: `latest` leads to a folder that is there as well.
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
        // What is a folder without events is no run, and no damaged one either.
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
