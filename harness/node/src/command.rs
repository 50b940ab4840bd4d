//! Commands of the system, with their output told line by line.

use std::collections::VecDeque;
use std::process::Stdio;

use thiserror::Error;
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::Command;

use crate::Progress;

/// Lines of a failed command's output that its error keeps.
const TAIL: usize = 20;

/// A command of the system that did not do its work.
#[derive(Debug, Error)]
pub enum CommandError {
    /// It could not be started.
    #[error("`{command}` could not be started: {source}")]
    Start {
        /// The command line.
        command: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// It ended with an error.
    #[error("`{command}` failed ({status}):\n{tail}")]
    Failed {
        /// The command line.
        command: String,
        /// `exit status: 1`, `signal: 9`, …
        status: String,
        /// The last lines of its output.
        tail: String,
    },
}

/// Runs a command to its end; its output goes to `progress`.
pub(crate) async fn run(
    program: &str,
    args: &[&str],
    env: &[(String, String)],
    progress: &dyn Progress,
) -> Result<(), CommandError> {
    let command = words(program, args);
    let started = Command::new(program)
        .args(args)
        .envs(env.iter().map(|(k, v)| (k, v)))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn();
    let mut child = match started {
        Ok(child) => child,
        Err(source) => return Err(CommandError::Start { command, source }),
    };
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let tail = std::sync::Mutex::new(VecDeque::new());
    let hear = |line: &str| {
        progress.line(line);
        if let Ok(mut tail) = tail.lock() {
            if tail.len() == TAIL {
                tail.pop_front();
            }
            tail.push_back(line.to_owned());
        }
    };
    let (_, _, status) = tokio::join!(lines(stdout, &hear), lines(stderr, &hear), child.wait());
    let status = match status {
        Ok(status) if status.success() => return Ok(()),
        Ok(status) => status.to_string(),
        Err(error) => error.to_string(),
    };
    let tail: Vec<String> = tail.into_inner().unwrap_or_default().into();
    Err(CommandError::Failed { command, status, tail: tail.join("\n") })
}

async fn lines(pipe: Option<impl AsyncRead + Unpin>, hear: &(dyn Fn(&str) + Send + Sync)) {
    let Some(pipe) = pipe else { return };
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    // Bytes, not text: one line in another encoding must not end the reading.
    while matches!(reader.read_until(b'\n', &mut line).await, Ok(1..)) {
        hear(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
}

/// What a command prints; nothing where it is not there or fails.
pub(crate) async fn output(program: &str, args: &[&str]) -> Option<String> {
    let command = Command::new(program)
        .args(args)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output =
        tokio::time::timeout(std::time::Duration::from_secs(10), command).await.ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

fn words(program: &str, args: &[&str]) -> String {
    std::iter::once(program).chain(args.iter().copied()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    #[tokio::test]
    async fn tells_every_line_of_both_outputs() {
        let heard = Mutex::new(Vec::new());
        let progress = |line: &str| heard.lock().unwrap().push(line.to_owned());
        run("sh", &["-c", "echo out; echo err >&2; printf last"], &[], &progress).await.unwrap();
        let mut heard = heard.into_inner().unwrap();
        heard.sort();
        assert_eq!(heard, ["err", "last", "out"]);
    }

    #[tokio::test]
    async fn a_failure_keeps_status_and_last_words() {
        let script = "for n in $(seq 30); do echo line $n; done; exit 3";
        let error = run("sh", &["-c", script], &[], &|_: &str| ()).await.unwrap_err();
        let CommandError::Failed { status, tail, .. } = error else { panic!("{error}") };
        assert_eq!(status, "exit status: 3");
        assert!(tail.starts_with("line 11\n") && tail.ends_with("line 30"), "{tail}");
    }

    #[tokio::test]
    async fn a_command_that_is_not_there_is_named() {
        let error = run("no-such-command", &["x"], &[], &|_: &str| ()).await.unwrap_err();
        assert!(error.to_string().starts_with("`no-such-command x` could not be started"));
        assert_eq!(output("no-such-command", &[]).await, None);
        assert_eq!(output("false", &[]).await, None);
    }
}
