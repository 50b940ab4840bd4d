//! Rebuilds the file from the folders of runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::error::HistoryError;
use crate::folders::run_folders;
use crate::ingest::Taken;
use crate::open::{FILE, History};

/// The result of a rebuild.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Rebuilt {
    /// Runs that are in the new file.
    pub runs: Vec<String>,
    /// Folders that were skipped, and why.
    pub skipped: Vec<Skipped>,
    /// Runs of the old file that no folder holds any more.
    pub lost: Vec<String>,
    /// The old file, which is kept where it held a run that the new one does not hold, or could not be read.
    pub kept: Option<PathBuf>,
}

/// A folder that was skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The folder.
    pub folder: PathBuf,
    /// Why.
    pub reason: String,
}

/// Rebuilds the history in `state` from the runs in `folders` and from those that the old file knows.
///
/// The new file takes the place of the old one when it is complete. A folder that cannot be read is skipped and
/// listed in the result.
///
/// # Errors
/// The new file cannot be written.
pub fn rebuild(state: &Path, folders: &[PathBuf]) -> Result<Rebuilt, HistoryError> {
    let (file, new) = (state.join(FILE), state.join(format!("{FILE}.new")));
    std::fs::create_dir_all(state)
        .map_err(|source| HistoryError::Io { path: state.to_owned(), source })?;
    let mut rebuilt = Rebuilt::default();
    let old = if file.exists() { Some(known(&file)) } else { None };
    let (known, readable) = match old {
        Some(Ok(known)) => (known, true),
        Some(Err(_)) => (BTreeSet::new(), false),
        None => (BTreeSet::new(), true),
    };
    let mut all: BTreeSet<PathBuf> = BTreeSet::new();
    for folder in folders {
        let found = run_folders(folder);
        match found {
            Ok(found) => all.extend(found.iter().map(|found| same(found))),
            Err(error) => rebuilt.skip(folder, &error),
        }
    }
    all.extend(known.iter().map(|(_, folder)| folder.clone()).filter(|folder| folder.exists()));
    // A rebuild that was killed has left a file that holds only a part of the runs.
    remove(&new)?;
    let mut history = History::open_file(&new)?;
    for folder in all {
        match history.ingest_folder(&folder) {
            Ok(Taken::New(run)) => rebuilt.runs.push(run.to_string()),
            Ok(Taken::Known(run)) => {
                let reason = format!("run {run} is in another folder too");
                rebuilt.skipped.push(Skipped { folder, reason });
            }
            Err(error @ HistoryError::Sqlite { .. }) => return Err(error),
            Err(error) => rebuilt.skip(&folder, &error),
        }
    }
    drop(history);
    rebuilt.runs.sort();
    let runs: BTreeSet<&String> = rebuilt.runs.iter().collect();
    let lost = known.iter().map(|(run, _)| run).filter(|run| !runs.contains(run));
    rebuilt.lost = lost.cloned().collect();
    let failed = |path: &Path| {
        let path = path.to_owned();
        |source| HistoryError::Io { path, source }
    };
    if !rebuilt.lost.is_empty() || !readable {
        let kept = free_name(state);
        std::fs::rename(&file, &kept).map_err(failed(&kept))?;
        rebuilt.kept = Some(kept);
    }
    std::fs::rename(&new, &file).map_err(failed(&file))?;
    Ok(rebuilt)
}

impl Rebuilt {
    fn skip(&mut self, folder: &Path, error: &HistoryError) {
        self.skipped.push(Skipped { folder: folder.to_owned(), reason: error.to_string() });
    }
}

/// The runs of a file, each with its folder.
fn known(file: &Path) -> Result<BTreeSet<(String, PathBuf)>, HistoryError> {
    let history = History::open_file(file)?;
    let read = history.file.prepare("SELECT run, folder FROM runs").and_then(|mut runs| {
        let row =
            |row: &rusqlite::Row<'_>| Ok((row.get(0)?, PathBuf::from(row.get::<_, String>(1)?)));
        runs.query_map([], row)?.collect()
    });
    read.map_err(|error| history.failed(error))
}

/// The absolute path of a folder without links, so that each folder has one path.
fn same(folder: &Path) -> PathBuf {
    folder.canonicalize().unwrap_or_else(|_| folder.to_owned())
}

fn remove(path: &Path) -> Result<(), HistoryError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(HistoryError::Io { path: path.to_owned(), source: error })
        }
        Ok(()) | Err(_) => Ok(()),
    }
}

/// A free name for the old file.
fn free_name(state: &Path) -> PathBuf {
    let name = |number: u32| state.join(format!("{FILE}.old-{number}"));
    (1..u32::MAX).map(name).find(|path| !path.exists()).unwrap_or_else(|| name(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Story;

    fn write(runs: &Path, name: &str) -> PathBuf {
        let folder = runs.join(name);
        Story::new(name).green("shop", 40).ended().write(&folder);
        folder
    }

    fn setting() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let place = tempfile::tempdir().unwrap();
        let (state, runs) = (place.path().join("state"), place.path().join("runs"));
        std::fs::create_dir_all(&runs).unwrap();
        (place, state, runs)
    }

    #[test]
    fn a_rebuild_has_the_rows_that_were_taken_in_one_by_one() {
        let (_place, state, runs) = setting();
        let (a, b) = (write(&runs, "a"), write(&runs, "b"));
        let mut history = History::open(&state).unwrap();
        history.ingest_folder(&b).unwrap();
        history.ingest_folder(&a).unwrap();
        let before = history.past(None, 99).unwrap();
        drop(history);
        let rebuilt = rebuild(&state, &[runs]).unwrap();
        assert_eq!(rebuilt, Rebuilt { runs: vec!["a".into(), "b".into()], ..Rebuilt::default() });
        assert_eq!(History::open(&state).unwrap().past(None, 99).unwrap(), before);
    }

    #[test]
    fn damaged_folders_are_named_and_passed_over() {
        let (_place, state, runs) = setting();
        write(&runs, "good");
        let odd = write(&runs, "odd");
        std::fs::write(odd.join("events.jsonl"), "no record\n").unwrap();
        let open = runs.join("open");
        Story::new("open").green("shop", 40).write(&open);
        let copy = write(&runs, "copy").join("events.jsonl");
        std::fs::copy(runs.join("good/events.jsonl"), copy).unwrap();
        let missing = runs.join("missing");
        let rebuilt = rebuild(&state, &[runs.clone(), missing.clone()]).unwrap();
        let said: Vec<String> =
            rebuilt.skipped.iter().map(|skipped| skipped.reason.clone()).collect();
        assert_eq!(rebuilt.runs, ["good"]);
        assert_eq!(said.len(), 4, "{said:?}");
        assert!(said[0].contains("missing"), "{said:?}");
        assert_eq!(said[1], "run good is in another folder too");
        assert!(said[2].contains("not a record"), "{said:?}");
        assert!(said[3].contains("run open has not ended"), "{said:?}");
    }

    #[test]
    fn a_run_whose_folder_is_elsewhere_stays() {
        let (place, state, runs) = setting();
        let elsewhere = place.path().join("elsewhere");
        std::fs::create_dir(&elsewhere).unwrap();
        let mut history = History::open(&state).unwrap();
        history.ingest_folder(&write(&elsewhere, "far")).unwrap();
        drop(history);
        write(&runs, "near");
        let rebuilt = rebuild(&state, &[runs]).unwrap();
        assert_eq!(rebuilt.runs, ["far", "near"]);
        assert_eq!(rebuilt.kept, None);
    }

    #[test]
    fn a_file_that_holds_more_than_the_folders_is_kept() {
        let (_place, state, runs) = setting();
        let gone = write(&runs, "gone");
        let mut history = History::open(&state).unwrap();
        history.ingest_folder(&gone).unwrap();
        drop(history);
        std::fs::remove_dir_all(&gone).unwrap();
        let rebuilt = rebuild(&state, std::slice::from_ref(&runs)).unwrap();
        assert_eq!((rebuilt.runs.len(), rebuilt.lost), (0, vec!["gone".to_owned()]));
        let kept = rebuilt.kept.unwrap();
        assert_eq!(History::open_file(&kept).unwrap().past(None, 9).unwrap().len(), 1);
    }

    #[test]
    fn a_file_of_another_version_is_made_anew_and_kept() {
        let (_place, state, runs) = setting();
        let history = History::open(&state).unwrap();
        history.file.pragma_update(None, "user_version", 0).unwrap();
        drop(history);
        write(&runs, "a");
        let rebuilt = rebuild(&state, &[runs]).unwrap();
        assert_eq!(rebuilt.runs, ["a"]);
        assert_eq!(rebuilt.kept, Some(state.join("history.db.old-1")));
        History::open(&state).unwrap();
    }
}
