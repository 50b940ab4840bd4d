//! The final write: every report into its place, whole or not at all.

use std::fs::{self, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::junit::JunitError;
use crate::{Run, backlog, classification, html, junit, results};

/// Why reports could not be written.
#[derive(Debug, Error)]
pub enum WriteError {
    /// The system refused.
    #[error("{path}: {source}; hint: give a folder that can be written to")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The existing backlog is not text, so the adversary's section in it cannot be kept.
    #[error("{path} is not UTF-8 text; hint: move it away, its findings would be lost")]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The phase cannot be part of a file name.
    #[error("phase {phase:?} cannot be part of a file name; hint: use letters, digits, - _ .")]
    Phase {
        /// The phase.
        phase: String,
    },
    /// A JSON report could not be made.
    #[error("json report: {0}")]
    Json(#[from] serde_json::Error),
    /// The JUnit report could not be made.
    #[error(transparent)]
    Junit(#[from] JunitError),
}

/// Where reports go.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The out folder of the run.
    pub out: &'a Path,
    /// The folder of the backlog pages.
    pub docs: &'a Path,
}

impl Target<'_> {
    /// The backlog page of a phase.
    ///
    /// # Errors
    /// [`WriteError::Phase`] where the phase cannot be part of a file name.
    pub fn backlog(&self, phase: &str) -> Result<PathBuf, WriteError> {
        let name = backlog::file_name(phase);
        let name = name.ok_or_else(|| WriteError::Phase { phase: phase.to_owned() })?;
        Ok(self.docs.join(name))
    }
}

/// Writes `junit.xml`, `results.json`, `classification.json` and `.md` and `report.html` into the out
/// folder and the phase's backlog into the folder of pages; returns their paths.
///
/// Everything is made before anything is written, and each file is replaced as a whole, so that a
/// reader never sees half of one.
///
/// # Errors
/// [`WriteError`] names the file.
pub fn write_all(target: Target<'_>, run: &Run) -> Result<Vec<PathBuf>, WriteError> {
    let page = target.backlog(&run.phase)?;
    let existing = read_text(&page)?;
    let files = rendered(run)?.into_iter().map(|(name, bytes)| (target.out.join(name), bytes));
    let backlog = backlog::render(&run.phase, run, existing.as_deref()).into_bytes();
    let files: Vec<_> = files.chain([(page, backlog)]).collect();
    for folder in [target.out, target.docs] {
        fs::create_dir_all(folder)
            .map_err(|source| WriteError::Io { path: folder.to_owned(), source })?;
    }
    for (path, bytes) in &files {
        replace(path, bytes).map_err(|source| WriteError::Io { path: path.clone(), source })?;
    }
    Ok(files.into_iter().map(|(path, _)| path).collect())
}

/// The reports of the out folder, by name. They are made of the run and of nothing else.
///
/// # Errors
/// [`WriteError`] where one cannot be made.
pub fn rendered(run: &Run) -> Result<Vec<(&'static str, Vec<u8>)>, WriteError> {
    Ok(vec![
        ("junit.xml", junit::render(run)?),
        ("results.json", results::render(run)?.into_bytes()),
        ("classification.json", classification::render_json(run)?.into_bytes()),
        ("classification.md", classification::render_markdown(run).into_bytes()),
        ("report.html", html::render(run).into_bytes()),
    ])
}

fn read_text(path: &Path) -> Result<Option<String>, WriteError> {
    match fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(_) => Err(WriteError::NotText { path: path.to_owned() }),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(source) => Err(WriteError::Io { path: path.to_owned(), source }),
    }
}

/// Writes beside the file and renames: the old file or the new one, never half of either.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".report-")
        // Reports are for others to read; the umask still has its say.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn every_report_lies_in_its_place_and_nothing_else() {
        let root = tempfile::tempdir().unwrap();
        let (out, docs) = (root.path().join("run/out"), root.path().join("docs"));
        let target = Target { out: &out, docs: &docs };
        let run = fixtures::view(&fixtures::recipe());
        let paths = write_all(target, &run).unwrap();
        let names = |folder: &Path| {
            let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
            let mut names: Vec<_> = names.map(|name| name.into_string().unwrap()).collect();
            names.sort();
            names
        };
        let expected = [
            "classification.json",
            "classification.md",
            "junit.xml",
            "report.html",
            "results.json",
        ];
        assert_eq!(names(&out), expected);
        assert_eq!(names(&docs), ["BACKLOG-night.md"]);
        assert!(paths.iter().all(|path| path.is_file()));
        assert_eq!(paths.len(), 6);
    }

    #[test]
    fn the_findings_on_disk_survive() {
        let root = tempfile::tempdir().unwrap();
        let target = Target { out: root.path(), docs: root.path() };
        let page = target.backlog("night").unwrap();
        let findings = "## Adversary findings\r\n- it lies \r\n## Build backlog";
        fs::write(&page, format!("old\n{findings}")).unwrap();
        let run = fixtures::view(&fixtures::flake());
        for _ in 0..2 {
            write_all(target, &run).unwrap();
            let text = fs::read_to_string(&page).unwrap();
            assert!(text.ends_with(&format!("\n{findings}")));
            assert!(!text.starts_with("old"));
        }
    }

    #[test]
    fn findings_that_are_no_text_stop_the_write_before_anything_is_touched() {
        let root = tempfile::tempdir().unwrap();
        let target = Target { out: root.path(), docs: root.path() };
        let page = target.backlog("night").unwrap();
        fs::write(&page, b"## Adversary findings\n\xff").unwrap();
        let error = write_all(target, &fixtures::view(&fixtures::green())).unwrap_err();
        assert!(matches!(error, WriteError::NotText { .. }), "{error}");
        assert_eq!(fs::read(&page).unwrap(), b"## Adversary findings\n\xff");
        assert!(!root.path().join("junit.xml").exists());
    }

    #[test]
    fn a_phase_is_a_name_and_not_a_path() {
        let mut run = fixtures::view(&fixtures::green());
        for phase in ["../x", "a/b", "", "a b"] {
            run.phase = phase.into();
            let target = Target { out: Path::new("/nowhere"), docs: Path::new("/nowhere") };
            let error = write_all(target, &run).unwrap_err();
            assert!(matches!(error, WriteError::Phase { .. }), "{error}");
        }
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_named() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("file");
        fs::write(&file, "").unwrap();
        let out = file.join("out");
        let target = Target { out: &out, docs: root.path() };
        let error = write_all(target, &fixtures::view(&fixtures::green())).unwrap_err();
        assert!(matches!(&error, WriteError::Io { path, .. } if *path == out), "{error}");
    }
}
