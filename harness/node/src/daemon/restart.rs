//! Ending the daemon and starting it again, as a reboot of the machine does.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::PathBuf;
use std::time::Duration;

use cc_ci_engine::Engine;
use rustix::process::{Pid, Signal, kill_process};
use thiserror::Error;
use tokio::net::UnixStream;
use tokio::process::Command;
use tokio::time::{Instant, sleep};

use super::start::{Starting, of_systemd};
use super::{Connect, DaemonError};
use crate::command::run;
use crate::{Host, Progress, Settings};

/// Where the daemon writes its process id (dockerd manual, `--pidfile`).
const PID_FILE: &str = "/var/run/docker.pid";
/// Where it listens.
const SOCKET: &str = "/var/run/docker.sock";
/// Addresses of the daemon that this machine's service manager or pid file speaks of.
const LOCAL: [&str; 3] = ["", "unix:///var/run/docker.sock", "unix:///run/docker.sock"];
/// How long the daemon may take to end. It gives its containers 10 s and itself 15 s
/// (`--shutdown-timeout`); on a slow disk unmounting takes as long again.
const END: Duration = Duration::from_secs(180);
/// How long it may take until it manages its Swarm again, once it answers.
const SWARM: Duration = Duration::from_secs(60);

/// Waits until process `$0` has ended and becomes the command in `$@`. It is started
/// before the old daemon gets its signal: the machine gets its engine back even if this process is killed meanwhile.
const SUCCESSOR: &str = r#"
while [ -n "$(tr -d '\0' 2>/dev/null </proc/"$0"/cmdline)" ]; do sleep 0.05; done
exec "$@"
"#;

/// Why the daemon is not ours to restart.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unable {
    /// It runs elsewhere, or as a user's own.
    #[error("the engine at {endpoint} is not this machine's own")]
    Elsewhere {
        /// Its address.
        endpoint: String,
    },
    /// Only root may.
    #[error("only root may restart the engine's daemon")]
    NotRoot,
}

/// Whether the daemon behind `endpoint` (the value of `DOCKER_HOST`, empty where it is not set) can be
/// restarted from here.
///
/// # Errors
/// Why not.
pub fn able(endpoint: &str) -> Result<(), Unable> {
    able_as(endpoint, rustix::process::geteuid().is_root())
}

fn able_as(endpoint: &str, root: bool) -> Result<(), Unable> {
    if !LOCAL.contains(&endpoint) {
        return Err(Unable::Elsewhere { endpoint: endpoint.to_owned() });
    }
    if root { Ok(()) } else { Err(Unable::NotRoot) }
}

/// Ends the daemon and starts it again as it was started before. Back once it answers and manages its
/// Swarm; its containers may still be on their way.
///
/// # Errors
/// It does not end, or does not come back.
pub async fn restart(
    settings: &Settings,
    connect: Connect<'_>,
    progress: &dyn Progress,
) -> Result<(), DaemonError> {
    let host = Host::this();
    let engine = if host.runs_systemd() {
        // In a session of its own: Ctrl-C is for us, and half a restart is none.
        let words = ["--wait", "systemctl", "restart", "docker"];
        run("setsid", &words, &[], progress).await?;
        of_systemd(connect).await?
    } else {
        let daemon = Daemon::running(&host)?;
        daemon.listens().await?;
        let mut starting = Starting::begin(settings, &mut daemon.successor())?;
        // Where the old daemon does not end in time, its successor stays: the signal was sent, and the daemon may
        // still end.
        daemon.end(&host).await?;
        starting.answer(connect).await?
    };
    manages(engine.as_ref()).await
}

/// Waits until the engine manages its Swarm again.
async fn manages(engine: &dyn Engine) -> Result<(), DaemonError> {
    let deadline = Instant::now() + SWARM;
    loop {
        let message = match engine.node().await {
            Ok(node) if node.swarm == "active" && node.manager => return Ok(()),
            Ok(node) if node.swarm == "locked" => {
                let message = "its Swarm is locked (hint: `docker swarm unlock`)".to_owned();
                return Err(DaemonError::Silent { message });
            }
            Ok(node) => format!("it answers, but its Swarm is {}", node.swarm),
            Err(error) => error.to_string(),
        };
        if Instant::now() >= deadline {
            return Err(DaemonError::Silent { message });
        }
        sleep(Duration::from_millis(100)).await;
    }
}

/// A daemon that no service manager looks after, and how it was started.
#[derive(Debug, PartialEq, Eq)]
struct Daemon {
    pid: i32,
    words: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
    folder: PathBuf,
}

impl Daemon {
    /// The daemon of the pid file.
    fn running(host: &Host) -> Result<Self, DaemonError> {
        let text = host.read(PID_FILE).ok_or_else(|| stays(format!("there is no {PID_FILE}")))?;
        let pid = text.trim().parse().ok().filter(|pid| *pid > 1);
        let pid = pid.ok_or_else(|| stays(format!("{PID_FILE} holds {:?}", text.trim())))?;
        let words = words(host, pid, "cmdline");
        // A pid file outlives a machine that died, and its number is given out again.
        let name = words.first().map(|word| word.to_string_lossy().into_owned());
        let name = name.unwrap_or_else(|| "no process".to_owned());
        if name.rsplit('/').next() != Some("dockerd") {
            return Err(stays(format!("{PID_FILE} names process {pid}, which is {name}")));
        }
        let pair = |line: OsString| {
            let bytes = line.into_vec();
            let at = bytes.iter().position(|byte| *byte == b'=')?;
            let (name, value) = (bytes[..at].to_vec(), bytes[at + 1..].to_vec());
            Some((OsString::from_vec(name), OsString::from_vec(value)))
        };
        let environment = self::words(host, pid, "environ").into_iter().filter_map(pair).collect();
        let folder = std::fs::read_link(host.path(format!("/proc/{pid}/cwd")));
        let folder = folder.unwrap_or_else(|_| PathBuf::from("/"));
        Ok(Self { pid, words, environment, folder })
    }

    /// Two daemons on one machine are possible; the one that we talk to is the one to end.
    async fn listens(&self) -> Result<(), DaemonError> {
        let failed = |error: std::io::Error| stays(format!("{SOCKET}: {error}"));
        let stream = UnixStream::connect(SOCKET).await.map_err(failed)?;
        let peer = stream.peer_cred().map_err(failed)?.pid();
        if peer == Some(self.pid) {
            return Ok(());
        }
        let who = peer.map_or_else(|| "nobody known".to_owned(), |pid| format!("process {pid}"));
        Err(stays(format!("{PID_FILE} names process {}, but {who} listens at {SOCKET}", self.pid)))
    }

    async fn end(&self, host: &Host) -> Result<(), DaemonError> {
        let pid = self.pid;
        let process = Pid::from_raw(pid).ok_or_else(|| stays(format!("{pid} is no process")))?;
        kill_process(process, Signal::TERM)
            .map_err(|error| stays(format!("process {pid} takes no signal: {error}")))?;
        let deadline = Instant::now() + END;
        // One that has ended and was not waited for has no words any more.
        while !words(host, pid, "cmdline").is_empty() {
            if Instant::now() >= deadline {
                let seconds = END.as_secs();
                return Err(stays(format!("process {pid} still runs after {seconds} s")));
            }
            sleep(Duration::from_millis(50)).await;
        }
        Ok(())
    }

    /// The command that starts it as it was started, once it has ended.
    fn successor(&self) -> Command {
        let mut command = Command::new("setsid");
        command.args(["sh", "-c", SUCCESSOR]).arg(self.pid.to_string()).args(&self.words);
        command.env_clear().envs(self.environment.iter().cloned()).current_dir(&self.folder);
        command
    }
}

fn stays(message: String) -> DaemonError {
    DaemonError::Stays { message }
}

/// The words of a process' file under `/proc`, each ended by a zero byte; none where it is gone.
fn words(host: &Host, pid: i32, file: &str) -> Vec<OsString> {
    let bytes = std::fs::read(host.path(format!("/proc/{pid}/{file}"))).unwrap_or_default();
    // A word may be empty; what follows the last zero byte is none.
    let bytes = bytes.strip_suffix(b"\0").unwrap_or(&bytes);
    if bytes.is_empty() {
        return Vec::new();
    }
    bytes.split(|byte| *byte == 0).map(|word| OsString::from_vec(word.to_vec())).collect()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::host::fake::host;

    #[rstest]
    #[case::here("", true, None)]
    #[case::by_name("unix:///var/run/docker.sock", true, None)]
    #[case::far("tcp://h.test:2375", true, Some("tcp://h.test:2375 is not this machine's own"))]
    #[case::rootless("unix:///run/user/1000/docker.sock", true, Some("not this machine's own"))]
    #[case::a_user("", false, Some("only root"))]
    fn only_this_machines_own_daemon_is_restarted(
        #[case] endpoint: &str,
        #[case] root: bool,
        #[case] refused: Option<&str>,
    ) {
        let said = able_as(endpoint, root).err().map(|unable| unable.to_string());
        assert_eq!(said.is_some(), refused.is_some(), "{said:?}");
        assert!(said.unwrap_or_default().contains(refused.unwrap_or_default()));
    }

    #[test]
    fn a_daemon_is_started_again_as_it_was_started() {
        let (_folder, host) = host(&[
            (PID_FILE, "42\n"),
            ("/proc/42/cmdline", "/usr/sbin/dockerd\0--bip\0\0--data-root\0/big disk\0"),
            ("/proc/42/environ", "HTTPS_PROXY=http://p.test:1/?a=b\0PATH=/bin\0"),
        ]);
        let command = Daemon::running(&host).unwrap().successor();
        let command = command.as_std();
        let words: Vec<_> = command.get_args().skip(3).collect();
        assert_eq!(words, ["42", "/usr/sbin/dockerd", "--bip", "", "--data-root", "/big disk"]);
        let environment: Vec<_> =
            command.get_envs().map(|(name, value)| (name, value.unwrap())).collect();
        assert_eq!(environment.len(), 2);
        assert!(environment.contains(&("HTTPS_PROXY".as_ref(), "http://p.test:1/?a=b".as_ref())));
    }

    #[rstest]
    #[case::none(&[], "there is no /var/run/docker.pid")]
    #[case::no_number(&[(PID_FILE, "x")], "holds \"x\"")]
    #[case::the_first_process(&[(PID_FILE, "1")], "holds \"1\"")]
    #[case::gone(&[(PID_FILE, "42")], "process 42, which is no process")]
    #[case::another(&[(PID_FILE, "42"), ("/proc/42/cmdline", "/bin/sh\0-c\0dockerd\0")], "which is /bin/sh")]
    fn a_stranger_is_never_ended(#[case] files: &[(&str, &str)], #[case] expected: &str) {
        let (_folder, host) = host(files);
        let said = Daemon::running(&host).unwrap_err().to_string();
        assert!(said.contains(expected), "{said}");
    }

    /// A process that says who it is once its predecessor has ended.
    #[tokio::test]
    async fn a_successor_waits_for_the_end_and_survives_whoever_asked() {
        let folder = tempfile::tempdir().unwrap();
        let said = folder.path().join("said");
        let mut old = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let pid = i32::try_from(old.id()).unwrap();
        let words = ["sh", "-c", "echo \"$1\" > \"$0\"", said.to_str().unwrap(), "new"];
        let daemon = Daemon {
            pid,
            words: words.map(OsString::from).to_vec(),
            environment: vec![("PATH".into(), "/usr/bin:/bin".into())],
            folder: folder.path().to_owned(),
        };
        let mut successor = daemon.successor().spawn().unwrap();
        sleep(Duration::from_millis(300)).await;
        assert!(!said.exists(), "it did not wait");
        let host = Host::this();
        // The one that has ended is a zombie until it is waited for, as a daemon of ours would be.
        daemon.end(&host).await.unwrap();
        assert!(successor.wait().await.unwrap().success());
        assert_eq!(std::fs::read_to_string(&said).unwrap(), "new\n");
        old.wait().unwrap();
    }

    #[tokio::test]
    async fn another_daemon_at_the_socket_is_not_taken_for_this_one() {
        let daemon = Daemon {
            pid: i32::try_from(std::process::id()).unwrap(),
            words: Vec::new(),
            environment: Vec::new(),
            folder: PathBuf::from("/"),
        };
        // Whether an engine runs here or not: this process is not it.
        let said = daemon.listens().await.unwrap_err().to_string();
        assert!(said.contains(SOCKET), "{said}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_swarm_that_does_not_come_back_is_told() {
        let engine = cc_ci_engine::fake::FakeEngine::new();
        engine.leave_swarm();
        let said = manages(&engine).await.unwrap_err().to_string();
        assert!(said.contains("it answers, but its Swarm is inactive"), "{said}");
        engine.join_swarm();
        manages(&engine).await.unwrap();
    }
}
