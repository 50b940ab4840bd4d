//! Takes down what the engine knows about a unit, before anything is cleaned up.

use std::time::Duration;

use cc_ci_engine::ContainerState;
use cc_ci_model::{EvidenceKind, EvidenceRef, UnitId};
use tokio::time::timeout;

use crate::World;
use cc_ci_journal::EvidenceStore;

/// Lines of output that are kept of each container.
const LOG_LINES: u32 = 200;
/// Containers whose output is kept: Swarm itself remembers five ended tasks per service.
const MOST_LOGS: usize = 24;

/// Time for all of it. Evidence is worth a wait, but not one for an engine that hangs.
const LIMIT: Duration = Duration::from_secs(60);

/// Services, tasks, containers and the last output of each container.
///
/// It never fails: where the engine does not answer any more, or not in time, less is kept.
pub(crate) async fn unit(world: &World, unit: &UnitId) -> Vec<EvidenceRef> {
    let mut kept = Vec::new();
    let _ = timeout(LIMIT, all(world, unit, &mut kept)).await;
    kept
}

async fn all(world: &World, unit: &UnitId, kept: &mut Vec<EvidenceRef>) {
    let selector = world.objects_of(unit);
    let engine = world.engine.as_ref();
    let journal = &world.journal;
    if let Ok(services) = engine.services(&selector).await {
        kept.push(journal.keep_json(EvidenceKind::Inspect, "services", &services));
    }
    if let Ok(tasks) = engine.tasks(&selector).await {
        kept.push(journal.keep_json(EvidenceKind::Inspect, "tasks", &tasks));
    }
    let containers = engine.containers(&selector).await.unwrap_or_default();
    let mut inspected: Vec<ContainerState> = Vec::new();
    for container in containers.iter().take(MOST_LOGS) {
        if let Ok(state) = engine.container(&container.id).await {
            inspected.push(state);
        }
        if let Ok(log) = engine.logs(&container.id, LOG_LINES).await
            && !log.is_empty()
        {
            kept.push(journal.keep(EvidenceKind::Log, &container.name, &log));
        }
    }
    if !inspected.is_empty() {
        kept.push(journal.keep_json(EvidenceKind::Inspect, "containers", &inspected));
    }
}
