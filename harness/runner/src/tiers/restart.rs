//! Every task is killed at once, as when a machine loses power; the app comes back by itself.

use std::collections::BTreeSet;
use std::time::Duration;

use cc_ci_engine::{Engine, Selector};
use cc_ci_model::{Event, Fault, Operation, RestartCondition, StackSpec};
use futures_util::future::try_join_all;

use super::{checks, ready, stable};
use crate::bench::{Bench, Stop};
use crate::converge::{Watch, before, converge};
use crate::judge::{Expected, serves};
use crate::life::Life;
use crate::proof;

/// What was killed.
#[derive(Debug, Default)]
pub(super) struct Killed {
    services: BTreeSet<String>,
    tasks: BTreeSet<String>,
}

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let key = life.nonce("rs");
    bench.waiting("canary data");
    let stores = bench.check("canary_data_written", proof::write_all(bench, life, &key)).await?;
    bench.check("restart_is_allowed", async { Ok(unattended(life.spec())?) }).await?;
    let engine = bench.world.engine.clone();
    let mut watch = Watch::open(engine.as_ref()).await?;
    let mut expected = before(engine.as_ref(), life.spec()).await?;
    let killed = bench.check("tasks_killed", kill_all(bench, engine.as_ref(), life)).await?;
    expected.killed = killed.tasks;
    come_back(bench, life, (&mut watch, &expected), &killed.services).await?;
    proof::intact(bench, life, &stores, &key, (Operation::Restart, &|_| Ok(()))).await?;
    checks(bench, life).await
}

/// Waits until the killed services run again in new tasks, and serve.
async fn come_back(
    bench: &Bench<'_>,
    life: &Life<'_>,
    (watch, expected): (&mut Watch, &Expected),
    killed: &BTreeSet<String>,
) -> Result<(), Stop> {
    let spec = life.spec();
    let pause = killed.iter().filter_map(|key| restart_delay(spec, key)).max();
    let limit = life.plan.suite.timeouts.deploy + pause.unwrap_or_default();
    let tasks = converge(bench, watch, spec, expected, (limit, stable(life)));
    bench.check("services_converge", tasks).await?;
    ready(bench, life).await
}

/// The pause that the recipe wants before a restart.
fn restart_delay(spec: &StackSpec, key: &str) -> Option<Duration> {
    let policy = spec.services.get(key)?.restart.as_ref()?;
    policy.delay_ns.map(Duration::from_nanos)
}

/// Kills the process of every running task at once; the answer names services and tasks.
async fn kill_all(bench: &Bench<'_>, engine: &dyn Engine, life: &Life<'_>) -> Result<Killed, Stop> {
    let selector = Selector::stack(life.stack().as_str());
    let (services, tasks) = tokio::try_join!(engine.services(&selector), engine.tasks(&selector))?;
    let prefix = format!("{}_", life.stack());
    let mut killed = Killed::default();
    let mut deaths = Vec::new();
    for task in tasks.iter().filter(|task| task.state == "running" && task.desired == "running") {
        let Some(container) = &task.container else { continue };
        let service = services.iter().find(|service| service.id == task.service);
        let key = service.and_then(|service| service.name.strip_prefix(&prefix));
        killed.services.extend(key.map(str::to_owned));
        killed.tasks.insert(task.id.clone());
        deaths.push(engine.kill(container, "SIGKILL"));
    }
    if deaths.is_empty() {
        let message = "no task runs that could be killed".to_owned();
        return Err(Fault::Bug { message }.into());
    }
    let services = killed.services.iter().cloned().collect();
    bench.say(Event::TasksKilled { tier: bench.tier, services });
    try_join_all(deaths).await?;
    Ok(killed)
}

/// A policy that forbids to restart is told at once; waiting for what cannot come proves nothing.
pub(super) fn unattended(spec: &StackSpec) -> Result<(), Fault> {
    for (service, wanted) in &spec.services {
        let policy = wanted.restart.as_ref().and_then(|policy| policy.condition);
        if policy == Some(RestartCondition::None) && serves(wanted) {
            let detail = "its restart policy is `condition: none`".to_owned();
            return Err(Fault::NotRestarted { service: service.clone(), detail });
        }
    }
    Ok(())
}
