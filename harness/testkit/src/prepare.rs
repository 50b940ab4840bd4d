//! Makes the machine able, once, with the project's own commands.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use cc_ci_engine::{Engine, EngineError};
use thiserror::Error;
use tokio::process::Command;

use crate::lock::{self, Sharing};

/// The images that `cc-ci images build` makes.
pub const IMAGES: [&str; 21] = [
    "cc-ci/bore:0.6.0",
    "cc-ci/canaille:0.3.4",
    "cc-ci/canaille:0.3.6",
    "cc-ci/gateway:2",
    "cc-ci/mariadb:10.11",
    "cc-ci/mariadb:11.8",
    "cc-ci/mumble:1.3.4",
    "cc-ci/mumble:1.5.735",
    "cc-ci/nginx:1.22",
    "cc-ci/nginx:1.26",
    "cc-ci/postgres:15",
    "cc-ci/postgres:17",
    "cc-ci/redis:7.0",
    "cc-ci/redis:8.0",
    "cc-ci/registry:2.8",
    "cc-ci/restic:0.18",
    "cc-ci/synapse:1.150.0",
    "cc-ci/synapse:1.163.2",
    "cc-ci/traefik:3.7",
    "cc-ci/wordpress:6.1",
    "cc-ci/wordpress:6.8",
];

/// Why the machine cannot run tests on a real engine. A test fails with it; it never skips.
#[derive(Debug, Error)]
pub enum Unable {
    /// A command of the project did not help.
    #[error("{command} ended with {status}:\n{output}")]
    Command {
        /// The command.
        command: String,
        /// Its exit status.
        status: String,
        /// Its output and error output.
        output: String,
    },
    /// A command of the project cannot be started, or the lock cannot be had.
    #[error("cannot {doing}: {source}")]
    Io {
        /// What was tried.
        doing: String,
        /// What the system said.
        source: std::io::Error,
    },
    /// All commands went well, and yet something is missing.
    #[error("still missing on this machine: {0}")]
    Missing(String),
}

/// What the machine lacks.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    /// An engine that answers and is an active manager.
    Engine(String),
    /// Images, by name.
    Images(Vec<String>),
}

/// Connects to an engine that is able; what is missing is made by `help`, which runs the project's
/// program with the arguments it is given.
///
/// Processes take turns at `turn`, so only the first one of a machine works and the others find it
/// done.
pub(crate) async fn prepare<E: Engine>(
    turn: PathBuf,
    images: &[&str],
    connect: impl AsyncFn() -> Result<E, EngineError>,
    help: impl AsyncFn(&[&str]) -> Result<(), Unable>,
) -> Result<E, Unable> {
    if let Ok(engine) = able(images, &connect).await {
        return Ok(engine);
    }
    let _turn = lock::wait(turn, Sharing::Alone).await?;
    if let Err(Lack::Engine(_)) = able(images, &connect).await {
        help(&["doctor", "--fix", "--yes"]).await?;
    }
    if let Err(Lack::Images(_)) = able(images, &connect).await {
        help(&["images", "build"]).await?;
    }
    match able(images, &connect).await {
        Ok(engine) => Ok(engine),
        Err(Lack::Engine(what)) => Err(Unable::Missing(what)),
        Err(Lack::Images(names)) => Err(Unable::Missing(format!("images {}", names.join(", ")))),
    }
}

async fn able<E: Engine>(
    images: &[&str],
    connect: &impl AsyncFn() -> Result<E, EngineError>,
) -> Result<E, Lack> {
    let broken = |error: EngineError| Lack::Engine(error.to_string());
    let engine = connect().await.map_err(broken)?;
    let node = engine.node().await.map_err(broken)?;
    if node.swarm != "active" || !node.manager {
        return Err(Lack::Engine(format!("an active swarm manager; the swarm is {}", node.swarm)));
    }
    let mut missing = Vec::new();
    for image in images {
        if engine.image(image).await.map_err(broken)?.is_none() {
            missing.push((*image).to_owned());
        }
    }
    if missing.is_empty() { Ok(engine) } else { Err(Lack::Images(missing)) }
}

/// Runs the project's program.
pub(crate) async fn run(bin: &Path, arguments: &[&str]) -> Result<(), Unable> {
    let command = format!("{} {}", bin.display(), arguments.join(" "));
    let output = Command::new(bin).args(arguments).stdin(Stdio::null()).output().await;
    let output = output.map_err(|source| Unable::Io { doing: format!("run {command}"), source })?;
    if output.status.success() {
        return Ok(());
    }
    let text = [output.stdout, output.stderr].concat();
    Err(Unable::Command {
        command,
        status: output.status.to_string(),
        output: String::from_utf8_lossy(&text).into_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use cc_ci_engine::Swarm as _;
    use cc_ci_engine::fake::FakeEngine;
    use rstest::rstest;

    use super::*;
    use crate::TempState;

    /// What [`prepare`] says of a machine whose program says it went well, and what it was asked.
    async fn prepared(
        images: &[&str],
        connect: impl AsyncFn() -> Result<FakeEngine, EngineError>,
        help: impl Fn(&str),
    ) -> (Result<FakeEngine, String>, Vec<String>) {
        let (state, calls) = (TempState::new(), Mutex::new(Vec::new()));
        let result = prepare(state.join("turn"), images, connect, async |arguments: &[&str]| {
            help(arguments[0]);
            calls.lock().unwrap().push(arguments.join(" "));
            Ok(())
        })
        .await;
        (result.map_err(|error| error.to_string()), calls.into_inner().unwrap())
    }

    #[tokio::test]
    async fn an_able_machine_needs_no_command() {
        let fake = FakeEngine::with_images(["a:1"]);
        let (engine, calls) = prepared(&["a:1"], async || Ok(fake.clone()), |_| {}).await;
        assert!(engine.unwrap().node().await.unwrap().manager);
        assert!(calls.is_empty(), "{calls:?}");
    }

    #[tokio::test]
    async fn what_is_missing_is_made() {
        let fake = FakeEngine::new();
        fake.leave_swarm();
        let help = |command: &str| match command {
            "doctor" => fake.join_swarm(),
            _ => fake.add_image("a:1"),
        };
        let (engine, calls) = prepared(&["a:1"], async || Ok(fake.clone()), help).await;
        assert!(engine.is_ok(), "{engine:?}");
        assert_eq!(calls, ["doctor --fix --yes", "images build"]);
    }

    #[tokio::test]
    async fn images_that_were_not_built_are_named() {
        let fake = FakeEngine::with_images(["a:1"]);
        let (engine, calls) = prepared(&["a:1", "b:1"], async || Ok(fake.clone()), |_| {}).await;
        assert_eq!(engine.unwrap_err(), "still missing on this machine: images b:1");
        assert_eq!(calls, ["images build"]);
    }

    #[tokio::test]
    async fn a_doctor_that_lies_is_found_out() {
        let refused = || EngineError::Unreachable { endpoint: "x".into(), message: "y".into() };
        let (engine, calls) = prepared(&[], async || Err(refused()), |_| {}).await;
        assert!(engine.unwrap_err().contains("no engine answers at x"));
        assert_eq!(calls, ["doctor --fix --yes"]);
    }

    #[rstest]
    #[case::well("exit 0", None)]
    #[case::badly("echo a; echo b >&2; exit 20", Some("exit status: 20:\na\nb\n"))]
    #[tokio::test]
    async fn a_command_that_fails_is_quoted(#[case] script: &str, #[case] end: Option<&str>) {
        let result = run(Path::new("/bin/sh"), &["-c", script]).await;
        match end {
            None => assert!(result.is_ok(), "{result:?}"),
            Some(end) => assert!(result.unwrap_err().to_string().ends_with(end)),
        }
    }

    #[tokio::test]
    async fn a_program_that_is_not_there_is_named() {
        let error = run(Path::new("/no/such/program"), &["doctor"]).await.unwrap_err();
        assert!(error.to_string().starts_with("cannot run /no/such/program doctor"), "{error}");
    }
}
