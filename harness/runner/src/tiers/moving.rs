//! Sends another version of the stack to where one runs, and follows it there.

use std::collections::BTreeSet;

use cc_ci_engine::{Engine, Object, ObjectKind, stack};
use cc_ci_model::{Fault, Mode, PortMode, ServiceSpec, StackSpec};

use super::deploy::send;
use super::stable;
use crate::bench::{Bench, Stop};
use crate::converge::{Watch, before, converge};
use crate::judge::Expected;
use crate::life::{Life, Stage};
use crate::{edge, gateway};

/// A stack on its way to another version.
pub(super) struct Moving {
    watch: Watch,
    expected: Expected,
}

impl Moving {
    /// True where Swarm has no task to replace.
    pub(super) fn replaces_nothing(&self) -> bool {
        self.expected.replaced.is_empty()
    }

    /// For a version that may be there already, in part or as a whole, after these tasks were
    /// killed.
    pub(super) fn expect_nothing_replaced(&mut self, killed: BTreeSet<String>) {
        self.expected.replaced.clear();
        self.expected.dead = killed;
    }
}

/// Sends the stack of `to` and lets gateway, edge and toolbox follow.
pub(super) async fn depart(
    bench: &Bench<'_>,
    life: &mut Life<'_>,
    to: Stage,
) -> Result<Moving, Stop> {
    let engine = bench.world.site.engine.clone();
    let old = life.spec().clone();
    let mut expected = before(engine.as_ref(), &old).await?;
    let watch = Watch::open(&bench.world.site).await?;
    life.stage = to;
    expected.replaced = replaced(&old, life.spec());
    bench
        .check("stack_accepted", async {
            refuse_conflicts(life)?;
            send(bench, life).await?;
            prune(engine.as_ref(), life.spec()).await
        })
        .await?;
    bench.check("doors_follow", follow(bench, life, &old)).await?;
    Ok(Moving { watch, expected })
}

/// What the engine would not take, or would take without a word and keep as it was.
fn refuse_conflicts(life: &Life<'_>) -> Result<(), Fault> {
    let conflicts = &life.plan.conflicts;
    if conflicts.is_empty() {
        return Ok(());
    }
    Err(Fault::BadRecipe { message: conflicts.join("\n") })
}

/// Waits until everything of the version runs; the answer is that of [`converge`].
pub(super) async fn arrive(
    bench: &Bench<'_>,
    life: &Life<'_>,
    moving: &mut Moving,
) -> Result<Option<u64>, Stop> {
    let limits = (life.plan.suite.timeouts.deploy, stable(life));
    converge(bench, &mut moving.watch, life.spec(), &moving.expected, limits).await
}

/// Gateway, edge and toolbox see what the new version has: it may bring networks and volumes of its own.
async fn follow(bench: &Bench<'_>, life: &mut Life<'_>, old: &StackSpec) -> Result<(), Stop> {
    let engine = bench.world.site.engine.as_ref();
    let new = life.spec().clone();
    let (labels, repository) = (life.labels(), life.repository_volume());
    let Some(up) = &mut life.up else { return Ok(()) };
    if let Some(ways) = &mut up.ways {
        gateway::follow(bench.world, &ways.gateway, (old, &new)).await?;
        if ways.edge.is_none() {
            ways.edge = edge::open(bench.world, &new, &labels).await?;
        }
    }
    let names = |spec: &StackSpec| -> BTreeSet<String> {
        spec.volumes.values().map(|volume| volume.name.clone()).collect()
    };
    if names(old) != names(&new) {
        let (old, image) = (up.toolbox.clone(), &bench.world.site.toolbox_image);
        up.toolbox = old.replace(engine, &new, &repository, image, &labels).await?;
    }
    Ok(())
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
        let object = Object::known(ObjectKind::Service, service.id, service.name);
        engine.remove(&object).await?;
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
