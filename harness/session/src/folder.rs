//! The folder of a run.

use std::path::{Path, PathBuf};

use cc_ci_journal::read_events;
use cc_ci_model::Record;

use crate::{Failure, Kind, Settings};

/// Bytes that must fit into the folder of a run: on a full disk an empty file can still be made.
static PROBE: [u8; 1 << 16] = [0; 1 << 16];

/// Makes `folder`, and fails where it cannot be written.
pub(crate) fn writable(folder: &Path) -> Result<(), Failure> {
    let probe = folder.join(".cc-ci-writable");
    let tried = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&probe, PROBE))
        .and_then(|()| std::fs::File::open(&probe)?.sync_all());
    let removed = std::fs::remove_file(&probe);
    tried.and(removed).map_err(|error| {
        let context = format!("write to {}", folder.display());
        Failure::of_file(error).context(context).hint("choose another folder with --out DIR")
    })
}

/// Keeps the folder of runs out of a repository that it lies in: a recipe's work tree would count as changed.
pub(crate) fn hide_from_git(runs: &Path) {
    let Some(folder) = runs.parent() else { return };
    let ignore = folder.join(".gitignore");
    if ignore.exists() {
        return;
    }
    // If the folder cannot be written, the run reports it.
    let _ = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&ignore, "*\n"));
}

/// Refuses a folder that holds a run already: the records and reports of one folder are those of one run.
pub(crate) fn refuse_old_run(out: &Path) -> Result<(), Failure> {
    if !out.join("events.jsonl").exists() {
        return Ok(());
    }
    let message = format!("{} holds a run already", out.display());
    Err(Failure::message(Kind::Usage, message)
        .hint("give another folder with --out DIR; `cc-ci report` writes its reports again"))
}

/// True for a folder in the usual place of runs.
pub(crate) fn is_in(settings: &Settings, out: &Path) -> bool {
    let runs = settings.runs().ok().and_then(|runs| runs.canonicalize().ok());
    let out = out.canonicalize().ok();
    runs.is_some_and(|runs| out.is_some_and(|out| out.parent() == Some(runs.as_path())))
}

/// `.cc-ci/runs/latest` leads to the newest run there, as soon as it has begun, for people and for `rerun latest`. A run that
/// was given a folder of its own does not count: that folder may be gone tomorrow.
pub(crate) fn mark_latest(settings: &Settings, out: &Path) {
    let Ok(runs) = settings.runs() else { return };
    let Ok(out) = out.canonicalize() else { return };
    let link = runs.join("latest");
    let fresh = runs.join(format!(".latest-{}", std::process::id()));
    // The link is a convenience. If it cannot be made, the run is still complete.
    let _ = std::fs::create_dir_all(&runs)
        .and_then(|()| std::os::unix::fs::symlink(&out, &fresh))
        .and_then(|()| std::fs::rename(&fresh, &link));
}

/// The records of the run in `folder`.
///
/// # Errors
/// Its events cannot be read.
pub fn records_of(folder: &Path) -> Result<Vec<Record>, Failure> {
    read_events(&folder.join("events.jsonl")).map_err(Failure::usage)
}

/// The folder of a run as typed: a path, or `latest`.
///
/// # Errors
/// It holds no run.
pub fn run_folder(settings: &Settings, typed: &Path) -> Result<PathBuf, Failure> {
    let folder = if typed == Path::new("latest") {
        settings.runs()?.join("latest")
    } else {
        typed.to_owned()
    };
    if folder.join("events.jsonl").is_file() {
        return Ok(folder);
    }
    let message = format!("{} holds no run (no events.jsonl in it)", typed.display());
    Err(Failure::message(Kind::Usage, message).hint("`latest` is the newest run"))
}
