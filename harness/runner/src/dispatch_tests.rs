//! Which units begin, on the fake engine.

use std::num::NonZeroUsize;

use cc_ci_engine::EngineError;
use cc_ci_model::{Event, Outcome, Record, Tier, UnitId};
use cc_ci_schedule::{Jobs, Settings};
use cc_ci_suite::Suite;

use crate::testing::{Scene, services};
use crate::{RunRequest, Runner};

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
