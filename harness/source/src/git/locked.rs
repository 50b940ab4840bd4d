//! A mirror while one run alone may change it.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::path::Path;

use super::mirror::{files, os};
use super::program::Input;
use super::refs::{Line, MAIN};
use super::{Mirror, Refs, Run};
use crate::SourceError;

/// The mirror's own attributes win over those of any commit: no filter, no line ends, no keywords.
const ATTRIBUTES: &str = "* -text -eol -filter -ident -working-tree-encoding\n";

/// A mirror while one run alone may change it.
#[derive(Debug)]
pub(super) struct Locked<'a> {
    pub(super) mirror: &'a Mirror,
    lock: File,
}

impl<'a> Locked<'a> {
    /// Waits until no other run changes the mirror, and makes it if there is none.
    pub(super) async fn take(mirror: &'a Mirror) -> Result<Self, SourceError> {
        let lock = lock(mirror).await?;
        let locked = Self { mirror, lock };
        locked.init().await?;
        sweep(&mirror.folder);
        Ok(locked)
    }

    /// Brings every branch, every tag and the default branch.
    pub(super) async fn update(&self) -> Result<(), SourceError> {
        let flags = ["ls-remote", "--symref"];
        let head = self.remote("look at the default branch", &flags, &["HEAD"]).await?;
        let head = String::from_utf8_lossy(&head).into_owned();
        let mut specs = vec!["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"];
        let main = format!("+HEAD:{MAIN}");
        if head.lines().any(|line| !line.starts_with("ref:") && line.ends_with("\tHEAD")) {
            specs.push(&main);
        } else {
            self.mirror.local("forget the default branch", &["update-ref", "-d", MAIN]).await?;
        }
        self.fetch_refs(&specs).await
    }

    pub(super) async fn fetch_refs(&self, specs: &[&str]) -> Result<(), SourceError> {
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

    pub(super) async fn refs(&self) -> Result<Refs, SourceError> {
        let format = "--format=%(objecttype) %(refname)";
        let args = ["for-each-ref", format, "refs/heads", "refs/tags", MAIN];
        let listed = self.mirror.local("list the refs", &args).await?;
        let listed = String::from_utf8_lossy(&listed).into_owned();
        let split: Vec<(&str, &str)> = listed.lines().filter_map(|l| l.split_once(' ')).collect();
        let names: Vec<String> =
            split.iter().map(|(_, name)| format!("{name}^{{commit}}")).collect();
        let kinds = self.mirror.kinds(&names).await?.into_iter();
        let lines = split.iter().zip(kinds).map(|((kind, name), found)| {
            let commit = found.map(|(commit, _)| commit);
            Line { name, kind, commit }
        });
        Ok(Refs::of(&lines.collect::<Vec<_>>()))
    }

    /// A command that talks to the repository: its flags, then the repository, then `rest`.
    async fn remote(
        &self,
        action: &'static str,
        flags: &[&str],
        rest: &[&str],
    ) -> Result<Vec<u8>, SourceError> {
        let mut args: Vec<&OsStr> = os(flags);
        args.extend([OsStr::new("--"), self.mirror.origin.url()]);
        args.extend(os(rest));
        let run = Run {
            args: &args,
            git_dir: Some(&self.mirror.folder),
            transports: self.mirror.origin.transports(),
            env: &[],
            input: Input::Lock(&self.lock),
            limit: self.mirror.limits.fetch,
        };
        let said = self.mirror.ended(run.limit, action, self.mirror.git.run(&run).await)?;
        self.mirror.success(action, said)
    }

    async fn init(&self) -> Result<(), SourceError> {
        let attributes = self.mirror.folder.join("info").join("attributes");
        // It is written last: a mirror that has it was made to the end.
        if attributes.is_file() {
            return Ok(());
        }
        let made = |source| files(&self.mirror.folder, "created", source);
        std::fs::create_dir_all(self.mirror.folder.join("info")).map_err(made)?;
        let args = ["init", "--quiet", "--bare", "--template=", "--initial-branch=none"];
        self.mirror.local("make a mirror", &args).await?;
        std::fs::write(&attributes, ATTRIBUTES).map_err(made)
    }
}

/// One fetch at a time. The kernel lets go of the lock when its holder ends, however it ends.
async fn lock(mirror: &Mirror) -> Result<File, SourceError> {
    let path = mirror.folder.with_extension("lock");
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
    match tokio::time::timeout(mirror.limits.lock, locked).await {
        Ok(Ok(locked)) => locked.map_err(|source| files(&path, "locked", source)),
        Ok(Err(join)) => Err(files(&path, "locked", std::io::Error::other(join))),
        Err(_) => Err(mirror.late(mirror.limits.lock, "another run's fetch")),
    }
}

/// Removes what a killed git left in a mirror: its own locks, which would keep every later fetch
/// out for ever, and halves of packs.
fn sweep(folder: &Path) {
    let mut folders = vec![folder.to_owned(), folder.join("objects").join("pack")];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder && name != "objects" {
                folders.push(path);
            } else if !is_folder && (name.ends_with(".lock") || name.starts_with("tmp_")) {
                // What cannot be removed makes the fetch fail, with git's own words about it.
                let _ = std::fs::remove_file(path);
            }
        }
    }
}
