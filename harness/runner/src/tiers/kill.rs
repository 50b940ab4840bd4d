//! Kills every task of a stack at once, as a loss of power does.

use std::collections::BTreeSet;

use cc_ci_engine::{Engine, EngineError, Placed};
use cc_ci_model::{Event, Fault};
use futures_util::future::try_join_all;

use crate::bench::{Bench, Stop};
use crate::life::Life;

/// What was killed.
#[derive(Debug, Default)]
pub(super) struct Killed {
    pub(super) services: BTreeSet<String>,
    pub(super) tasks: BTreeSet<String>,
}

/// A task whose process runs.
pub(super) struct Running {
    pub(super) id: String,
    /// Compose name of its service.
    pub(super) service: String,
    pub(super) container: Placed,
}

/// The tasks of the unit's stack whose processes run.
pub(super) async fn running(
    engine: &dyn Engine,
    life: &Life<'_>,
) -> Result<Vec<Running>, EngineError> {
    let selector = life.objects();
    let (services, tasks) = tokio::try_join!(engine.services(&selector), engine.tasks(&selector))?;
    let prefix = format!("{}_", life.stack());
    let lives = tasks.into_iter().filter(|t| matches!(t.state.as_str(), "starting" | "running"));
    let mut running = Vec::new();
    for task in lives {
        let service = services.iter().find(|service| service.id == task.service);
        let Some(service) = service.and_then(|service| service.name.strip_prefix(&prefix)) else {
            continue;
        };
        if let Some(container) = Placed::of(engine, &task).await? {
            running.push(Running { service: service.to_owned(), id: task.id, container });
        }
    }
    Ok(running)
}

/// Kills the process of every running task at once; the answer names services and tasks.
pub(super) async fn kill_all(bench: &Bench<'_>, life: &Life<'_>) -> Result<Killed, Stop> {
    let killed = kill_what_runs(bench, life).await?;
    if killed.tasks.is_empty() {
        let message = "no task runs that could be killed".to_owned();
        return Err(Fault::Bug { message }.into());
    }
    Ok(killed)
}

/// As [`kill_all`], in the middle of an operation: at that moment it may well be that nothing runs.
pub(super) async fn kill_what_runs(bench: &Bench<'_>, life: &Life<'_>) -> Result<Killed, Stop> {
    let engine = bench.world.site.engine.as_ref();
    let tasks = running(engine, life).await?;
    let mut killed = Killed::default();
    let mut deaths = Vec::new();
    for Running { id, service, container } in &tasks {
        killed.services.insert(service.clone());
        killed.tasks.insert(id.clone());
        deaths.push(container.kill("SIGKILL"));
    }
    let services = killed.services.iter().cloned().collect();
    bench.say(Event::TasksKilled { tier: bench.tier, services });
    try_join_all(deaths).await?;
    Ok(killed)
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Tier;
    use cc_ci_suite::Suite;

    use super::*;
    use crate::testing::{Scene, services};

    #[tokio::test(start_paused = true)]
    async fn every_running_task_is_killed_and_named() {
        let spec = services(&[("app", "app:1", &[]), ("db", "db:1", &[])]);
        let scene = Scene::new(spec, Suite::default());
        let life = scene.life().await;
        let killed = kill_all(&scene.bench(Tier::Restart), &life).await.unwrap();
        assert_eq!(killed.services.into_iter().collect::<Vec<_>>(), ["app", "db"]);
        assert_eq!(killed.tasks.len(), 2);
        assert_eq!(scene.fake.count("kill"), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn where_nothing_runs_nothing_is_proven() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let life = Life::new(&scene.world, &scene.plan, 1);
        let stop = kill_all(&scene.bench(Tier::Restart), &life).await.unwrap_err();
        assert!(matches!(stop, Stop::Fault(Fault::Bug { .. })), "{stop:?}");
    }
}
