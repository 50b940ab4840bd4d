//! Which units begin, on the fake engine.

use std::num::NonZeroUsize;
use std::sync::Arc;

use cc_ci_engine::EngineError;
use cc_ci_model::{Event, Leg, NodeSample, NodeWindow, Outcome, Record, Stall, Tier, UnitId};
use cc_ci_schedule::{Jobs, Settings};
use cc_ci_suite::Suite;
use tokio::time::Instant;

use crate::before::Before;
use crate::testing::{Scene, services};
use crate::{PastLeg, RunRequest, Runner, Samples};

fn scene() -> Scene {
    Scene::new(services(&[("app", "app:1", &[])]), Suite::default())
}

/// Three units, one after the other.
fn request(scene: &Scene) -> RunRequest {
    let unit = |name: &str| {
        let mut plan = scene.plan.clone();
        // Who restarts the daemon has the node alone.
        plan.tiers.retain(|tier| *tier != Tier::Reboot);
        plan.head.unit = UnitId::new(format!("{name}@1.0.0+1")).unwrap();
        plan
    };
    let schedule =
        Settings { jobs: Jobs::Fixed(NonZeroUsize::new(1).unwrap()), ..Settings::default() };
    let units = ["a", "b", "c"].map(unit).to_vec();
    RunRequest { units, schedule, without_experiments: true, ..RunRequest::default() }
}

/// Each unit is red in its first check.
fn without_images(scene: &Scene) {
    let (object, message) = ("app:1".to_owned(), "rpc error".to_owned());
    scene.fake.fail_always("pull", "", EngineError::Conflict { object, message });
}

async fn carried_out(scene: &Scene, request: &RunRequest) -> Vec<Record> {
    Runner::new(scene.world.clone()).run(request).await;
    scene.world.journal.records()
}

fn begun(records: &[Record]) -> usize {
    records.iter().filter(|record| matches!(record.event, Event::UnitStarted { .. })).count()
}

fn left_out(records: &[Record]) -> Vec<(String, String)> {
    let said = records.iter().filter_map(|record| match &record.event {
        Event::NotBegun { reason } => Some((record.unit.as_ref()?.to_string(), reason.clone())),
        _ => None,
    });
    said.collect()
}

#[tokio::test(start_paused = true)]
async fn units_beside_each_other_are_all_tried() {
    let scene = scene();
    let mut request = request(&scene);
    request.schedule.jobs = Jobs::Auto;
    scene.fake.add_to_registry("app:1");
    let records = carried_out(&scene, &request).await;
    assert_eq!((begun(&records), left_out(&records)), (3, vec![]));
    let starts = records.iter().position(|r| matches!(r.event, Event::UnitFinished { .. }));
    let before = &records[..starts.unwrap()];
    assert!(begun(before) > 1, "a second unit begins before the first has ended");
}

#[tokio::test(start_paused = true)]
async fn one_job_is_one_unit_at_a_time() {
    let scene = scene();
    let records = carried_out(&scene, &request(&scene)).await;
    let mut running = 0;
    for record in &records {
        match record.event {
            Event::UnitStarted { .. } => running += 1,
            Event::UnitFinished { .. } => running -= 1,
            _ => {}
        }
        assert!(running <= 1, "{record:?}");
    }
    assert_eq!(begun(&records), 3);
}

#[tokio::test(start_paused = true)]
async fn nothing_begins_after_the_first_red_unit_where_that_was_asked_for() {
    let scene = scene();
    without_images(&scene);
    let request = RunRequest { fail_fast: true, ..request(&scene) };
    let records = carried_out(&scene, &request).await;
    assert_eq!(begun(&records), 1);
    let left_out = left_out(&records);
    assert_eq!(left_out.len(), 2, "{left_out:?}");
    assert!(left_out.iter().all(|(_, reason)| reason.contains("red")), "{left_out:?}");
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_is_over_begins_nothing_and_says_so_of_each_unit() {
    let scene = scene();
    let mut request = request(&scene);
    request.schedule.deadline_millis = Some(0);
    let records = carried_out(&scene, &request).await;
    assert_eq!(begun(&records), 0);
    let left_out = left_out(&records);
    assert_eq!(left_out.len(), 3, "{left_out:?}");
    assert!(left_out.iter().all(|(_, reason)| reason.contains("deadline")), "{left_out:?}");
}

/// What rests on a tier that is red is blocked by it, in whichever leg it would be.
#[tokio::test(start_paused = true)]
async fn legs_do_not_begin_where_the_main_leg_is_red() {
    let scene = scene();
    without_images(&scene);
    let request = RunRequest { units: vec![scene.plan.clone()], ..request(&scene) };
    let records = carried_out(&scene, &request).await;
    let ended = |wanted: Tier| {
        records.iter().find_map(|record| match &record.event {
            Event::TierFinished { tier, outcome, .. } if *tier == wanted => Some(outcome.clone()),
            _ => None,
        })
    };
    for tier in [Tier::Recovery, Tier::Interrupt] {
        assert_eq!(ended(tier), Some(Outcome::Blocked { by: Tier::Deploy }), "{tier}");
    }
    assert_eq!(ended(Tier::Teardown), Some(Outcome::Passed));
}

/// A kept instance is no forgotten one.
#[tokio::test(start_paused = true)]
async fn a_kept_instance_is_not_torn_down_and_nothing_is_red_for_that() {
    let mut scene = scene();
    scene.world.keep = true;
    let mut plan = scene.plan.clone();
    plan.tiers = vec![Tier::Deploy, Tier::Teardown];
    let request = RunRequest { units: vec![plan], ..request(&scene) };
    let records = carried_out(&scene, &request).await;
    let torn_down = records.iter().find_map(|record| match &record.event {
        Event::TierFinished { tier: Tier::Teardown, outcome, .. } => Some(outcome.clone()),
        _ => None,
    });
    let kept = "the instance is kept on demand".to_owned();
    assert_eq!(torn_down, Some(Outcome::NotRun { reason: kept }));
}

/// A node whose memory is always short, by another share at each look.
#[derive(Default)]
struct Short(std::sync::atomic::AtomicU32);

impl Samples for Short {
    fn window(&self, _: Instant) -> NodeWindow {
        NodeWindow::default()
    }

    fn raw(&self, _: Instant) -> Vec<NodeSample> {
        let looks = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let memory = Some(Stall { some: 100.0, full: Some(90.0 + f64::from(looks % 8)) });
        vec![NodeSample { memory, ..NodeSample::default() }]
    }
}

#[tokio::test(start_paused = true)]
async fn a_node_in_trouble_gets_one_unit_at_a_time_and_says_why() {
    let mut scene = scene();
    scene.world.site.samples = Arc::new(Short::default());
    let mut request = request(&scene);
    request.schedule.jobs = Jobs::Auto;
    scene.fake.add_to_registry("app:1");
    let records = carried_out(&scene, &request).await;
    assert_eq!(begun(&records), 3, "a leg may always run");
    let second = records.iter().filter(|r| matches!(r.event, Event::UnitStarted { .. })).nth(1);
    let second = second.unwrap().at;
    let waits = records.iter().find_map(|record| match &record.event {
        Event::UnitWaits { on } if record.at <= second => Some(on.clone()),
        _ => None,
    });
    let waits = waits.unwrap();
    assert!(waits.contains("work waited for memory in 9"), "{waits}");
    let said = records.iter().filter(|r| matches!(r.event, Event::UnitWaits { .. })).count();
    assert!(said <= 4, "trouble that goes on is told once: {said}");
}

#[tokio::test(start_paused = true)]
async fn what_past_runs_say_is_written_down_and_gone_by() {
    let scene = scene();
    let mut request = request(&scene);
    let unit = request.units[2].head.unit.clone();
    let past = PastLeg { millis: 900_000, memory_bytes: Some(7 << 20), runs: 4 };
    request.past.legs.insert((unit.clone(), Leg::Main), past);
    let records = carried_out(&scene, &request).await;
    let said = records.iter().find(|r| matches!(r.event, Event::Predicted { .. })).unwrap();
    let PastLeg { millis, memory_bytes, runs } = past;
    let predicted =
        Event::Predicted { unit: unit.clone(), leg: Leg::Main, millis, memory_bytes, runs };
    assert_eq!(said.event, predicted);
    let first = records.iter().find(|r| matches!(r.event, Event::UnitStarted { .. })).unwrap();
    assert_eq!(first.unit.as_ref(), Some(&unit), "the longest is first");
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_killed_goes_on_with_what_had_not_ended() {
    let scene = scene();
    scene.fake.add_to_registry("app:1");
    let mut request = request(&scene);
    // The first unit ends, the second is killed in its attempt, the third never began.
    let heads: Vec<_> = request.units.iter().map(|plan| plan.head.clone()).collect();
    let first = RunRequest { units: vec![request.units[0].clone()], ..RunRequest::default() };
    let journal = &scene.world.journal;
    journal.write(
        None,
        0,
        Event::RunStarted {
            run: scene.world.run.clone(),
            harness: "0.1.0".to_owned(),
            phase: "night".to_owned(),
            node: std::collections::BTreeMap::new(),
            units: heads.clone(),
        },
    );
    let runner = Runner::new(scene.world.clone());
    crate::dispatch::all(&runner, &first, &Before::default()).await;
    journal.write(Some(&heads[1].unit), 1, Event::UnitStarted { isolated: false });
    let killed = journal.read(<[Record]>::len);
    request.resume = true;
    let records = carried_out(&scene, &request).await;
    let after = &records[killed..];
    let said = after.iter().find(|r| matches!(r.event, Event::Resumed { .. })).unwrap();
    let (ended, again) = (vec![heads[0].unit.clone()], vec![heads[1].unit.clone()]);
    assert_eq!(said.event, Event::Resumed { ended, again });
    let started = |r: &Record| matches!(r.event, Event::UnitStarted { .. });
    let begun: Vec<_> =
        after.iter().filter(|r| started(r)).map(|r| (r.unit.clone(), r.attempt)).collect();
    assert_eq!(begun, [(Some(heads[1].unit.clone()), 2), (Some(heads[2].unit.clone()), 1)]);
    assert!(!after.iter().any(|r| matches!(r.event, Event::RunStarted { .. })));
}
