//! `doctor --fix`: makes the machine able, or says what to type.

use cc_ci_engine::{Engine, EngineError};
use serde::Serialize;
use thiserror::Error;

use super::steps::{Powers, by_hand, install, missing_packages};
use crate::command::{CommandError, run};
use crate::daemon::{Connect, DaemonError, start};
use crate::lock::{Lock, MINUTES};
use crate::{Host, LockError, Progress, Settings};

/// The address that a one-node Swarm tells its members: there are no others.
const ADVERTISE: &str = "127.0.0.1";

/// What was done, and what only somebody else can do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Fixed {
    /// What was done, in order; empty where nothing was missing.
    pub done: Vec<String>,
    /// Commands for the reader to type; empty where nothing is left to do.
    pub commands: Vec<String>,
}

/// Why the machine could not be made able.
#[derive(Debug, Error)]
pub enum FixError {
    /// A command of the system failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The engine's daemon does not come up.
    #[error(transparent)]
    Daemon(#[from] DaemonError),
    /// The engine refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// Another process could not be waited for.
    #[error(transparent)]
    Lock(#[from] LockError),
}

/// Makes this machine able: installs what is missing, starts the daemon and a one-node Swarm.
///
/// As root on Debian or Ubuntu it acts; elsewhere it returns the commands to type. Doing it again
/// does nothing.
///
/// # Errors
/// What the system or the engine said when it refused.
pub async fn fix(
    settings: &Settings,
    connect: Connect<'_>,
    progress: &dyn Progress,
) -> Result<Fixed, FixError> {
    let root = rustix::process::geteuid().is_root();
    fix_on(&Host::this(), root, settings, connect, progress).await
}

async fn fix_on(
    host: &Host,
    root: bool,
    settings: &Settings,
    connect: Connect<'_>,
    progress: &dyn Progress,
) -> Result<Fixed, FixError> {
    let mut fixed = Fixed::default();
    let powers = Powers::of(host, root);
    let _lock = if powers == Powers::All {
        Some(Lock::take(&settings.locks, "doctor", MINUTES, progress).await?)
    } else {
        None
    };
    let engine = match connect().await {
        Ok(engine) => engine,
        Err(EngineError::Unreachable { endpoint, .. }) if is_remote(&endpoint) => {
            fixed
                .commands
                .push(format!("start the engine behind {endpoint}, or unset DOCKER_HOST"));
            return Ok(fixed);
        }
        Err(_) if powers != Powers::All => {
            fixed.commands = by_hand(host, powers);
            fixed.commands.push("cc-ci doctor --fix".to_owned());
            return Ok(fixed);
        }
        Err(_) => {
            install_packages(host, true, &mut fixed, progress).await?;
            // The package starts its daemon itself where systemd runs.
            match connect().await {
                Ok(engine) => engine,
                Err(_) => {
                    progress.line("starting dockerd");
                    let engine = start(host, settings, connect, progress).await?;
                    fixed.done.push("started the engine's daemon".to_owned());
                    engine
                }
            }
        }
    };
    match powers {
        Powers::All => install_packages(host, false, &mut fixed, progress).await?,
        Powers::NotRoot => fixed.commands.extend(install(&missing_packages(host, false))),
        // Base images are pulled there; the doctor's finding says what happens without.
        Powers::OtherSystem => {}
    }
    swarm(&*engine, &mut fixed).await?;
    Ok(fixed)
}

async fn swarm(engine: &dyn Engine, fixed: &mut Fixed) -> Result<(), FixError> {
    let node = engine.node().await?;
    match node.swarm.as_str() {
        "active" => {}
        "inactive" | "" => {
            engine.start_swarm(ADVERTISE).await?;
            fixed.done.push("started a one-node Swarm".to_owned());
        }
        "locked" => fixed.commands.push("docker swarm unlock".to_owned()),
        // Leaving a Swarm destroys its services: never on our own.
        _ => fixed.commands.push("docker swarm leave --force && cc-ci doctor --fix".to_owned()),
    }
    Ok(())
}

async fn install_packages(
    host: &Host,
    needs_engine: bool,
    fixed: &mut Fixed,
    progress: &dyn Progress,
) -> Result<(), CommandError> {
    let packages = missing_packages(host, needs_engine);
    if packages.is_empty() {
        return Ok(());
    }
    // Nobody is there to answer, and what runs here is not restarted behind its owner's back.
    let env = [("DEBIAN_FRONTEND", "noninteractive"), ("NEEDRESTART_SUSPEND", "1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    run("apt-get", &["update"], &env, progress).await?;
    let mut args = vec!["install", "-y", "--no-install-recommends"];
    args.extend(["-o", "Dpkg::Options::=--force-confold"]);
    args.extend(&packages);
    run("apt-get", &args, &env, progress).await?;
    fixed.done.push(format!("installed {}", packages.join(", ")));
    Ok(())
}

/// True where the engine is another machine's, which is not ours to change.
fn is_remote(endpoint: &str) -> bool {
    endpoint.contains("://") && !endpoint.starts_with("unix://")
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::super::facts::fake;
    use super::*;
    use crate::daemon::Connecting;
    use crate::host::fake::host;

    fn silent(endpoint: &'static str) -> impl Fn() -> Connecting + Send + Sync {
        move || {
            Box::pin(async move {
                let (endpoint, message) = (endpoint.to_owned(), "no".to_owned());
                Err(EngineError::Unreachable { endpoint, message })
            })
        }
    }

    #[rstest]
    #[case::user(
        "ID=debian\n",
        false,
        "unix:///x",
        "sudo apt-get update && sudo apt-get install -y"
    )]
    #[case::other_system("ID=alpine\n", true, "unix:///x", "install Docker Engine")]
    #[case::remote(
        "ID=alpine\n",
        false,
        "tcp://h.test:2375",
        "start the engine behind tcp://h.test:2375"
    )]
    #[tokio::test]
    async fn without_powers_it_only_says_what_to_type(
        #[case] release: &str,
        #[case] root: bool,
        #[case] endpoint: &'static str,
        #[case] first: &str,
    ) {
        let (_folder, host) = host(&[("/etc/os-release", release)]);
        let connect = silent(endpoint);
        let fixed = fix_on(&host, root, &fake::settings(), &connect, &|_: &str| ()).await.unwrap();
        assert_eq!(fixed.done, Vec::<String>::new());
        assert!(fixed.commands[0].starts_with(first), "{:?}", fixed.commands);
    }
}
