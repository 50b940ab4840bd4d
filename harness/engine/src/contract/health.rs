//! Promises about health checks.

use cc_ci_model::Healthcheck;

use super::broken::{Broken, ensure};
use super::subject::Subject;
use super::watch::Watch;
use crate::Health;

const SECOND_NS: u64 = 1_000_000_000;

/// A task with a health check starts until it is healthy, and an event says when it is.
pub async fn a_task_runs_once_it_is_healthy(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut watch = Watch::begin(subject).await?;
    subject.deploy(&subject.stack(|s| s.healthcheck = Some(check("true")))?).await?;
    let starting = watch
        .task("a starting task with a container", |t| {
            t.state == "starting" && t.container.is_some()
        })
        .await?;
    let (node, id) = subject.there(&starting).await?;
    watch
        .event("the container is healthy", |event| {
            event.id == id && event.action == "health_status: healthy"
        })
        .await?;
    watch.running().await?;
    let state = node.container(id).await?;
    ensure(state.health == Health::Healthy, "a healthy container", &state)?;
    let plain = subject.engine.start_container(&subject.own("plain")).await?;
    let state = subject.engine.container(&plain).await?;
    ensure(state.health == Health::None, "no health without a check", &state)
}

/// A container whose check fails is unhealthy, with the check's output, and its task never runs.
pub async fn a_sick_container_says_why(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut watch = Watch::begin(subject).await?;
    let sick = check("echo feverish; exit 1");
    subject.deploy(&subject.stack(|s| s.healthcheck = Some(sick))?).await?;
    let event = watch
        .event("the container is unhealthy", |event| {
            event.kind == "container"
                && event.action == "health_status: unhealthy"
                && subject.mine().matches(&event.attributes)
        })
        .await?;
    let tasks = subject.engine.tasks(&subject.mine()).await?;
    let task = tasks.iter().find(|task| task.container.as_ref() == Some(&event.id));
    let Some(task) = task else { return ensure(false, "a task of the container", tasks) };
    let (node, container) = subject.there(task).await?;
    let state = node.container(container).await?;
    let said = matches!(&state.health, Health::Unhealthy(output) if output.contains("feverish"));
    ensure(said, "unhealthy with the output of the check", &state)?;
    let tasks = subject.engine.tasks(&subject.mine()).await?;
    ensure(tasks.iter().all(|task| task.state != "running"), "no running task", tasks)
}

fn check(script: &str) -> Healthcheck {
    Healthcheck {
        test: vec!["CMD-SHELL".to_owned(), script.to_owned()],
        interval_ns: Some(SECOND_NS),
        timeout_ns: Some(10 * SECOND_NS),
        retries: Some(1),
        start_period_ns: None,
    }
}
