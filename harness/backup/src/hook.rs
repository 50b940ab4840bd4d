//! Runs hooks where the contract says: inside the running container of their service.

use std::time::Duration;

use cc_ci_engine::{Engine, EngineError, ExecOutput, ExecSpec, Placed, Selector};
use cc_ci_model::StackName;
use thiserror::Error;
use tokio::time::{Instant, sleep};

use crate::Hook;

/// Why a hook could not be run to its end.
#[derive(Debug, Error)]
pub enum HookError {
    /// The service has no running container.
    #[error("service {service} had no running container for {seconds} s")]
    NoContainer {
        /// The service.
        service: String,
        /// How long it was looked for.
        seconds: u64,
    },
    /// The engine failed.
    #[error(transparent)]
    Engine(#[from] EngineError),
}

/// The container that runs the newest task of a service right now, on the node of the task.
///
/// # Errors
/// The engine's own.
pub async fn running_container(
    engine: &dyn Engine,
    stack: &StackName,
    service: &str,
) -> Result<Option<Placed>, EngineError> {
    let selector = Selector::stack(stack.as_str());
    let name = format!("{stack}_{service}");
    let services = engine.services(&selector).await?;
    let Some(state) = services.into_iter().find(|state| state.name == name) else {
        return Ok(None);
    };
    let tasks = engine.tasks(&selector).await?;
    let running = tasks.into_iter().rev().find(|task| {
        task.service == state.id && task.state == "running" && task.desired == "running"
    });
    match running {
        Some(task) => Placed::of(engine, &task).await,
        None => Ok(None),
    }
}

/// Runs `hook` and waits for its end.
///
/// The container is looked up at the moment of the call. If it is replaced between look-up and
/// exec, the engine answers that it does not run and the look-up is made again: the hook has not
/// started then, so this repeats nothing.
///
/// # Errors
/// No container within `limit`, or the engine's own.
pub async fn run_hook(
    engine: &dyn Engine,
    stack: &StackName,
    hook: &Hook,
    limit: Duration,
) -> Result<ExecOutput, HookError> {
    let deadline = Instant::now() + limit;
    let exec = ExecSpec::sh(&hook.command).within(limit);
    loop {
        if let Some(container) = running_container(engine, stack, &hook.service).await? {
            match container.exec(&exec).await {
                Err(EngineError::Conflict { .. } | EngineError::NotFound { .. }) => {}
                other => return Ok(other?),
            }
        }
        if Instant::now() >= deadline {
            let service = hook.service.clone();
            return Err(HookError::NoContainer { service, seconds: limit.as_secs() });
        }
        sleep(Duration::from_millis(100)).await;
    }
}
