//! In-place move to the head version with data intact.

use std::collections::BTreeSet;
use std::time::Duration;

use cc_ci_canary::Store;
use cc_ci_engine::{Engine, Selector, stack};
use cc_ci_model::{Event, Facts, Fault, MountType, Observed, Operation, StackSpec};
use tokio::time::{Instant, sleep_until};

use super::moving::{arrive, depart};
use super::{checks, ready};
use crate::bench::{Bench, Stop, millis_since};
use crate::life::{Life, Stage};
use crate::phases::Sides;
use crate::proof;

/// Within this time Swarm begins to replace tasks whose specification changed; on an idle node it
/// takes a tenth of that. It has no word for "there is nothing to do".
const REPLACING: Duration = Duration::from_secs(1);

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let engine = bench.world.site.engine.clone();
    let key = life.nonce("up");
    bench.waiting("canary data");
    let written = bench.check("canary_data_written", proof::write_all(bench, life, &key)).await?;
    let started = Instant::now();
    let mut moving = depart(bench, life, Stage::Head).await?;
    let tasks = arrive(bench, life, &mut moving);
    let noticed_millis = bench.check("services_converge", tasks).await?;
    let (side, millis) = (life.stage.side(), millis_since(started));
    bench.say(Event::Converged { side, millis, noticed_millis });
    // Sent as early as it can be: what may come of it has time to come while the rest is looked at.
    let again =
        bench.check("same_version_accepted_again", send_again(engine.as_ref(), life)).await?;
    bench.check("version_moved", moved(bench, life)).await?;
    ready(bench, life).await?;
    let before_look = |store: &dyn Store| match store.is_read_in_place() {
        true => carried_over(life, store),
        // The new version's own server is asked, wherever it keeps its data.
        false => Ok(()),
    };
    proof::intact(bench, life, &written, &key, (Operation::Upgrade, &before_look)).await?;
    bench.check("same_version_changes_no_task", unchanged(bench, life, again)).await?;
    checks(bench, life).await
}

/// What ran when the same version was sent once more.
struct Again {
    sent: Instant,
    tasks: BTreeSet<String>,
}

/// Sends what runs already: a deploy is a statement of what is wanted, so nothing may come of it.
async fn send_again(engine: &dyn Engine, life: &Life<'_>) -> Result<Again, Stop> {
    let tasks = running(engine, life).await?;
    let sent = Instant::now();
    stack::deploy(engine, life.spec(), &life.labels(), &life.secrets).await?;
    Ok(Again { sent, tasks })
}

async fn unchanged(bench: &Bench<'_>, life: &Life<'_>, again: Again) -> Result<(), Stop> {
    let engine = bench.world.site.engine.as_ref();
    sleep_until(again.sent + REPLACING).await;
    let now = running(engine, life).await?;
    let ids = |tasks: &BTreeSet<String>| tasks.iter().cloned().collect::<Vec<_>>().join(" ");
    let facts = Facts::default().with("running tasks", ids(&again.tasks), ids(&now));
    bench.observe("same_version_changes_no_task", Observed::Facts(facts));
    if now == again.tasks {
        return Ok(());
    }
    let selector = life.objects();
    let (services, tasks) = tokio::try_join!(engine.services(&selector), engine.tasks(&selector))?;
    let odd = tasks.iter().filter(|task| now.contains(&task.id) != again.tasks.contains(&task.id));
    let named = |id: &str| services.iter().find(|service| service.id == id).map(|s| s.name.clone());
    let services: BTreeSet<_> = odd.filter_map(|task| named(&task.service)).collect();
    Err(Fault::NotIdempotent { services: services.into_iter().collect() }.into())
}

/// The tasks that run and are meant to.
async fn running(engine: &dyn Engine, life: &Life<'_>) -> Result<BTreeSet<String>, Stop> {
    let tasks = engine.tasks(&life.objects()).await?;
    let runs = |task: &cc_ci_engine::TaskState| task.desired == "running" && !task.is_over();
    Ok(tasks.into_iter().filter(runs).map(|task| task.id).collect())
}

/// Data in a volume that the new version does not mount any more is lost to the app, even if the
/// volume itself is still there.
fn carried_over(life: &Life<'_>, store: &dyn Store) -> Result<(), Fault> {
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

/// Every service says that it is at the head: by the commit, where the head is no published version;
/// by the recipe's version label; without either the images decide.
async fn moved(bench: &Bench<'_>, life: &Life<'_>) -> Result<(), Stop> {
    let (engine, spec) = (bench.world.site.engine.as_ref(), life.spec());
    let mut facts = Facts::default();
    let label = |name: &str| format!("coop-cloud.{}.{name}", spec.name);
    let (version, commit) = (label("version"), label("chaos-version"));
    let head = life.plan.head.release.then_some(life.plan.target.version.as_str());
    for state in engine.services(&Selector::stack(spec.name.as_str())).await? {
        let key = state.name.strip_prefix(&format!("{}_", spec.name)).unwrap_or(&state.name);
        let Some(service) = spec.services.get(key) else { continue };
        let wanted = |label| (service.labels.get(label).cloned(), state.labels.get(label).cloned());
        let (expected, found) = match (wanted(&commit), wanted(&version)) {
            ((Some(commit), found), _) => (commit, found),
            // What counts is the version under test: a recipe that forgot to raise its label says
            // the old one on both sides.
            ((None, _), (Some(own), found)) => (head.map_or(own, str::to_owned), found),
            ((None, _), (None, _)) => (service.image.clone(), Some(state.image.clone())),
        };
        let found = found.unwrap_or_default();
        facts = facts.with(&format!("service {key} is at"), &expected, &found);
        bench.observe("version_moved", Observed::Facts(facts.clone()));
        if expected != found {
            return Err(Fault::NotMoved { service: key.to_owned(), expected, found }.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cc_ci_suite::Suite;

    use super::*;
    use crate::testing::{Scene, services};

    #[tokio::test(start_paused = true)]
    async fn the_same_again_changes_nothing_and_something_else_is_named() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        scene.fake.add_image("app:2");
        let life = scene.life().await;
        let engine = scene.world.site.engine.as_ref();
        let bench = scene.bench(cc_ci_model::Tier::Upgrade);
        let again = send_again(engine, &life).await.unwrap();
        assert_eq!(unchanged(&bench, &life, again).await, Ok(()));

        let again = send_again(engine, &life).await.unwrap();
        let mut other = life.spec().clone();
        other.services.get_mut("app").unwrap().image = "app:2".to_owned();
        stack::deploy(engine, &other, &life.labels(), &life.secrets).await.unwrap();
        let services = vec!["unit-abc123_app".to_owned()];
        let fault = Fault::NotIdempotent { services };
        assert_eq!(unchanged(&bench, &life, again).await, Err(Stop::Fault(fault)));
    }
}
