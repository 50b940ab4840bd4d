//! Runs one of the scripts to compare with, and stops it in order.

use cc_ci_session::{Failure, Kind};
use std::process::Stdio;
use std::time::Instant;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

/// A script that ended well.
#[derive(Debug)]
pub(super) struct Finished {
    /// Wall time from start to end.
    pub(super) seconds: f64,
    /// Its output.
    pub(super) stdout: String,
}

/// Runs `command`, called `name`. When the user breaks it off it gets a SIGTERM and the time to
/// clean up after itself.
///
/// # Errors
/// It cannot be started, or ends with anything but 0; its last words are in the message.
pub(super) async fn run(
    mut command: Command,
    name: &str,
    cancel: &CancellationToken,
) -> Result<Finished, Failure> {
    let failed =
        |error: std::io::Error| Failure::new(Kind::Machine, error).context(format!("run {name}"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    // The script has a process group of its own. Ctrl-C on the terminal does not reach it; it gets its signal
    // below.
    command.process_group(0).kill_on_drop(true);
    let started = Instant::now();
    let child = command.spawn().map_err(failed)?;
    let group = child.id().and_then(|id| Pid::from_raw(i32::try_from(id).ok()?));
    let ended = child.wait_with_output();
    tokio::pin!(ended);
    let output = tokio::select! {
        output = &mut ended => output.map_err(failed)?,
        () = cancel.cancelled() => {
            if let Some(group) = group {
                // A script that has just ended needs no signal.
                let _ = kill_process_group(group, Signal::TERM);
            }
            ended.await.map_err(failed)?;
            return Err(Failure::cancelled());
        }
    };
    let seconds = started.elapsed().as_secs_f64();
    if output.status.success() {
        let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
        return Ok(Finished { seconds, stdout });
    }
    let stderr = String::from_utf8_lossy(&output.stderr);
    let mut words: Vec<_> = stderr.lines().rev().take(5).collect();
    words.reverse();
    let message = format!("{name} failed ({}): {}", output.status, words.join(" | "));
    Err(Failure::message(Kind::Machine, message)
        .hint("it is in tests/bench/ and says at its head what it needs to run by itself"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bash(script: &str) -> Command {
        let mut command = Command::new("bash");
        command.args(["-c", script]);
        command
    }

    #[tokio::test]
    async fn a_script_that_ends_well_is_timed() {
        let cancel = CancellationToken::new();
        let finished = run(bash("echo phase deploy 1"), "a.sh", &cancel).await.unwrap();
        assert_eq!(finished.stdout, "phase deploy 1\n");
        assert!(finished.seconds > 0.0);
    }

    #[tokio::test]
    async fn a_script_that_fails_is_an_error_with_its_last_words() {
        let cancel = CancellationToken::new();
        let error = run(bash("echo first >&2; echo why >&2; exit 3"), "a.sh", &cancel).await;
        let error = error.unwrap_err();
        assert_eq!(error.kind, Kind::Machine);
        assert_eq!(error.words().said, "a.sh failed (exit status: 3): first | why");
    }

    #[tokio::test]
    async fn a_script_that_is_broken_off_cleans_up_before_we_go_on() {
        let folder = tempfile::tempdir().unwrap();
        let (begun, cleaned) = (folder.path().join("begun"), folder.path().join("cleaned"));
        let mut command =
            bash("trap 'touch \"$CLEANED\"; exit 143' TERM; mkfifo \"$BEGUN\"; cat \"$BEGUN\" >&2");
        command.env("BEGUN", &begun).env("CLEANED", &cleaned);
        let cancel = CancellationToken::new();
        let broken_off = async {
            // The pipe opens only when the script reads it: its trap is set by then.
            while !begun.exists() {
                tokio::task::yield_now().await;
            }
            let pipe = tokio::task::spawn_blocking(move || {
                std::fs::OpenOptions::new().write(true).open(begun)
            });
            let pipe = pipe.await.unwrap().unwrap();
            cancel.cancel();
            pipe
        };
        let (result, _pipe) = tokio::join!(run(command, "a.sh", &cancel), broken_off);
        assert_eq!(result.unwrap_err().kind, Kind::Cancelled);
        assert!(cleaned.exists());
    }
}
