//! Promises about commands in containers.

use std::time::Duration;

use super::broken::{Broken, ensure, ensure_conflict};
use super::services::sh;
use super::subject::Subject;
use super::watch::Watch;
use crate::{ContainerSpec, EngineError, ExecSpec};

/// The exit code is the command's own and no error.
pub async fn exec_answers_with_the_exit_code(subject: &Subject<'_>) -> Result<(), Broken> {
    let id = subject.engine.start_container(&subject.own("codes")).await?;
    for code in [0, 1, 42] {
        let exec = ExecSpec::sh(format!("exit {code}"));
        let output = subject.engine.exec(&id, &exec).await?;
        ensure(output.exit_code == code, &format!("exit code {code}"), &output)?;
    }
    // By name as well as by id.
    let output = subject.engine.exec(&subject.name("codes"), &ExecSpec::new(["true"])).await?;
    ensure(output.ok(), "exit code 0 by name", output)
}

/// Output and error output come apart.
pub async fn exec_keeps_the_streams_apart(subject: &Subject<'_>) -> Result<(), Broken> {
    let id = subject.engine.start_container(&subject.own("streams")).await?;
    let exec = ExecSpec::sh("echo out; echo err >&2; exit 4");
    let output = subject.engine.exec(&id, &exec).await?;
    let apart = output.stdout == b"out\n" && output.stderr == b"err\n" && output.exit_code == 4;
    ensure(apart, "out, err and exit code 4", output)
}

/// A command reads its input to the end and sees its environment.
pub async fn exec_gets_its_input_and_environment(subject: &Subject<'_>) -> Result<(), Broken> {
    let id = subject.engine.start_container(&subject.own("input")).await?;
    // More than a pipe holds, with bytes that are not text.
    let bytes: Vec<u8> = (0..200_000_u32).map(|n| (n % 251) as u8).collect();
    let output = subject.engine.exec(&id, &ExecSpec::new(["cat"]).input(bytes.clone())).await?;
    let same = output.stdout == bytes;
    ensure(same, "the input as output", (output.exit_code, output.stdout.len(), output.stderr))?;
    let exec = ExecSpec::new(["printenv", "COLOUR"]).env("COLOUR", "blue");
    let output = subject.engine.exec(&id, &exec).await?;
    ensure(output.text() == "blue", "the environment", output)
}

/// What a command prints can be taken in pieces, all of it and in order.
pub async fn exec_passes_its_output_on(subject: &Subject<'_>) -> Result<(), Broken> {
    let id = subject.engine.start_container(&subject.own("pieces")).await?;
    let bytes: Vec<u8> = (0..300_000_u32).map(|n| (n % 241) as u8).collect();
    let exec = ExecSpec::new(["cat"]).input(bytes.clone());
    let (to, mut from) = tokio::sync::mpsc::channel(1);
    let taken = async {
        let mut all = Vec::new();
        while let Some(piece) = from.recv().await {
            all.extend(piece);
        }
        all
    };
    let (output, taken) = tokio::join!(subject.engine.exec_into(&id, &exec, to), taken);
    let output = output?;
    ensure(taken == bytes, "the input in pieces", taken.len())?;
    ensure(output.ok() && output.stdout.is_empty(), "exit code 0 and nothing kept", output)?;
    // Who stops taking does not stop the command.
    let (to, from) = tokio::sync::mpsc::channel(1);
    drop(from);
    let output = subject.engine.exec_into(&id, &ExecSpec::sh("echo out; exit 3"), to).await?;
    ensure(output.exit_code == 3, "exit code 3", output)
}

/// A command that takes too long is a timeout, not a result.
pub async fn exec_has_a_limit(subject: &Subject<'_>) -> Result<(), Broken> {
    let id = subject.engine.start_container(&subject.own("slow")).await?;
    let exec = ExecSpec::sh("sleep 60").within(Duration::from_secs(1));
    let result = subject.engine.exec(&id, &exec).await;
    let late = matches!(result, Err(EngineError::Timeout { seconds: 1, .. }));
    ensure(late, "a timeout after 1 s", result)
}

/// A container that does not run is a conflict.
pub async fn exec_needs_a_running_container(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut watch = Watch::begin(subject).await?;
    let spec = ContainerSpec { command: Some(sh("exit 5")), ..subject.own("ended") };
    let id = subject.engine.start_container(&spec).await?;
    let state = watch
        .until("the container ended", async |engine, _| {
            let state = engine.container(&id).await?;
            Ok((state.state == "exited").then_some(state))
        })
        .await?;
    ensure(state.exit_code == Some(5) && state.pid == 0, "exit code 5, no process", &state)?;
    let result = subject.engine.exec(&id, &ExecSpec::new(["true"])).await;
    ensure_conflict("exec in an ended container", result)
}
