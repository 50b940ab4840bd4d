//! Commands in running containers.

use std::pin::Pin;
use std::time::Duration;

use bollard::container::LogOutput;
use bollard::exec::{StartExecOptions, StartExecResults};
use bollard::models::ExecConfig;
use cc_ci_engine::{EngineError, ExecOutput, ExecSpec};
use cc_ci_model::Secret;
use futures_util::stream::StreamExt as _;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::mpsc::Sender;

use crate::Docker;
use crate::error::{Asked, whole_seconds};

/// Bytes that are read at once; the default of 8 KiB makes a dump of gigabytes slow.
const CHUNK: usize = 64 * 1024;

/// What stands at the end of a stream of which not everything is kept: a command that talks for ever must
/// not fill our memory.
const CUT: &[u8] = b"\n[cut off here]\n";

impl Docker {
    /// Runs a command; where there is a `stdout`, what it prints goes there and is not kept.
    ///
    /// A command that is still running past its limit goes on in the container: the engine has no
    /// request that ends it.
    pub(crate) async fn execute(
        &self,
        id: &str,
        exec: &ExecSpec,
        stdout: Option<Sender<Vec<u8>>>,
    ) -> Result<ExecOutput, EngineError> {
        let command = exec.command.first().map_or("nothing", String::as_str);
        let asked = self.asked(&format!("run {command} in"), "container", id);
        let done = tokio::time::timeout(exec.limit, self.run(id, exec, &asked, stdout)).await;
        done.unwrap_or_else(|_| {
            Err(EngineError::Timeout { action: asked.action(), seconds: whole_seconds(exec.limit) })
        })
    }

    async fn run(
        &self,
        id: &str,
        exec: &ExecSpec,
        asked: &Asked,
        stdout: Option<Sender<Vec<u8>>>,
    ) -> Result<ExecOutput, EngineError> {
        let made = self.client.create_exec(id, config(exec)).await;
        let made = made.map_err(|error| asked.refused(error))?;
        let options = StartExecOptions { output_capacity: Some(CHUNK), ..Default::default() };
        let started = self.client.start_exec(&made.id, Some(options)).await;
        let mut result = ExecOutput::default();
        match started.map_err(|error| asked.refused(error))? {
            StartExecResults::Attached { mut output, input } => {
                // Side by side: a command that answers while it reads would else wait for us
                // while we wait for it.
                let mut feed = std::pin::pin!(feed(input, exec.stdin.as_ref().map(Secret::reveal)));
                let mut fed = false;
                loop {
                    tokio::select! {
                        () = &mut feed, if !fed => fed = true,
                        piece = output.next() => match piece {
                            Some(piece) => {
                                let piece = piece.map_err(|error| asked.refused(error))?;
                                match (&stdout, piece) {
                                    (Some(stdout), LogOutput::StdOut { message }) => {
                                        let _ = stdout.send(message.into()).await;
                                    }
                                    (_, piece) => take(&mut result, piece, self.bounds.output),
                                }
                            }
                            // The command has ended. Input that it did not read is never
                            // taken by the engine.
                            None => break,
                        },
                    }
                }
            }
            StartExecResults::Detached => return Err(asked.nonsense("it detached the command")),
        }
        result.exit_code = self.exit_code(&made.id, asked).await?;
        Ok(result)
    }

    /// The output can end a moment before the engine notices that the process has.
    async fn exit_code(&self, exec: &str, asked: &Asked) -> Result<i64, EngineError> {
        let mut pause = Duration::from_millis(2);
        loop {
            let state = self.client.inspect_exec(exec).await;
            let state = state.map_err(|error| asked.refused(error))?;
            if let (Some(false), Some(code)) = (state.running, state.exit_code) {
                return Ok(code);
            }
            // No request waits for the end of a command, so this is a poll; the caller's limit
            // ends it.
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_millis(100));
        }
    }
}

fn config(exec: &ExecSpec) -> ExecConfig {
    let environment = exec.environment.iter();
    let environment = environment.map(|(name, value)| format!("{name}={}", value.reveal_text()));
    ExecConfig {
        attach_stdin: exec.stdin.is_some().then_some(true),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        env: Some(environment.collect()),
        cmd: Some(exec.command.clone()),
        user: exec.user.clone(),
        ..ExecConfig::default()
    }
}

/// Writes and closes. A command that stops reading is its own business, as in a shell's pipe.
///
/// Returns once the engine has everything, at once where there is nothing to write; the input is
/// held open until then only.
async fn feed(mut input: Pin<Box<dyn AsyncWrite + Send>>, stdin: Option<&[u8]>) {
    if let Some(bytes) = stdin {
        let _ = input.write_all(bytes).await;
        let _ = input.flush().await;
        let _ = input.shutdown().await;
    }
}

/// Keeps at most `most` bytes of each stream.
fn take(result: &mut ExecOutput, piece: LogOutput, most: usize) {
    let (kept, message) = match piece {
        LogOutput::StdErr { message } => (&mut result.stderr, message),
        LogOutput::StdOut { message }
        | LogOutput::StdIn { message }
        | LogOutput::Console { message } => (&mut result.stdout, message),
    };
    if kept.len() > most {
        return;
    }
    let room = message.len().min(most - kept.len());
    kept.extend_from_slice(&message[..room]);
    if room < message.len() {
        kept.extend_from_slice(CUT);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_talks_for_ever_is_cut_off() {
        const MOST: usize = 100_000;
        let mut result = ExecOutput::default();
        for _ in 0..200 {
            take(&mut result, LogOutput::StdOut { message: vec![b'x'; CHUNK].into() }, MOST);
        }
        assert_eq!(result.stdout.len(), MOST + CUT.len());
        assert!(result.stdout.ends_with(CUT));
    }

    #[test]
    fn what_fits_exactly_is_not_cut_off() {
        let mut result = ExecOutput::default();
        take(&mut result, LogOutput::StdOut { message: "abc".into() }, 3);
        assert_eq!(result.stdout, b"abc");
        take(&mut result, LogOutput::StdOut { message: "d".into() }, 3);
        take(&mut result, LogOutput::StdOut { message: "e".into() }, 3);
        assert_eq!(result.stdout, [b"abc", CUT].concat());
    }
}
