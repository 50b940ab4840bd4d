//! What changed in a work tree since a commit.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::program::{Broken, Input};
use super::{GitProgram, Run};
use crate::SourceError;

/// Time for one look at a work tree.
const LIMIT: Duration = Duration::from_secs(60);

impl GitProgram {
    /// The files below `folder`, relative to it, that are not what they were in the commit `since`: changed, new,
    /// removed, not under version control yet. `since` is whatever git takes for a commit.
    ///
    /// # Errors
    /// `folder` is in no repository, or `since` is no commit of it.
    pub async fn changed_since(
        &self,
        folder: &Path,
        since: &str,
    ) -> Result<BTreeSet<PathBuf>, SourceError> {
        let commit = format!("{since}^{{commit}}");
        let named = ["rev-parse", "--verify", "--quiet", "--end-of-options", &commit];
        let Some(commit) = self.in_work_tree(folder, &named).await? else {
            let hint = "name a branch, a tag or a commit, as in `--changed-since origin/main`";
            return Err(SourceError::NoReference {
                origin: folder.display().to_string(),
                wanted: since.to_owned(),
                near: None,
                hint: hint.to_owned(),
            });
        };
        let commit = String::from_utf8_lossy(&commit).trim().to_owned();
        let changed =
            ["diff", "--name-only", "-z", "--relative", "--no-renames", "--no-ext-diff", &commit];
        let new = ["ls-files", "--others", "--exclude-standard", "-z"];
        let mut paths = BTreeSet::new();
        for words in [changed.as_slice(), &new] {
            let listed =
                self.in_work_tree(folder, words).await?.ok_or_else(|| SourceError::Git {
                    origin: folder.display().to_string(),
                    action: "list the changes",
                    message: format!("`git {}` failed", words.join(" ")),
                })?;
            let names = listed.split(|byte| *byte == 0).filter(|name| !name.is_empty());
            paths.extend(names.map(|name| PathBuf::from(OsStr::from_bytes(name))));
        }
        Ok(paths)
    }

    /// What git prints in `folder`; nothing where it says no.
    async fn in_work_tree(
        &self,
        folder: &Path,
        words: &[&str],
    ) -> Result<Option<Vec<u8>>, SourceError> {
        let origin = || folder.display().to_string();
        let mut args = vec![OsStr::new("-C"), folder.as_os_str()];
        args.extend(words.iter().map(OsStr::new));
        let (git_dir, transports, env, input) = (None, "", &[][..], Input::Text(b""));
        let run = Run { args: &args, git_dir, transports, env, input, limit: LIMIT };
        let said = self.run(&run).await.map_err(|broken| match broken {
            Broken::Start(error) => error,
            Broken::Late => SourceError::Deadline {
                origin: origin(),
                seconds: LIMIT.as_secs(),
                waiting_for: "git to list the changes",
            },
        })?;
        if said.stderr.contains("not a git repository") || said.stderr.contains("dubious ownership")
        {
            return Err(SourceError::NotRepository {
                origin: origin(),
                message: said.stderr,
                hint: "changes are known of a catalogue in a git repository of your own only",
            });
        }
        Ok(said.status.success().then_some(said.stdout))
    }
}
