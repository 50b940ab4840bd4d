//! In-place move to the head version with data intact.

use std::collections::BTreeSet;

use cc_ci_engine::{Engine, Object, ObjectKind, Selector, stack};
use cc_ci_model::{
    Event, Fault, Mode, MountType, Operation, PortMode, ServiceSpec, Side, StackSpec,
};
use tokio::time::Instant;

use super::deploy::send;
use super::{checks, ready, stable};
use crate::bench::{Bench, Stop, millis_since};
use crate::canary;
use crate::converge::{Watch, before, converge};
use crate::gateway;
use crate::life::{Life, Sides, Stage};
use crate::proof;

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let engine = bench.world.engine.clone();
    let key = life.nonce("up");
    bench.waiting("canary data");
    let written = bench.check("canary_data_written", proof::write_all(bench, life, &key)).await?;

    let mut expected = before(engine.as_ref(), life.spec()).await?;
    let sides = life.sides()?;
    expected.replaced = replaced(&sides.first, &sides.target);
    let mut watch = Watch::open(engine.as_ref()).await?;
    let started = Instant::now();
    life.stage = Stage::Head;
    bench
        .check("stack_accepted", async {
            send(bench, life).await?;
            prune(engine.as_ref(), life.spec()).await
        })
        .await?;
    bench.check("doors_follow", follow(bench, life)).await?;
    let limits = (life.plan.suite.timeouts.deploy, stable(life));
    let tasks = converge(bench, &mut watch, life.spec(), &expected, limits);
    let noticed_millis = bench.check("services_converge", tasks).await?;
    let (side, millis) = (Side::Head, millis_since(started));
    bench.say(Event::Converged { side, millis, noticed_millis });
    bench.check("version_moved", moved(engine.as_ref(), life)).await?;
    ready(bench, life).await?;
    let before_look = |store: &dyn canary::Store| carried_over(life, store);
    proof::intact(bench, life, &written, &key, (Operation::Upgrade, &before_look)).await?;
    checks(bench, life).await
}

/// Gateway and toolbox see what the new version has: it may bring networks and volumes of its own.
async fn follow(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let engine = bench.world.engine.as_ref();
    let Sides { first, target, .. } = life.sides()?;
    gateway::follow(engine, first, target).await?;
    let names = |spec: &StackSpec| -> BTreeSet<String> {
        spec.volumes.values().map(|volume| volume.name.clone()).collect()
    };
    if names(first) != names(target)
        && let Some(toolbox) = life.toolbox.clone()
    {
        let image = &bench.world.toolbox_image;
        let repository = life.repository_volume();
        let fresh = toolbox.replace(engine, target, &repository, image, &life.labels()).await?;
        life.toolbox = Some(fresh);
    }
    Ok(())
}

/// Data in a volume that the new version does not mount any more is lost to the app, even if the
/// volume itself is still there.
fn carried_over(life: &Life<'_>, store: &dyn canary::Store) -> Result<(), Fault> {
    let Sides { first, target, .. } = life.sides()?;
    let Some(key) = store.volume() else { return Ok(()) };
    let name = |spec: &StackSpec| spec.volumes.get(key).map(|volume| volume.name.clone());
    let mounted = target
        .services
        .values()
        .flat_map(|service| &service.mounts)
        .any(|mount| mount.kind == MountType::Volume && mount.source == key);
    if name(first) == name(target) && mounted {
        return Ok(());
    }
    let detail = format!("no service of the new version mounts volume {key} of the old one");
    Err(Fault::DataLost { store: store.name(), detail, after: Operation::Upgrade })
}

/// Services whose tasks Swarm has to replace: what makes a task differs, not only labels of the
/// service, its policies, its number of copies, where it may run or what the mesh publishes.
fn replaced(old: &StackSpec, new: &StackSpec) -> BTreeSet<String> {
    let container = |service: &ServiceSpec| {
        let mut service = service.clone();
        service.labels.clear();
        (service.update, service.rollback, service.mode) = (None, None, Mode::default());
        (service.placement, service.endpoint_mode) = Default::default();
        service.ports.retain(|port| port.mode == PortMode::Host);
        service
    };
    // Secrets and configs are immutable: new content comes under a new name on the engine.
    let files = |stack: &StackSpec, service: &ServiceSpec| -> Vec<String> {
        let secrets = service.secrets.iter().filter_map(|r| stack.secrets.get(&r.source));
        let configs = service.configs.iter().filter_map(|r| stack.configs.get(&r.source));
        secrets.map(|s| s.name.clone()).chain(configs.map(|c| c.name.clone())).collect()
    };
    let changed = |key: &&String| {
        let (Some(before), Some(after)) = (old.services.get(*key), new.services.get(*key)) else {
            return false;
        };
        // A service with no copies has no task that could be replaced.
        after.mode != Mode::Replicated(0)
            && (container(before) != container(after) || files(old, before) != files(new, after))
    };
    new.services.keys().filter(changed).cloned().collect()
}

/// `docker stack deploy` leaves services running that the new version no longer has.
async fn prune(engine: &dyn Engine, spec: &StackSpec) -> Result<(), Stop> {
    for service in stack::dropped(engine, spec).await? {
        let object = Object {
            kind: ObjectKind::Service,
            id: service.id,
            name: service.name,
            labels: service.labels,
            created: String::new(),
        };
        engine.remove(&object).await?;
    }
    Ok(())
}

/// Every service that carries the recipe's version label carries the head's; without such a label
/// the images decide.
async fn moved(engine: &dyn Engine, life: &Life<'_>) -> Result<(), Stop> {
    let spec = life.spec();
    let label = format!("coop-cloud.{}.version", spec.name);
    let head = life.plan.target.version.as_str();
    for state in engine.services(&Selector::stack(spec.name.as_str())).await? {
        let key = state.name.strip_prefix(&format!("{}_", spec.name)).unwrap_or(&state.name);
        let Some(service) = spec.services.get(key) else { continue };
        let (expected, found) = match service.labels.get(&label) {
            // What counts is the version under test: a recipe that forgot to raise its label says
            // the old one on both sides.
            Some(_) => (head.to_owned(), state.labels.get(&label).cloned()),
            None => (service.image.clone(), Some(state.image.clone())),
        };
        let found = found.unwrap_or_default();
        if expected != found {
            return Err(Fault::NotMoved { service: key.to_owned(), expected, found }.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn stack(service: ServiceSpec) -> StackSpec {
        StackSpec {
            name: cc_ci_model::StackName::new("s").unwrap(),
            services: BTreeMap::from([("app".to_owned(), service)]),
            networks: BTreeMap::new(),
            volumes: BTreeMap::new(),
            secrets: BTreeMap::new(),
            configs: BTreeMap::new(),
        }
    }

    #[test]
    fn only_a_changed_container_is_replaced() {
        let old = ServiceSpec { image: "a:1".into(), ..ServiceSpec::default() };
        let labels = BTreeMap::from([("version".to_owned(), "2".to_owned())]);
        let relabelled = ServiceSpec { labels, ..old.clone() };
        assert!(replaced(&stack(old.clone()), &stack(relabelled)).is_empty());
        let moved = ServiceSpec { image: "a:2".into(), ..old.clone() };
        assert_eq!(replaced(&stack(old), &stack(moved)), BTreeSet::from(["app".to_owned()]));
    }
}
