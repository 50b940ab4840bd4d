//! The reports of a run.

use std::path::{Path, PathBuf};

use cc_ci_journal::Redactor;
use cc_ci_report::{Run, Target, write_all};

use crate::{Failure, Kind};

/// Reports that were written.
#[derive(Debug)]
pub struct Reports {
    /// The folder of the run.
    pub out: PathBuf,
    /// The backlog page.
    pub backlog: PathBuf,
    /// What `results.json` says.
    pub results: serde_json::Value,
}

/// Writes the reports of what happened. Where `redactor` knows the secrets of the run, a report that holds one is
/// removed again.
///
/// # Errors
/// They cannot be written, or one held a secret.
pub fn write_reports(
    run: &Run,
    (out, docs): (&Path, &Path),
    redactor: Option<&Redactor>,
) -> Result<Reports, Failure> {
    let target = Target { out, docs };
    let written = write_all(target, run).map_err(Failure::of_file)?;
    if let Some(redactor) = redactor {
        refuse_leaks(&written, redactor)?;
    }
    let backlog = target.backlog(&run.phase).map_err(Failure::usage)?;
    let results = std::fs::read(out.join("results.json")).map_err(Failure::bug)?;
    let results = serde_json::from_slice(&results).map_err(Failure::bug)?;
    Ok(Reports { out: out.to_owned(), backlog, results })
}

/// A report is made of redacted events and can hold no secret. One that holds a secret all the same, or
/// that cannot be read, is not left where others read it.
pub(crate) fn refuse_leaks(reports: &[PathBuf], redactor: &Redactor) -> Result<(), Failure> {
    let leaks = |path: &&PathBuf| {
        std::fs::read(path).map_or(true, |bytes| redactor.leaks_into_report(&bytes))
    };
    let leaking: Vec<_> = reports.iter().filter(leaks).collect();
    if leaking.is_empty() {
        return Ok(());
    }
    let mut message = "reports held secrets and were removed:".to_owned();
    for path in leaking {
        message += &format!(" {}", path.display());
        if let Err(error) = std::fs::remove_file(path) {
            message += &format!(" (not removed: {error})");
        }
    }
    Err(Failure::message(Kind::Bug, message))
}
