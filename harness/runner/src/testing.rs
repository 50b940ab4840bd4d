//! A unit on the fake engine, for tests of what happens inside its life.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use cc_ci_backup::{BackupPlace, Toolbox, moment};
use cc_ci_canary::{Found, Saved, Standing, Store};
use cc_ci_engine::fake::FakeEngine;
use cc_ci_engine::{ExecOutput, stack};
use cc_ci_journal::{Journal, SystemClock};
use cc_ci_model::{
    Ceilings, EndpointMode, Event, Fault, Leg, Outcome, RunId, StackName, StackSpec, Tier,
    UnitHead, UnitId,
};
use cc_ci_plan::{LegPlan, LintVerdict, SidePlan, UnitPlan};
use cc_ci_schedule::Capacity;
use cc_ci_suite::Suite;
use cc_ci_testkit::TempState;
use tokio_util::sync::CancellationToken;

use crate::bench::Bench;
use crate::life::Life;
use crate::phases::Up;
use crate::{
    Daemon, EdgeKit, Hub, ImageSource, NoSamples, NoTurn, Pulls, Site, Snapshots, SystemEntropy,
    Traces, World,
};

pub(crate) use cc_ci_testkit::stack::services;

const TOOLBOX: &str = "toolbox:1";

/// A stack that runs on the fake engine.
pub(crate) struct Scene {
    pub(crate) fake: FakeEngine,
    pub(crate) world: World,
    pub(crate) plan: UnitPlan,
    _state: TempState,
}

struct Nothing;

#[async_trait]
impl ImageSource for Nothing {
    async fn built(&self, name_and_tag: &str) -> Result<String, Fault> {
        panic!("nobody asks for {name_and_tag}")
    }
}

#[async_trait]
impl Daemon for Nothing {
    async fn restart(&self) -> Result<(), Fault> {
        panic!("nobody asks for that")
    }
}

impl Traces for Nothing {
    fn listening(&self) -> std::io::Result<BTreeSet<u16>> {
        Ok(BTreeSet::new())
    }

    fn mounts(&self) -> std::io::Result<BTreeSet<String>> {
        Ok(BTreeSet::new())
    }
}

impl Scene {
    pub(crate) fn new(spec: StackSpec, suite: Suite) -> Self {
        let state = TempState::new();
        let fake = FakeEngine::with_images(spec.services.values().map(|s| s.image.as_str()));
        fake.add_image(TOOLBOX);
        let cancel = CancellationToken::new();
        let folder = state.join("run");
        let clock = Arc::new(SystemClock);
        let journal = Journal::create(&folder, clock.clone(), None, cancel.clone()).unwrap();
        let edge = EdgeKit {
            image: String::new(),
            command: Vec::new(),
            certificates: state.join("certificates"),
            mounted_at: String::new(),
            ca_pem: String::new(),
        };
        let site = Site {
            node: BTreeMap::new(),
            engine: Arc::new(fake.clone()),
            hub: Hub::default(),
            snapshots: Snapshots::default(),
            pulls: Pulls::default(),
            daemon: Arc::new(Nothing),
            images: Arc::new(Nothing),
            turn: Arc::new(NoTurn),
            traces: Arc::new(Nothing),
            samples: Arc::new(NoSamples),
            edge,
            sockets: state.join("sockets"),
            gateway_image: String::new(),
            toolbox_image: TOOLBOX.to_owned(),
            endpoint_mode: EndpointMode::Dnsrr,
            capacity: Capacity {
                memory: 8 << 30,
                cpu_millis: 2000,
                disk: 1 << 40,
                ..Capacity::default()
            },
        };
        let world = World {
            run: RunId::new("run-1").unwrap(),
            harness: String::new(),
            phase: String::new(),
            site,
            journal,
            backups: BackupPlace::default(),
            ceilings: Ceilings::of_machine(8 << 30),
            clock,
            entropy: Arc::new(SystemEntropy),
            cancel,
            keep: false,
        };
        Self { fake, world, plan: plan(spec, suite), _state: state }
    }

    /// The life of the unit once its tasks and its toolbox run.
    pub(crate) async fn life(&self) -> Life<'_> {
        let mut life = Life::new(&self.world, &self.plan, 1);
        let engine = self.world.site.engine.as_ref();
        let spec = &self.plan.target.spec;
        stack::deploy(engine, spec, &life.labels(), &life.secrets).await.unwrap();
        let volume = life.repository_volume();
        let toolbox = Toolbox::start(engine, spec, &volume, TOOLBOX, &life.labels()).await;
        let toolbox = toolbox.unwrap();
        let now = ExecOutput { stdout: "1780000000\n".into(), ..ExecOutput::default() };
        self.fake.on_exec("date +%s", now);
        let born = moment(engine, &toolbox).await.unwrap();
        life.up = Some(Up { ways: None, toolbox, born });
        tokio::time::sleep(Duration::from_secs(10)).await;
        life
    }

    pub(crate) fn bench(&self, tier: Tier) -> Bench<'_> {
        Bench::new(&self.world, &self.plan.head.unit, 1, tier)
    }

    /// The checks so far: id, word of the outcome, reason.
    pub(crate) fn checks(&self) -> Vec<(String, &'static str, Option<String>)> {
        let check = |event: Event| match event {
            Event::CheckFinished { check, outcome, .. } => {
                Some((check.to_string(), outcome.word(), Outcome::reason(&outcome)))
            }
            _ => None,
        };
        self.world.journal.records().into_iter().filter_map(|record| check(record.event)).collect()
    }
}

fn plan(spec: StackSpec, suite: Suite) -> UnitPlan {
    let side = |spec: StackSpec| SidePlan {
        version: cc_ci_model::Version::new("1.0.0+1").unwrap(),
        spec,
        env: BTreeMap::new(),
    };
    let mut other = spec.clone();
    other.name = StackName::new("unit-fresh1").unwrap();
    let recovery = LegPlan { base: None, target: side(other) };
    UnitPlan {
        head: UnitHead {
            unit: UnitId::new("unit@1.0.0+1").unwrap(),
            recipe: cc_ci_model::RecipeName::new("unit").unwrap(),
            version: cc_ci_model::Version::new("1.0.0+1").unwrap(),
            commit: None,
            release: true,
            base: None,
            base_commit: None,
            base_reason: String::new(),
            stack: spec.name.clone(),
            deploys: 1,
            asked: "unit".to_owned(),
            tiers: Tier::ALL.to_vec(),
            rerun: String::new(),
            inputs_sha256: String::new(),
        },
        domain: "unit.test".to_owned(),
        base: None,
        target: side(spec),
        beside: [(Leg::Recovery, recovery)].into(),
        lint: LintVerdict::default(),
        changes: None,
        files: BTreeMap::new(),
        conflicts: Vec::new(),
        tiers: Tier::ALL.to_vec(),
        suite,
        substitutes: BTreeMap::new(),
    }
}

/// A store in memory: its name, its volume and the keys in it. Where it is in no volume, `rows` is one
/// that does not say where it is.
pub(crate) struct Rows(
    pub(crate) &'static str,
    pub(crate) Option<&'static str>,
    pub(crate) Mutex<BTreeSet<String>>,
);

impl Rows {
    /// A store called `rows` that holds these keys.
    pub(crate) fn with(keys: &[&str]) -> Self {
        Self("rows", None, Mutex::new(keys.iter().map(|key| (*key).to_owned()).collect()))
    }
}

#[async_trait]
impl Store for Rows {
    fn name(&self) -> String {
        self.0.to_owned()
    }

    fn volume(&self) -> Option<&str> {
        self.1
    }

    fn is_in_no_volume(&self) -> bool {
        self.1.is_none() && self.0 != "rows"
    }

    fn is_read_in_place(&self) -> bool {
        false
    }

    fn saved(&self, _standing: &Standing<'_>) -> Saved {
        Saved::Yes
    }

    async fn write(&self, _standing: &Standing<'_>, key: &str) -> Result<(), Fault> {
        self.2.lock().unwrap().insert(key.to_owned());
        Ok(())
    }

    async fn find(&self, _standing: &Standing<'_>, key: &str) -> Result<Found, Fault> {
        Ok(if self.2.lock().unwrap().contains(key) { Found::Intact } else { Found::Gone })
    }

    async fn damage(&self, _standing: &Standing<'_>, key: &str) -> Result<bool, Fault> {
        Ok(self.2.lock().unwrap().remove(key))
    }

    fn forgets(&self) -> bool {
        true
    }

    async fn clear(&self, _standing: &Standing<'_>, key: &str) -> Result<(), Fault> {
        self.2.lock().unwrap().remove(key);
        Ok(())
    }
}
