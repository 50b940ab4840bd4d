//! The `git` program, run so that nothing but its arguments decides what it does.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

use crate::SourceError;

/// The `git` program and what it may see of the environment.
#[derive(Debug, Clone)]
pub struct GitProgram {
    /// The program; a bare name is looked up in the `PATH` of the process.
    pub program: PathBuf,
    /// The environment to pass on: `PATH`, `HOME`, proxies, the ssh agent. Of the variables that
    /// begin with `GIT_` only those that say how to reach a server are passed on.
    pub env: Vec<(OsString, OsString)>,
}

/// Variables of git that say how to reach a server.
const PASSED: [&str; 7] = [
    "GIT_ASKPASS",
    "GIT_PROXY_SSL_CAINFO",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_SSH_VARIANT",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
];

/// No prompt, no configuration but ours, no replaced objects, messages in English.
const SET: [(&str, &str); 10] = [
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_LFS_SKIP_SMUDGE", "1"),
    ("GCM_INTERACTIVE", "never"),
    ("LC_ALL", "C"),
];

/// No program of a repository's choosing, no text that changes on its way to the disk, no
/// submodules, no collection of objects that another run is reading.
const CONFIG: [&str; 12] = [
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=true",
    "core.autocrlf=false",
    "core.attributesFile=/dev/null",
    "credential.helper=",
    "protocol.ext.allow=never",
    "submodule.recurse=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=60",
];

/// One run of git.
#[derive(Debug)]
pub(crate) struct Run<'a> {
    /// The arguments, beginning with the sub-command.
    pub(crate) args: &'a [&'a OsStr],
    /// The repository, if the command has one.
    pub(crate) git_dir: Option<&'a Path>,
    /// Transports that the command may use: `file`, or `https:http:ssh:git`, or none.
    pub(crate) transports: &'a str,
    /// Further environment.
    pub(crate) env: &'a [(&'a str, &'a OsStr)],
    /// What stands at its standard input.
    pub(crate) input: Input<'a>,
    /// How long it may take.
    pub(crate) limit: Duration,
}

/// What stands at the standard input of a run of git.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Input<'a> {
    /// Text to read.
    Text(&'a [u8]),
    /// The lock under which git changes a mirror. Every process that has the file open
    /// holds the lock: where this process is killed, the lock is free once git has ended, too.
    Lock(&'a File),
}

/// What a run of git printed.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

/// Why a run of git has no end of its own.
#[derive(Debug)]
pub(crate) enum Broken {
    Start(SourceError),
    Late,
}

impl GitProgram {
    /// Runs git to its end. An exit code other than 0 is not an error.
    pub(crate) async fn run(&self, run: &Run<'_>) -> Result<Said, Broken> {
        let failed = |source| {
            let program = self.program.display().to_string();
            Broken::Start(SourceError::NoGit { program, source })
        };
        let (stdin, text) = match run.input {
            Input::Text(text) => (Stdio::piped(), text),
            Input::Lock(lock) => (Stdio::from(lock.try_clone().map_err(failed)?), [].as_slice()),
        };
        let mut child = self.command(run).stdin(stdin).spawn().map_err(failed)?;
        let mut group = Group::of(&child);
        let mut stdin = child.stdin.take();
        let ended = async {
            let write = async {
                if let Some(mut pipe) = stdin.take() {
                    // A git that does not read to the end says so by its exit code.
                    let _ = pipe.write_all(text).await;
                }
            };
            let (_, output) = tokio::join!(write, child.wait_with_output());
            output
        };
        match tokio::time::timeout(run.limit, ended).await {
            Err(_) => Err(Broken::Late),
            Ok(Err(source)) => Err(failed(source)),
            Ok(Ok(output)) => {
                group.ended();
                Ok(Said {
                    status: output.status,
                    stdout: output.stdout,
                    stderr: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
                })
            }
        }
    }

    fn command(&self, run: &Run<'_>) -> Command {
        let mut command = Command::new(&self.program);
        command.env_clear();
        let theirs = |name: &OsString| !name.to_string_lossy().starts_with("GIT_");
        let passed = |name: &OsString| PASSED.iter().any(|passed| name == passed);
        let env = self.env.iter().filter(|(name, _)| theirs(name) || passed(name));
        command.envs(env.map(|(name, value)| (name, value))).envs(SET);
        if !self.env.iter().any(|(name, _)| name == "GIT_SSH_COMMAND" || name == "GIT_SSH") {
            // Without a terminal a question of ssh would wait without an end.
            command.env("GIT_SSH_COMMAND", "ssh -oBatchMode=yes");
        }
        command.env("GIT_ALLOW_PROTOCOL", run.transports);
        command.envs(run.env.iter().map(|(name, value)| (name, value)));
        for setting in CONFIG {
            command.args(["-c", setting]);
        }
        if let Some(folder) = run.git_dir {
            command.arg("--git-dir").arg(folder);
        }
        command.args(run.args);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.kill_on_drop(true).process_group(0);
        command
    }
}

/// Git and the helpers it started. They are killed when the value is dropped: the time ran out,
/// or the user broke off.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        Self(pid.and_then(Pid::from_raw))
    }

    /// The leader was waited for: its number may be somebody else's from now on.
    fn ended(&mut self) {
        self.0 = None;
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // A group that has just ended by itself is no error.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}
