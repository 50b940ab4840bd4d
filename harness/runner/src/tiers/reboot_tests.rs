use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use cc_ci_engine::fake::FakeEngine;
use cc_ci_engine::{ContainerSpec, Containers as _, LABEL_NAMESPACE, Object, ObjectKind, Selector};
use cc_ci_model::Tier;
use cc_ci_suite::Suite;

use super::*;
use crate::Daemon;
use crate::testing::{Scene, services};

/// A daemon whose restart takes five seconds and ends every container, or none.
struct Counting {
    restarts: AtomicU32,
    engine: FakeEngine,
    ends_containers: bool,
}

#[async_trait]
impl Daemon for Counting {
    async fn restart(&self) -> Result<(), Fault> {
        tokio::time::sleep(Duration::from_secs(5)).await;
        self.restarts.fetch_add(1, Ordering::SeqCst);
        if self.ends_containers {
            for container in self.engine.all_containers().await.unwrap() {
                self.engine.kill(&container.id, "SIGKILL").await.unwrap();
            }
        }
        Ok(())
    }
}

fn scene(ends_containers: bool) -> (Scene, Arc<Counting>) {
    let mut scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
    let (restarts, engine) = (AtomicU32::new(0), scene.fake.clone());
    let daemon = Arc::new(Counting { restarts, engine, ends_containers });
    scene.world.site.daemon = daemon.clone();
    (scene, daemon)
}

/// A unit that is alone on the node, its gateway included.
async fn alone(scene: &Scene) -> Life<'_> {
    let mut life = scene.life().await;
    life.alone = true;
    start(scene, &gateway::name(life.spec()), &life.labels()).await;
    life
}

async fn start(scene: &Scene, name: &str, labels: &[(String, String)]) {
    let spec = ContainerSpec {
        name: name.to_owned(),
        image: "app:1".to_owned(),
        labels: labels.iter().cloned().collect(),
        ..ContainerSpec::default()
    };
    scene.world.site.engine.start_container(&spec).await.unwrap();
}

fn word(scene: &Scene, check: &str) -> Option<&'static str> {
    scene.checks().into_iter().find(|(id, ..)| id == check).map(|(_, word, _)| word)
}

#[rstest::rstest]
#[case::nobodys(&[], true)]
#[case::another_runs(&[(LABEL_RUN, "run-2"), (LABEL_UNIT, "unit@1.0.0+1")], true)]
#[case::the_edge(&[(LABEL_INFRA, "edge")], false)]
#[tokio::test(start_paused = true)]
async fn what_others_run_is_never_stopped(
    #[case] labels: &[(&str, &str)],
    #[case] is_others: bool,
) {
    let (scene, daemon) = scene(true);
    let mut life = alone(&scene).await;
    let labels: Vec<_> = labels.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    start(&scene, "neighbour", &labels).await;
    let bench = scene.bench(Tier::Reboot);
    let reason = in_the_way(&bench, &life).await.unwrap();
    assert_eq!(reason.is_some(), is_others, "{reason:?}");
    if is_others {
        run(&bench, &mut life).await.unwrap();
        assert_eq!(daemon.restarts.load(Ordering::SeqCst), 0);
        let (check, word, reason) = scene.checks().pop().unwrap();
        assert_eq!((check.as_str(), word), ("daemon_restarted", "not_run"));
        assert!(reason.unwrap().contains("neighbour"));
    }
}

#[rstest::rstest]
#[case::paused("paused", true)]
#[case::restarting("restarting", true)]
#[case::ended("exited", false)]
#[tokio::test]
async fn whatever_has_a_process_counts(#[case] state: &str, #[case] counts: bool) {
    let (scene, _) = scene(true);
    start(&scene, "neighbour", &[]).await;
    let mut container = scene.world.site.engine.container("neighbour").await.unwrap();
    container.state = state.to_owned();
    assert_eq!(is_a_strangers(&container, &scene.bench(Tier::Reboot)), counts);
}

#[tokio::test(start_paused = true)]
async fn who_shares_the_node_leaves_its_daemon_alone() {
    let (scene, _) = scene(true);
    let life = scene.life().await;
    let reason = in_the_way(&scene.bench(Tier::Reboot), &life).await.unwrap();
    assert!(reason.unwrap().contains("not alone on the node"));
}

#[tokio::test(start_paused = true)]
async fn what_runs_on_was_not_restarted() {
    for (ends_containers, expected) in [(true, "passed"), (false, "failed")] {
        let (scene, daemon) = scene(ends_containers);
        let life = alone(&scene).await;
        let down = down(&scene.bench(Tier::Reboot), &life).await;
        let services = down.ok().flatten().map(|(expected, services)| {
            assert_eq!(expected.dead.len(), 1);
            services.into_iter().collect::<Vec<_>>()
        });
        assert_eq!(services, ends_containers.then(|| vec!["app".to_owned()]));
        assert_eq!(daemon.restarts.load(Ordering::SeqCst), 1);
        assert_eq!(word(&scene, "daemon_restarted"), Some(expected), "{:?}", scene.checks());
    }
}

#[tokio::test(start_paused = true)]
async fn where_nothing_runs_nothing_is_proven() {
    let (scene, daemon) = scene(true);
    let life = alone(&scene).await;
    for service in scene.world.site.engine.services(&Selector::has(LABEL_NAMESPACE)).await.unwrap()
    {
        let object = Object::known(ObjectKind::Service, service.id, service.name);
        scene.world.site.engine.remove(&object).await.unwrap();
    }
    tokio::time::sleep(Duration::from_secs(30)).await;
    let stop = down(&scene.bench(Tier::Reboot), &life).await.unwrap_err();
    assert!(matches!(stop, Stop::Fault(Fault::Bug { .. })), "{stop:?}");
    assert_eq!(daemon.restarts.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn who_cancels_waits_for_a_daemon_on_its_way_and_sends_none_there() {
    let (scene, daemon) = scene(true);
    let life = alone(&scene).await;
    let cancel = scene.world.cancel.clone();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancel.cancel();
    });
    let bench = scene.bench(Tier::Reboot);
    restart(&bench, &life).await.unwrap();
    assert_eq!(daemon.restarts.load(Ordering::SeqCst), 1);
    assert_eq!(restart(&bench, &life).await, Err(Stop::Cancelled));
    assert_eq!(daemon.restarts.load(Ordering::SeqCst), 1);
}
