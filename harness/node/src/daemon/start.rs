//! Starting the engine's daemon.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use cc_ci_engine::{Engine, EngineError};
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::{Connect, DaemonError};
use crate::command::run;
use crate::doctor::has_cgroups;
use crate::{Host, Progress, Settings};

/// How long a daemon may take until it answers. On a slow disk its first start makes its stores.
const LIMIT: Duration = Duration::from_secs(90);
/// Lines of its log that an error shows.
const TAIL: usize = 8;

/// The command that starts the daemon by default.
const PLAIN: &str = "dockerd";

/// Starts the daemon and waits until it answers.
pub(crate) async fn start(
    host: &Host,
    settings: &Settings,
    connect: Connect<'_>,
    progress: &dyn Progress,
) -> Result<Arc<dyn Engine>, DaemonError> {
    if host.runs_systemd() {
        run("systemctl", &["enable", "--now", "docker"], &[], progress).await?;
        return of_systemd(connect).await;
    }
    if !has_cgroups(host) && host.has_program("cgroupfs-mount") {
        run("cgroupfs-mount", &[], &[], progress).await?;
    }
    Starting::begin(settings, Command::new("setsid").arg(PLAIN).current_dir("/"))?
        .answer(connect)
        .await
}

/// Waits for a daemon that systemd has started.
pub(super) async fn of_systemd(connect: Connect<'_>) -> Result<Arc<dyn Engine>, DaemonError> {
    let answer = answering(connect, std::future::pending()).await;
    answer.map_err(|silence| silence.into_error("see `journalctl -u docker`"))
}

/// A daemon on its way that no service manager looks after.
pub(super) struct Starting {
    process: tokio::process::Child,
    log: PathBuf,
    /// Where in its log it begins: earlier starts have written to the same file.
    from: u64,
}

impl Starting {
    /// Starts `command`, which is or becomes the daemon, so that it outlives us and our terminal.
    pub(super) fn begin(settings: &Settings, command: &mut Command) -> Result<Self, DaemonError> {
        let log = settings.state.join("dockerd.log");
        let from = log.metadata().map_or(0, |meta| meta.len());
        let process = detached(command, &log).map_err(|source| DaemonError::Silent {
            message: format!("it could not be started with its log in {}: {source}", log.display()),
        })?;
        Ok(Self { process, log, from })
    }

    /// Waits until it answers.
    pub(super) async fn answer(
        &mut self,
        connect: Connect<'_>,
    ) -> Result<Arc<dyn Engine>, DaemonError> {
        let ended = async {
            match self.process.wait().await {
                Ok(status) => status.to_string(),
                Err(error) => error.to_string(),
            }
        };
        let answer = answering(connect, ended).await;
        answer.map_err(|failure| failure.into_error(&tail(&self.log, self.from)))
    }
}

/// Starts a command of `setsid`, which without a fork becomes the daemon itself: its early end can be
/// noticed.
fn detached(command: &mut Command, log: &Path) -> std::io::Result<tokio::process::Child> {
    if let Some(folder) = log.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let log = File::options().create(true).append(true).open(log)?;
    command.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log).kill_on_drop(false).spawn()
}

/// Why no daemon answered.
enum Silence {
    Ended(String),
    TooSlow(EngineError),
}

impl Silence {
    fn into_error(self, log: &str) -> DaemonError {
        let message = match self {
            Self::Ended(status) => format!("it ended at once ({status}): {log}"),
            Self::TooSlow(error) => {
                format!("it does not answer after {} s ({error}): {log}", LIMIT.as_secs())
            }
        };
        DaemonError::Silent { message }
    }
}

async fn answering(
    connect: Connect<'_>,
    ended: impl Future<Output = String>,
) -> Result<Arc<dyn Engine>, Silence> {
    let poll = async {
        let deadline = Instant::now() + LIMIT;
        let mut pause = Duration::from_millis(50);
        loop {
            match connect().await {
                Ok(engine) => return Ok(engine),
                Err(error) if Instant::now() >= deadline => return Err(Silence::TooSlow(error)),
                // The daemon announces itself to systemd only, so this is a poll.
                Err(_) => sleep(pause).await,
            }
            pause = (pause * 2).min(Duration::from_millis(500));
        }
    };
    tokio::select! {
        answer = poll => answer,
        status = ended => Err(Silence::Ended(status)),
    }
}

/// The end of the daemon's log from byte `from` on; of what it says, complaints come before chatter.
fn tail(log: &Path, from: u64) -> String {
    let bytes = std::fs::read(log).unwrap_or_default();
    let from = usize::try_from(from).unwrap_or(0).min(bytes.len());
    let text = String::from_utf8_lossy(&bytes[from..]);
    let chatter = |line: &&str| line.contains("level=info") || line.contains("level=debug");
    let complaints: Vec<&str> = text.lines().filter(|line| !chatter(line)).collect();
    let lines = if complaints.is_empty() { text.lines().collect() } else { complaints };
    let last = &lines[lines.len().saturating_sub(TAIL)..];
    format!("{}\n{}", log.display(), last.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusing() -> impl Fn() -> super::super::Connecting + Send + Sync {
        || {
            Box::pin(async {
                Err(EngineError::Unreachable { endpoint: "unix:///x".into(), message: "no".into() })
            })
        }
    }

    #[tokio::test]
    async fn a_daemon_that_ends_is_not_waited_for() {
        let connect = refusing();
        let silence = answering(&connect, async { "exit status: 1".to_owned() }).await.err();
        let error = silence.unwrap().into_error("pid file found").to_string();
        assert!(error.contains("ended at once (exit status: 1): pid file found"), "{error}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_daemon_that_never_answers_is_given_up() {
        let connect = refusing();
        let silence = answering(&connect, std::future::pending()).await.err();
        let error = silence.unwrap().into_error("its log").to_string();
        assert!(error.contains("does not answer after 90 s"), "{error}");
    }

    #[test]
    fn complaints_of_the_daemon_come_before_its_chatter() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("d.log");
        let chatter = "level=info msg=\"stopping\"\n".repeat(50);
        std::fs::write(&log, &chatter).unwrap();
        assert_eq!(tail(&log, 0).lines().count(), 1 + TAIL);
        std::fs::write(&log, format!("unknown key nonsense\n{chatter}")).unwrap();
        assert_eq!(tail(&log, 0), format!("{}\nunknown key nonsense", log.display()));
        assert!(!tail(&log, 10).contains("unknown key"));
    }
}
