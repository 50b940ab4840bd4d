//! In-place move to the head version with data intact.

use std::collections::BTreeSet;

use cc_ci_engine::{Engine, Object, ObjectKind, Selector, stack};
use cc_ci_model::{
    Event, Fault, Mode, MountType, Operation, PortMode, ServiceSpec, Side, StackSpec,
};
use tokio::time::Instant;

use super::deploy::send;
use super::{checks, defect, ready, stable};
use crate::bench::{Bench, Stop, millis_since};
use crate::canary;
use crate::converge::{Watch, before, converge};
use crate::gateway;
use crate::life::{Life, Sides};

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let engine = bench.world.engine.clone();
    let key = life.nonce("up");
    bench.waiting("canary data");
    let written = bench.check("canary_data_written", write_all(bench, life, &key)).await?;

    let mut expected = before(engine.as_ref(), life.spec()).await?;
    let sides = life.sides()?;
    expected.replaced = replaced(&sides.first, &sides.target);
    let mut watch = Watch::open(engine.as_ref()).await?;
    let started = Instant::now();
    life.at_head = true;
    bench
        .check("stack_accepted", async {
            send(bench, life, Side::Head).await?;
            prune(engine.as_ref(), life.spec()).await
        })
        .await?;
    bench.check("doors_follow", follow(bench, life)).await?;
    let limits = (life.plan.suite.timeouts.deploy, stable(life));
    let tasks = converge(bench, &mut watch, life.spec(), &expected, limits);
    bench.check("services_converge", tasks).await?;
    bench.say(Event::Converged { side: Side::Head, millis: millis_since(started) });
    bench.check("version_moved", moved(engine.as_ref(), life)).await?;
    ready(bench, life).await?;
    for store in written {
        bench.waiting(format!("canary data in {}", store.name()));
        let intact = async {
            carried_over(life, store.as_ref())?;
            let found = store.find(life, &key).await?;
            let after = Operation::Upgrade;
            if let Some((store, detail)) = defect(store.as_ref(), &key, found) {
                return Err(Fault::DataLost { store, detail, after }.into());
            }
            Ok(store.clear(life, &key).await?)
        };
        bench.check(&format!("data_intact.{}", store.name()), intact).await?;
    }
    checks(bench, life).await
}

/// Gateway and toolbox see what the new version has: it may bring networks and volumes of its own.
async fn follow(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let engine = bench.world.engine.as_ref();
    let Sides { first, target } = life.sides()?;
    gateway::follow(engine, first, target).await?;
    let names = |spec: &StackSpec| -> BTreeSet<String> {
        spec.volumes.values().map(|volume| volume.name.clone()).collect()
    };
    if names(first) != names(target)
        && let Some(toolbox) = life.toolbox.clone()
    {
        let image = &bench.world.toolbox_image;
        let fresh = toolbox.replace(engine, target, image, &life.labels).await?;
        life.toolbox = Some(fresh);
    }
    Ok(())
}

/// Data in a volume that the new version does not mount any more is lost to the app, even if the
/// volume itself is still there.
fn carried_over(life: &Life<'_>, store: &dyn canary::Store) -> Result<(), Fault> {
    let Sides { first, target } = life.sides()?;
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

/// Writes canary data to every store of the stack; returns the stores that hold some now.
async fn write_all(
    bench: &Bench<'_>,
    life: &mut Life<'_>,
    key: &str,
) -> Result<Vec<std::sync::Arc<dyn canary::Store>>, Stop> {
    life.stores = canary::discover(life).await?;
    for store in &life.stores {
        store.write(life, key).await?;
        bench.say(Event::CanaryWritten {
            tier: bench.tier,
            store: store.name(),
            key: key.to_owned(),
            negative: false,
        });
    }
    Ok(life.stores.clone())
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
