use std::collections::BTreeMap;

use cc_ci_engine::fake::FakeEngine;
use cc_ci_engine::{ConfigObject, Swarm as _};
use cc_ci_lock::{LeaseFile, Who};
use cc_ci_model::{RunId, VolumeSpec};
use jiff::{SignedDuration, Timestamp};

use super::*;
use crate::{Claim, Host, engine_time, survey};

/// A fake engine and a folder of locks.
struct Scene {
    fake: FakeEngine,
    place: Place,
    state: tempfile::TempDir,
}

impl Scene {
    fn new() -> Self {
        let state = tempfile::tempdir().unwrap();
        let place = Place::at(state.path().join("locks"));
        Self { fake: FakeEngine::new(), place, state }
    }

    fn beside(&self) -> Beside {
        Beside::at(self.state.path().join("run"))
    }

    fn lock(&self, run: &str) -> LeaseFile {
        self.place.lease(&Who::run(run), self.state.path()).unwrap()
    }

    async fn volume(&self, name: &str, run: &str) {
        let volume = VolumeSpec { name: name.to_owned(), ..VolumeSpec::default() };
        self.fake.create_volume(&volume, &[(LABEL_RUN.to_owned(), run.to_owned())]).await.unwrap();
    }

    /// A lease of `run` as `change` makes it.
    async fn lease(&self, run: &str, change: impl FnOnce(&mut Claim, Timestamp)) {
        let run = RunId::new(run).unwrap();
        let now = engine_time(&self.fake).await.unwrap();
        let mut claim = Claim::of(&Host::this(self.place.id().unwrap()), now);
        change(&mut claim, now);
        self.fake.create_config(&claim.config(&run)).await.unwrap();
    }

    /// What `reap` does; run → state.
    async fn reap(&self, allowed: Allowed, dry_run: bool) -> BTreeMap<String, State> {
        let beside = self.beside();
        let found = survey(&self.fake, &self.place, &beside).await.unwrap();
        let mut states = BTreeMap::new();
        for run in found.runs {
            let row = reap(&self.fake, &self.place, &beside, run, allowed, dry_run).await.unwrap();
            states.insert(row.run, row.state);
        }
        states
    }

    /// Everything that is on the engine, by name.
    async fn names(&self) -> Vec<String> {
        let all = self.fake.everything().await.unwrap().into_iter();
        let mut names: Vec<_> = all.map(|object| object.name).collect();
        names.sort();
        names
    }
}

const PLAIN: Allowed = Allowed { unclaimed: false, kept: false };
const YES: Allowed = Allowed { unclaimed: true, kept: false };
const KEPT: Allowed = Allowed { unclaimed: false, kept: true };

fn states<const N: usize>(all: [(&str, State); N]) -> BTreeMap<String, State> {
    all.into_iter().map(|(run, state)| (run.to_owned(), state)).collect()
}

#[tokio::test(start_paused = true)]
async fn only_what_ended_runs_left_is_removed() {
    let scene = Scene::new();
    let _lock = scene.lock("living");
    for run in ["living", "dead", "kept", "alone", "there", "silent"] {
        scene.volume(&format!("{run}-data"), run).await;
    }
    scene.lease("living", |_, _| ()).await;
    scene.lease("dead", |_, _| ()).await;
    scene.lease("kept", |claim, _| claim.kept = true).await;
    scene.lease("there", |claim, _| claim.host = "there".to_owned()).await;
    let silence = SignedDuration::from_secs(601);
    scene
        .lease("silent", |claim, now| {
            (claim.host, claim.beat) = ("there".to_owned(), now - silence);
        })
        .await;
    let expected = [
        ("living", State::Living),
        ("dead", State::WouldRemove),
        ("kept", State::Kept),
        ("alone", State::Unclaimed),
        ("there", State::Living),
        ("silent", State::WouldRemove),
    ];
    let before = scene.names().await;
    assert_eq!(scene.reap(PLAIN, true).await, states(expected));
    assert_eq!(scene.names().await, before, "a dry run removes nothing");

    let removed = expected.map(|(run, state)| match state {
        State::WouldRemove => (run, State::Removed),
        _ => (run, state),
    });
    assert_eq!(scene.reap(PLAIN, false).await, states(removed));
    let mut left = before.clone();
    left.retain(|name| !name.contains("dead") && !name.contains("silent"));
    assert_eq!(scene.names().await, left);

    scene.reap(YES, false).await;
    assert!(!scene.names().await.contains(&"alone-data".to_owned()));
    scene.reap(KEPT, false).await;
    let last = ["cc-ci-lease-living", "cc-ci-lease-there", "living-data", "there-data"];
    assert_eq!(scene.names().await, last.map(str::to_owned));
}

#[tokio::test(start_paused = true)]
async fn an_empty_or_malformed_run_label_selects_nothing() {
    let scene = Scene::new();
    let _lock = scene.lock("living");
    scene.volume("living-data", "living").await;
    scene.volume("empty", "").await;
    scene.volume("odd", "Not a run!").await;
    scene.volume("none", "../x").await;
    let found = survey(&scene.fake, &scene.place, &scene.beside()).await.unwrap();
    let foreign: Vec<_> = found.foreign.iter().map(|object| object.name.as_str()).collect();
    assert_eq!(foreign, ["empty", "none", "odd"]);
    assert_eq!(scene.reap(YES, false).await, states([("living", State::Living)]));
    assert_eq!(scene.names().await.len(), 4, "nothing is removed");
}

#[tokio::test(start_paused = true)]
async fn what_a_dead_run_has_on_this_machine_goes_too() {
    let scene = Scene::new();
    let (dead, living) = ("20260102-030405-dead", "20260102-030405-live");
    let lock = scene.lock(living);
    for run in [dead, living] {
        std::fs::create_dir_all(scene.state.path().join("run").join(run).join("main")).unwrap();
    }
    // A killed process leaves its lock file, and no process holds the lock.
    let leases = scene.place.path().join("leases");
    std::fs::copy(leases.join(format!("{living}.lock")), leases.join(format!("{dead}.lock")))
        .unwrap();
    let reaped = scene.reap(PLAIN, false).await;
    assert_eq!(reaped, states([(dead, State::Removed), (living, State::Living)]));
    assert_eq!(scene.place.leases().unwrap(), [living]);
    assert_eq!(scene.beside().runs(), [living]);
    drop(lock);
}

#[tokio::test(start_paused = true)]
async fn a_damaged_lease_keeps_its_run_alive() {
    let scene = Scene::new();
    scene.volume("data", "odd").await;
    let labels = BTreeMap::from([
        (LABEL_RUN.to_owned(), "odd".to_owned()),
        (cc_ci_engine::LABEL_LEASE.to_owned(), "9".to_owned()),
    ]);
    let config = ConfigObject {
        name: "lease".to_owned(),
        data: b"x".to_vec(),
        template_driver: None,
        labels,
    };
    scene.fake.create_config(&config).await.unwrap();
    assert_eq!(scene.reap(YES, false).await, states([("odd", State::Living)]));
}
