//! What a run leaves on the machine beside the engine: its folder of sockets.

use std::path::{Path, PathBuf};

use cc_ci_model::RunId;

/// The folder that holds one folder per living run, `<run>` or `<run>-<leg>`.
#[derive(Debug)]
pub struct Beside(PathBuf);

impl Beside {
    /// Looks into `folder`.
    #[must_use]
    pub fn at(folder: PathBuf) -> Self {
        Self(folder)
    }

    /// The runs that have a folder, as far as their folders' names say.
    #[must_use]
    pub fn runs(&self) -> Vec<String> {
        self.entries().into_iter().map(|(name, _)| name).collect()
    }

    /// True where `run` has a folder.
    #[must_use]
    pub fn has(&self, run: &RunId) -> bool {
        !self.of(run).is_empty()
    }

    /// Removes the folders of `run`; the answer names what could not be removed.
    #[must_use]
    pub fn remove(&self, run: &RunId) -> Vec<String> {
        let failed = |path: &Path| {
            // Links inside are removed, not followed.
            let error = std::fs::remove_dir_all(path).err()?;
            Some(format!("folder {} ({error})", path.display()))
        };
        self.of(run).iter().filter_map(|path| failed(path)).collect()
    }

    fn of(&self, run: &RunId) -> Vec<PathBuf> {
        let is_of = |name: &str| {
            name.strip_prefix(run.as_str())
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
        };
        let all = self.names();
        all.into_iter().filter(|(name, _)| is_of(name)).map(|(_, path)| path).collect()
    }

    /// Folders that are named like a run of this program: `<date>-<time>-<word>`, and perhaps a leg.
    fn entries(&self) -> Vec<(String, PathBuf)> {
        let run = |name: String| {
            let words: Vec<_> = name.splitn(4, '-').take(3).collect();
            let digits =
                |text: &str, n| text.len() == n && text.bytes().all(|b| b.is_ascii_digit());
            match words.as_slice() {
                [date, time, _] if digits(date, 8) && digits(time, 6) => Some(words.join("-")),
                _ => None,
            }
        };
        let all = self.names().into_iter();
        all.filter_map(|(name, path)| Some((run(name)?, path))).collect()
    }

    fn names(&self) -> Vec<(String, PathBuf)> {
        let read = std::fs::read_dir(&self.0).ok();
        let entries = read.into_iter().flatten().flatten();
        entries
            .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
            .filter_map(|entry| Some((entry.file_name().into_string().ok()?, entry.path())))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_folders_of_the_run_go() {
        let state = tempfile::tempdir().unwrap();
        let run = RunId::new("20260102-030405-abcd").unwrap();
        for name in
            ["20260102-030405-abcd", "20260102-030405-abcd-main", "20260102-030405-abcde", "x"]
        {
            std::fs::create_dir(state.path().join(name)).unwrap();
        }
        std::os::unix::fs::symlink("/etc", state.path().join("20260102-030405-abcd/link")).unwrap();
        let beside = Beside::at(state.path().to_owned());
        let mut runs = beside.runs();
        runs.sort();
        runs.dedup();
        assert_eq!(runs, ["20260102-030405-abcd", "20260102-030405-abcde"]);
        assert!(beside.remove(&run).is_empty());
        let mut left: Vec<_> = beside.names().into_iter().map(|(name, _)| name).collect();
        left.sort();
        assert_eq!(left, ["20260102-030405-abcde", "x"]);
        assert!(Path::new("/etc/passwd").exists() && !beside.has(&run));
    }
}
