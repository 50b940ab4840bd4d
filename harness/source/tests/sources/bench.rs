//! Small repositories and servers, made anew for each test.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cc_ci_source::{Address, GitProgram, Limits, Opened, SourceError, Sources};
use tempfile::TempDir;

/// A state folder, a scratch folder and one repository.
pub(crate) struct Bench {
    pub(crate) folder: TempDir,
    pub(crate) repo: PathBuf,
}

/// What the `git` of the tests and of the product may see.
pub(crate) fn environment() -> Vec<(OsString, OsString)> {
    vec![("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into())]
}

pub(crate) fn program() -> GitProgram {
    GitProgram { program: "git".into(), env: environment() }
}

/// A compose file that claims `version` and runs `image`.
pub(crate) fn compose(version: &str, image: &str) -> String {
    format!(
        "version: \"3.8\"\nservices:\n  app:\n    image: {image}\n    deploy:\n      labels:\n        \
         - \"coop-cloud.${{STACK_NAME}}.version={version}\"\n"
    )
}

impl Bench {
    /// An empty repository called `shop` whose default branch is `main`.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let repo = folder.path().join("shop");
        fs::create_dir(&repo).unwrap();
        let bench = Self { folder, repo };
        bench.git(&["init", "--quiet", "--initial-branch=main"]);
        bench
    }

    /// Releases 1.0.0+1 and 1.1.0+2, annotated, and a commit behind them.
    pub(crate) fn with_releases() -> Self {
        let bench = Self::new();
        bench.release("1.0.0+1");
        bench.release("1.1.0+2");
        bench.commit("README.md", "more\n");
        bench
    }

    pub(crate) fn release(&self, version: &str) -> String {
        let commit = self
            .commit("compose.yml", &compose(version, &format!("shop:{version}").replace('+', "-")));
        self.git(&["tag", "-a", "-m", "release", version]);
        commit
    }

    pub(crate) fn commit(&self, file: &str, text: &str) -> String {
        fs::write(self.repo.join(file), text).unwrap();
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "-m", "change"]);
        self.git(&["rev-parse", "HEAD"])
    }

    pub(crate) fn git(&self, args: &[&str]) -> String {
        git(&self.repo, args)
    }

    pub(crate) fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    pub(crate) fn scratch(&self, run: &str) -> PathBuf {
        self.folder.path().join("runs").join(run)
    }

    pub(crate) fn sources(&self) -> Sources {
        Sources::new(&self.state(), program(), Limits::default())
    }

    pub(crate) async fn open(&self, reference: &str) -> Result<Opened, SourceError> {
        let text = format!("{}{reference}", self.repo.display());
        self.sources().open(&Address::parse(&text).unwrap()).await
    }

    /// A bare clone: a repository without a work tree.
    pub(crate) fn bare(&self) -> PathBuf {
        let bare = self.folder.path().join("bare").join("shop.git");
        let (from, to) = (self.repo.display().to_string(), bare.display().to_string());
        git(self.folder.path(), &["clone", "--quiet", "--bare", &from, &to]);
        bare
    }
}

pub(crate) fn git(folder: &Path, args: &[&str]) -> String {
    let output = Command::new("git")
        .env_clear()
        .envs(environment())
        .envs([("GIT_CONFIG_NOSYSTEM", "1"), ("GIT_CONFIG_GLOBAL", "/dev/null")])
        .args([
            "-c",
            "user.name=t",
            "-c",
            "user.email=t@t.test",
            "-c",
            "protocol.file.allow=always",
            "-c",
            "maintenance.auto=false",
            "-c",
            "gc.auto=0",
        ])
        .arg("-C")
        .arg(folder)
        .args(args)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Every file below `folder` with its size, sorted; to see whether anything was written.
pub(crate) fn listing(folder: &Path) -> Vec<(PathBuf, u64)> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let data = fs::symlink_metadata(entry.path()).unwrap();
            if data.is_dir() {
                folders.push(entry.path());
            }
            files.push((entry.path(), if data.is_dir() { 0 } else { data.len() }));
        }
    }
    files.sort();
    files
}
