//! A bare copy of a repository's objects below the state folder, shared by all runs.
//!
//! Objects are only ever added to it. What changes (the refs) is read while a lock is held, and
//! what a run goes on with are full commit names, so that a fetch by another run cannot move the
//! ground under it.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cc_ci_model::sha256_hex;

use super::locked::Locked;
use super::program::{Broken, Input, Said};
use super::{GitProgram, Reference, Refs, Run, failure};
use crate::{Commit, Limits, Remote, SourceError};

/// Where a mirror's objects come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Remote(Remote),
    /// A repository on this machine, by its absolute path.
    Path(PathBuf),
}

impl Origin {
    pub(super) fn url(&self) -> &OsStr {
        match self {
            Self::Remote(remote) => OsStr::new(remote.url()),
            Self::Path(path) => path.as_os_str(),
        }
    }

    /// Only what the address itself asked for; a server cannot send git to a file of this machine.
    pub(super) fn transports(&self) -> &'static str {
        match self {
            Self::Remote(_) => "https:http:ssh:git",
            Self::Path(_) => "file",
        }
    }

    fn redact(&self, text: &str) -> String {
        match self {
            Self::Remote(remote) => remote.redact(text),
            Self::Path(_) => text.to_owned(),
        }
    }

    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Remote(remote) => remote.to_string(),
            Self::Path(path) => path.display().to_string(),
        }
    }
}

/// The mirror of one repository.
#[derive(Debug, Clone)]
pub(crate) struct Mirror {
    /// The bare repository.
    pub(super) folder: PathBuf,
    pub(crate) origin: Origin,
    pub(super) git: GitProgram,
    pub(super) limits: Limits,
}

/// What was found at the moment of the fetch.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) refs: Refs,
    /// The commit that was asked for.
    pub(crate) wanted: Option<Commit>,
}

impl Mirror {
    pub(crate) fn new(state: &Path, origin: Origin, git: GitProgram, limits: Limits) -> Self {
        let hash = sha256_hex(origin.url().as_encoded_bytes());
        let folder = state.join("sources").join(&hash[..32]);
        Self { folder, origin, git, limits }
    }

    /// Brings the mirror up to date and reads what is there now. The failure of a fetch is the
    /// failure of this: what an earlier one brought is not used in its place.
    pub(crate) async fn fetch(&self, wanted: Option<&Reference>) -> Result<Fetched, SourceError> {
        let locked = Locked::take(self).await?;
        locked.update().await?;
        let mut refs = locked.refs().await?;
        let wanted = match wanted {
            Some(wanted) => Some(locked.resolve(wanted, &mut refs).await?),
            None => None,
        };
        Ok(Fetched { refs, wanted })
    }

    pub(super) async fn commit_of(&self, name: &str) -> Result<Option<Commit>, SourceError> {
        let found = self.kinds(&[format!("{name}^{{commit}}")]).await?;
        Ok(found.into_iter().flatten().next().map(|(commit, _)| commit))
    }

    /// Name and kind of each object; nothing where there is no such one.
    pub(super) async fn kinds(
        &self,
        objects: &[String],
    ) -> Result<Vec<Option<(Commit, String)>>, SourceError> {
        let input: String = objects.iter().map(|object| format!("{object}\n")).collect();
        let args = ["cat-file", "--batch-check=%(objectname) %(objecttype)"];
        let said = self.run("look at the objects", &os(&args), &[], input.as_bytes()).await?;
        let text = self.success("look at the objects", said)?;
        let text = String::from_utf8_lossy(&text).into_owned();
        let read = |line: &str| {
            let (name, kind) = line.rsplit_once(' ')?;
            Some((Commit::new(name).ok()?, kind.to_owned()))
        };
        Ok(text.lines().map(read).collect())
    }

    /// True where `old` is `new` or one of its ancestors.
    pub(crate) async fn holds(&self, new: &Commit, old: &Commit) -> Result<bool, SourceError> {
        let args = ["merge-base", "--is-ancestor", old.as_str(), new.as_str()];
        let said = self.run("compare commits", &os(&args), &[], &[]).await?;
        if said.status.code() == Some(1) {
            return Ok(false);
        }
        self.success("compare commits", said).map(|_| true)
    }

    /// A file at the top of a commit; nothing where there is none or more than `limit` bytes.
    pub(crate) async fn file(
        &self,
        commit: &Commit,
        name: &str,
        limit: usize,
    ) -> Result<Option<Vec<u8>>, SourceError> {
        let object = format!("{commit}:{name}");
        let size = self.run("look for a file", &os(&["cat-file", "-s", &object]), &[], &[]).await?;
        let bytes = String::from_utf8_lossy(&size.stdout).trim().parse::<usize>();
        if !size.status.success() || !bytes.is_ok_and(|bytes| bytes <= limit) {
            return Ok(None);
        }
        let said = self.run("read a file", &os(&["cat-file", "blob", &object]), &[], &[]).await?;
        Ok(said.status.success().then_some(said.stdout))
    }

    pub(super) fn late(&self, limit: Duration, waiting_for: &'static str) -> SourceError {
        let origin = self.origin.shown();
        SourceError::Deadline { origin, seconds: limit.as_secs(), waiting_for }
    }

    pub(super) async fn local(
        &self,
        action: &'static str,
        args: &[&str],
    ) -> Result<Vec<u8>, SourceError> {
        let said = self.run(action, &os(args), &[], &[]).await?;
        self.success(action, said)
    }

    /// A git command that needs no network.
    pub(super) async fn run(
        &self,
        action: &'static str,
        args: &[&OsStr],
        env: &[(&str, &OsStr)],
        input: &[u8],
    ) -> Result<Said, SourceError> {
        let limit = self.limits.local;
        let git_dir = Some(self.folder.as_path());
        let run = Run { args, git_dir, transports: "", env, input: Input::Text(input), limit };
        self.ended(limit, action, self.git.run(&run).await)
    }

    /// True where the work tree of the repository at `path` is not what its commit says.
    pub(crate) async fn is_changed(&self, path: &Path) -> Result<bool, SourceError> {
        let args = ["status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=all"];
        let mut all = vec![OsStr::new("-C"), path.as_os_str()];
        all.extend(os(&args));
        let limit = self.limits.local;
        let run = Run {
            args: &all,
            git_dir: None,
            transports: "",
            env: &[],
            input: Input::Text(&[]),
            limit,
        };
        let action = "look at the work tree";
        let said = self.ended(limit, action, self.git.run(&run).await)?;
        Ok(!self.success(action, said)?.is_empty())
    }

    pub(super) fn ended(
        &self,
        limit: Duration,
        action: &'static str,
        ended: Result<Said, Broken>,
    ) -> Result<Said, SourceError> {
        ended.map_err(|broken| match broken {
            Broken::Start(error) => error,
            Broken::Late => self.late(limit, action),
        })
    }

    pub(super) fn success(&self, action: &'static str, said: Said) -> Result<Vec<u8>, SourceError> {
        if said.status.success() {
            return Ok(said.stdout);
        }
        let message = self.origin.redact(&said.stderr);
        let message = if message.is_empty() { said.status.to_string() } else { message };
        Err(failure::error(&self.origin.shown(), action, &message))
    }
}

pub(super) fn files(path: &Path, action: &'static str, source: std::io::Error) -> SourceError {
    SourceError::Files { path: path.to_owned(), action, source }
}

pub(super) fn os<'a>(args: &[&'a str]) -> Vec<&'a OsStr> {
    args.iter().map(|arg| OsStr::new(*arg)).collect()
}
