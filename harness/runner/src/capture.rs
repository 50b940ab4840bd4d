//! Takes down what the engine knows about a unit, before anything is cleaned up.

use std::sync::Arc;
use std::time::Duration;

use cc_ci_engine::{ContainerState, Node, Selector};
use cc_ci_model::{EvidenceKind, EvidenceRef};
use tokio::time::sleep;

use crate::World;
use crate::bench::Bench;
use crate::samples;
use cc_ci_journal::EvidenceStore;

/// Lines of output that are kept of each container.
const LOG_LINES: u32 = 200;
/// Containers whose output is kept: Swarm itself remembers five ended tasks per service.
const MOST_LOGS: usize = 24;

/// Time for all of it. Evidence is worth a wait, but not one for an engine that hangs.
const LIMIT: Duration = Duration::from_secs(60);
/// A capture that takes longer than this is reported as a wait.
const NOTICED: Duration = Duration::from_secs(3);
/// What is left of the time once the user breaks off, or the engine falls silent.
const LAST_MOMENT: Duration = Duration::from_millis(500);

/// Services, tasks, containers and the last output of each container.
///
/// It never fails: where the engine does not answer any more, or not in time, or the user breaks off, less is
/// kept.
pub(crate) async fn unit(bench: &Bench<'_>) -> Vec<EvidenceRef> {
    let mut kept = Vec::new();
    let over = async {
        tokio::select! {
            () = bench.world.cancel.cancelled() => {}
            () = bench.silenced() => {}
        }
        sleep(LAST_MOMENT).await;
    };
    let limit = async {
        sleep(NOTICED).await;
        bench.waiting("the engine, for what it knows about the unit");
        sleep(LIMIT.saturating_sub(NOTICED)).await;
    };
    let objects = bench.objects();
    tokio::select! {
        biased;
        () = all(bench.world, &objects, &mut kept) => {}
        () = over => {}
        () = limit => {}
    }
    kept
}

async fn all(world: &World, selector: &Selector, kept: &mut Vec<EvidenceRef>) {
    // First, as it needs no engine.
    kept.extend(samples::before_red(world));
    let engine = world.site.engine.as_ref();
    let journal = &world.journal;
    if let Ok(services) = engine.services(selector).await {
        kept.push(journal.keep_json(EvidenceKind::Inspect, "services", &services));
    }
    if let Ok(tasks) = engine.tasks(selector).await {
        kept.push(journal.keep_json(EvidenceKind::Inspect, "tasks", &tasks));
    }
    let mut inspected: Vec<ContainerState> = Vec::new();
    for node in reached(world).await {
        let containers = node.containers(selector).await.unwrap_or_default();
        for container in containers.iter().take(MOST_LOGS.saturating_sub(inspected.len())) {
            if let Ok(state) = node.container(&container.id).await {
                inspected.push(state);
            }
            if let Ok(log) = node.logs(&container.id, LOG_LINES).await
                && !log.is_empty()
            {
                kept.push(journal.keep(EvidenceKind::Log, &container.name, &log));
            }
        }
    }
    if !inspected.is_empty() {
        kept.push(journal.keep_json(EvidenceKind::Inspect, "containers", &inspected));
    }
}

/// The nodes of the Swarm that can be acted on; where their list cannot be had, the node that answers.
async fn reached(world: &World) -> Vec<Arc<dyn Node>> {
    let engine = &world.site.engine;
    let mut reached: Vec<Arc<dyn Node>> = Vec::new();
    for node in engine.nodes().await.unwrap_or_default() {
        reached.extend(engine.at(&node).await);
    }
    if reached.is_empty() {
        reached.push(engine.clone());
    }
    reached
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{Event, Tier};
    use cc_ci_suite::Suite;
    use tokio::time::Instant;

    use super::*;
    use crate::testing::{Scene, services};

    fn waits(scene: &Scene) -> usize {
        let records = scene.world.journal.records();
        records.iter().filter(|record| matches!(record.event, Event::Waiting { .. })).count()
    }

    #[tokio::test(start_paused = true)]
    async fn an_engine_that_hangs_is_waited_for_and_not_for_ever() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        scene.fake.hang("services");
        let started = Instant::now();
        assert!(unit(&scene.bench(Tier::Deploy)).await.is_empty());
        assert_eq!((started.elapsed(), waits(&scene)), (LIMIT, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn the_user_ends_it_at_once() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        scene.fake.hang("tasks");
        let cancel = scene.world.cancel.clone();
        let (after, started) = (Duration::from_secs(20), Instant::now());
        tokio::spawn(async move {
            sleep(after).await;
            cancel.cancel();
        });
        let kept = unit(&scene.bench(Tier::Deploy)).await;
        assert_eq!(started.elapsed(), after + LAST_MOMENT);
        // What the engine answered before is kept.
        assert_eq!(kept.len(), 1, "{kept:?}");
    }
}
