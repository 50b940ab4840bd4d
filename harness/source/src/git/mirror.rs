//! A bare copy of a repository's objects below the state folder, shared by all runs.
//!
//! Objects are only ever added to it. What changes (the refs) is read while a lock is held, and
//! what a run goes on with are full commit names, so that a fetch by another run cannot move the
//! ground under it.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use cc_ci_model::sha256_hex;
use cc_ci_recipe::nearest;

use super::program::{Broken, Said};
use super::refs::{Line, MAIN};
use super::{GitProgram, Reference, Refs, Run, failure};
use crate::{Commit, Limits, Remote, SourceError, Warning};

/// Where a mirror's objects come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    Remote(Remote),
    /// A repository on this machine, by its absolute path.
    Path(PathBuf),
}

impl Origin {
    fn url(&self) -> &OsStr {
        match self {
            Self::Remote(remote) => OsStr::new(remote.url()),
            Self::Path(path) => path.as_os_str(),
        }
    }

    /// Only what the address itself asked for; a server cannot send git to a file of this machine.
    fn transports(&self) -> &'static str {
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
    git: GitProgram,
    limits: Limits,
}

/// What was found at the moment of the fetch.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) refs: Refs,
    /// The commit that was asked for.
    pub(crate) wanted: Option<Commit>,
}

/// The mirror's own attributes win over those of any commit: no filter, no line ends, no keywords.
const ATTRIBUTES: &str = "* -text -eol -filter -ident -working-tree-encoding\n";

impl Mirror {
    pub(crate) fn new(state: &Path, origin: Origin, git: GitProgram, limits: Limits) -> Self {
        let hash = sha256_hex(origin.url().as_encoded_bytes());
        let folder = state.join("sources").join(&hash[..32]);
        Self { folder, origin, git, limits }
    }

    /// Brings the mirror up to date and reads what is there now. The failure of a fetch is the
    /// failure of this: what an earlier one brought is not used in its place.
    pub(crate) async fn fetch(&self, wanted: Option<&Reference>) -> Result<Fetched, SourceError> {
        let _lock = self.lock().await?;
        self.init().await?;
        let head = self.remote("look at the default branch", &["ls-remote", "--symref"], &["HEAD"]);
        let head = String::from_utf8_lossy(&head.await?).into_owned();
        let mut specs = vec!["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
        let main = format!("+HEAD:{MAIN}");
        if head.lines().any(|line| !line.starts_with("ref:") && line.ends_with("\tHEAD")) {
            specs.push(&main);
        } else {
            self.local("forget the default branch", &["update-ref", "-d", MAIN]).await?;
        }
        self.fetch_refs(&specs).await?;
        let mut refs = self.refs().await?;
        let wanted = match wanted {
            Some(wanted) => Some(self.resolve(wanted, &mut refs).await?),
            None => None,
        };
        Ok(Fetched { refs, wanted })
    }

    async fn fetch_refs(&self, specs: &[&str]) -> Result<(), SourceError> {
        let flags = [
            "fetch",
            "--quiet",
            "--force",
            "--prune",
            "--no-tags",
            "--update-shallow",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
        ];
        self.remote("fetch the objects", &flags, specs).await.map(drop)
    }

    async fn resolve(&self, wanted: &Reference, refs: &mut Refs) -> Result<Commit, SourceError> {
        match wanted {
            Reference::Name(name) => self.resolve_name(name, refs).await,
            Reference::Full(name) => {
                let kept = format!("refs/cc-ci/{}", name.trim_start_matches("refs/"));
                self.bring(name, &format!("+{name}:{kept}")).await?;
                self.commit_of(&kept).await?.ok_or_else(|| self.unknown(name, refs))
            }
            Reference::Commit(commit) => {
                let name = commit.as_str();
                if self.commit_of(name).await?.is_none() {
                    self.bring(name, name).await?;
                }
                self.commit_of(name).await?.ok_or_else(|| self.unknown(name, refs))
            }
        }
    }

    async fn resolve_name(&self, name: &str, refs: &mut Refs) -> Result<Commit, SourceError> {
        if name == "HEAD" {
            return refs.main.clone().ok_or_else(|| self.unknown(name, refs));
        }
        match (refs.tags.get(name), refs.branches.get(name)) {
            (Some(tag), branch) => {
                let tag = tag.clone();
                if branch.is_some_and(|branch| *branch != tag) {
                    refs.warnings.push(Warning::TagAndBranch { name: name.to_owned() });
                }
                Ok(tag)
            }
            (None, Some(branch)) => Ok(branch.clone()),
            (None, None) => self.resolve_short(name, refs).await,
        }
    }

    /// An abbreviated commit. It has to name one commit, and never falls back to anything.
    async fn resolve_short(&self, name: &str, refs: &Refs) -> Result<Commit, SourceError> {
        let digit = |c: u8| c.is_ascii_digit() || (b'a'..=b'f').contains(&c);
        if !(7..40).contains(&name.len()) || !name.bytes().all(digit) {
            return Err(self.unknown(name, refs));
        }
        let option = format!("--disambiguate={name}");
        let found = self.local("look for the commit", &["rev-parse", &option]).await?;
        let found = String::from_utf8_lossy(&found).into_owned();
        let objects: Vec<String> = found.lines().map(str::to_owned).collect();
        let kinds = self.kinds(&objects).await?;
        let commits = kinds.into_iter().flatten().filter(|(_, kind)| kind == "commit");
        let commits: Vec<Commit> = commits.map(|(commit, _)| commit).collect();
        match commits.as_slice() {
            [commit] => Ok(commit.clone()),
            [] => Err(self.unknown(name, refs)),
            several => {
                let several: Vec<_> = several.iter().map(Commit::as_str).collect();
                let hint = format!("it could be {}; give more digits", several.join(" or "));
                Err(self.none(name, None, hint))
            }
        }
    }

    /// Fetches one thing that branches and tags do not lead to.
    async fn bring(&self, name: &str, spec: &str) -> Result<(), SourceError> {
        match self.fetch_refs(&[spec]).await {
            Err(SourceError::Git { message, .. }) => {
                let hint = format!("the server said: {message}; a request's commit is had as #refs/pull/N/head");
                Err(self.none(name, None, hint))
            }
            other => other,
        }
    }

    fn unknown(&self, name: &str, refs: &Refs) -> SourceError {
        let names = || refs.tags.keys().chain(refs.branches.keys()).map(String::as_str);
        let known: Vec<&str> = names().take(20).collect();
        let hint = format!("it has {}", known.join(", "));
        self.none(name, nearest(name, names()).map(str::to_owned), hint)
    }

    fn none(&self, wanted: &str, near: Option<String>, hint: String) -> SourceError {
        SourceError::NoReference { origin: self.origin.shown(), wanted: wanted.to_owned(), near, hint }
    }

    async fn refs(&self) -> Result<Refs, SourceError> {
        let format = "--format=%(objecttype) %(refname)";
        let listed =
            self.local("list the refs", &["for-each-ref", format, "refs/heads", "refs/tags", MAIN]);
        let listed = String::from_utf8_lossy(&listed.await?).into_owned();
        let split: Vec<(&str, &str)> = listed.lines().filter_map(|l| l.split_once(' ')).collect();
        let names: Vec<String> = split.iter().map(|(_, name)| format!("{name}^{{commit}}")).collect();
        let kinds = self.kinds(&names).await?.into_iter();
        let lines = split.iter().zip(kinds).map(|((kind, name), found)| {
            let commit = found.map(|(commit, _)| commit);
            Line { name, kind, commit }
        });
        Ok(Refs::of(&lines.collect::<Vec<_>>()))
    }

    async fn commit_of(&self, name: &str) -> Result<Option<Commit>, SourceError> {
        let found = self.kinds(&[format!("{name}^{{commit}}")]).await?;
        Ok(found.into_iter().flatten().next().map(|(commit, _)| commit))
    }

    /// Name and kind of each object; nothing where there is no such one.
    async fn kinds(
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

    async fn init(&self) -> Result<(), SourceError> {
        let attributes = self.folder.join("info").join("attributes");
        // It is written last: a mirror that has it was made to the end.
        if attributes.is_file() {
            return Ok(());
        }
        let made = |source| files(&self.folder, "created", source);
        std::fs::create_dir_all(self.folder.join("info")).map_err(made)?;
        let args = ["init", "--quiet", "--bare", "--template=", "--initial-branch=none"];
        self.local("make a mirror", &args).await?;
        std::fs::write(&attributes, ATTRIBUTES).map_err(made)
    }

    /// One fetch at a time. The kernel lets go of the lock when its holder ends, however it ends.
    async fn lock(&self) -> Result<File, SourceError> {
        let path = self.folder.with_extension("lock");
        let parent = path.parent().unwrap_or(&path).to_owned();
        std::fs::create_dir_all(&parent).map_err(|e| files(&parent, "created", e))?;
        let open = File::options().create(true).truncate(false).write(true).open(&path);
        let file = open.map_err(|source| files(&path, "opened", source))?;
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(source)) => return Err(files(&path, "locked", source)),
        }
        let locked = tokio::task::spawn_blocking(move || file.lock().map(|()| file));
        match tokio::time::timeout(self.limits.lock, locked).await {
            Ok(Ok(locked)) => locked.map_err(|source| files(&path, "locked", source)),
            Ok(Err(join)) => Err(files(&path, "locked", std::io::Error::other(join))),
            Err(_) => Err(self.late(self.limits.lock, "another run's fetch")),
        }
    }

    fn late(&self, limit: Duration, waiting_for: &'static str) -> SourceError {
        let origin = self.origin.shown();
        SourceError::Deadline { origin, seconds: limit.as_secs(), waiting_for }
    }

    /// A command that talks to the repository: its flags, then the repository, then `rest`.
    async fn remote(
        &self,
        action: &'static str,
        flags: &[&str],
        rest: &[&str],
    ) -> Result<Vec<u8>, SourceError> {
        let mut args: Vec<&OsStr> = os(flags);
        args.extend([OsStr::new("--"), self.origin.url()]);
        args.extend(os(rest));
        let run = Run {
            args: &args,
            git_dir: Some(&self.folder),
            transports: self.origin.transports(),
            env: &[],
            input: &[],
            limit: self.limits.fetch,
        };
        let said = self.ended(self.limits.fetch, action, self.git.run(&run).await)?;
        self.success(action, said)
    }

    async fn local(&self, action: &'static str, args: &[&str]) -> Result<Vec<u8>, SourceError> {
        let said = self.run(action, &os(args), &[], &[]).await?;
        self.success(action, said)
    }

    /// A command that talks to nobody.
    pub(super) async fn run(
        &self,
        action: &'static str,
        args: &[&OsStr],
        env: &[(&str, &OsStr)],
        input: &[u8],
    ) -> Result<Said, SourceError> {
        let limit = self.limits.local;
        let git_dir = Some(self.folder.as_path());
        let run = Run { args, git_dir, transports: "", env, input, limit };
        self.ended(limit, action, self.git.run(&run).await)
    }

    /// True where the work tree of the repository at `path` is not what its commit says.
    pub(crate) async fn is_changed(&self, path: &Path) -> Result<bool, SourceError> {
        let args = ["status", "--porcelain", "--untracked-files=normal", "--ignore-submodules=all"];
        let mut all = vec![OsStr::new("-C"), path.as_os_str()];
        all.extend(os(&args));
        let limit = self.limits.local;
        let run =
            Run { args: &all, git_dir: None, transports: "", env: &[], input: &[], limit };
        let action = "look at the work tree";
        let said = self.ended(limit, action, self.git.run(&run).await)?;
        Ok(!self.success(action, said)?.is_empty())
    }

    fn ended(
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
