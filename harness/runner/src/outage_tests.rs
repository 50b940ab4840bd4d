//! An engine that falls silent during a run.

use cc_ci_classify::{Dossier, dossiers};
use cc_ci_engine::EngineError;
use cc_ci_model::{Event, Fault, Record, UnitId};
use cc_ci_suite::Suite;
use tokio::time::{Duration, Instant, sleep};

use crate::testing::{Scene, services};
use crate::{RunRequest, Runner};

fn scene() -> Scene {
    Scene::new(services(&[("app", "app:1", &[])]), Suite::default())
}

fn request(scene: &Scene) -> RunRequest {
    let units = vec![scene.plan.clone()];
    RunRequest { units, without_experiments: true, ..RunRequest::default() }
}

/// The attempts that began, and whether each was broken off.
fn attempts(records: &[Record]) -> Vec<(u32, bool)> {
    let ended = records.iter().filter_map(|record| match &record.event {
        Event::UnitFinished { cancelled, .. } => Some((record.attempt, *cancelled)),
        _ => None,
    });
    ended.collect()
}

fn outages(records: &[Record]) -> Vec<String> {
    let failed = records.iter().filter_map(|record| match &record.event {
        Event::RunFailed { fault: Fault::EngineDown { message } } => Some(message.clone()),
        _ => None,
    });
    failed.collect()
}

/// The cases of the run itself, and the red attempts of all others.
fn cases(records: &[Record]) -> (Vec<String>, Vec<u32>) {
    let (run, units): (Vec<Dossier>, _) =
        dossiers(records).into_iter().partition(Dossier::is_of_run);
    let red = units.iter().flat_map(|dossier| &dossier.attempts).filter(|fact| fact.looked_red());
    (run.iter().map(Dossier::case).collect(), red.map(|fact| fact.attempt).collect())
}

#[tokio::test(start_paused = true)]
async fn an_outage_is_waited_for_and_the_attempt_is_made_again() {
    let scene = scene();
    scene.fake.stop_answering();
    let fake = scene.fake.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(60)).await;
        fake.answer_again();
    });
    Runner::new(scene.world.clone()).run(&request(&scene)).await;
    let records = scene.world.journal.records();
    assert_eq!(attempts(&records), [(1, true), (2, false)]);
    let outages = outages(&records);
    assert_eq!(outages.len(), 1, "{outages:?}");
    assert!(outages[0].contains("answered again after 6"), "{outages:?}");
    let (run, red) = cases(&records);
    assert_eq!(run, ["run/harness.engine"]);
    assert!(!red.contains(&1), "the first attempt proves nothing: {red:?}");
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_refuses_once_is_an_outage_too() {
    let scene = scene();
    let (endpoint, message) = ("fake".to_owned(), "Broken pipe".to_owned());
    scene.fake.fail_next("pull", EngineError::Unreachable { endpoint, message });
    Runner::new(scene.world.clone()).run(&request(&scene)).await;
    let records = scene.world.journal.records();
    assert_eq!(attempts(&records), [(1, true), (2, false)], "{:?}", scene.checks());
    assert_eq!(outages(&records).len(), 1);
    let (run, red) = cases(&records);
    assert_eq!((run.len(), red.contains(&1)), (1, false));
}

#[tokio::test(start_paused = true)]
async fn an_engine_that_stays_away_ends_the_run_with_one_case() {
    let scene = scene();
    scene.fake.stop_answering();
    let mut request = request(&scene);
    let mut second = scene.plan.clone();
    second.head.unit = UnitId::new("other@1.0.0+1").unwrap();
    request.units.push(second);
    let started = Instant::now();
    Runner::new(scene.world.clone()).run(&request).await;
    let waited = started.elapsed().as_secs();
    assert!((120..150).contains(&waited), "{waited} s");
    let records = scene.world.journal.records();
    assert_eq!(attempts(&records), [(1, true), (1, true)], "one attempt of each unit");
    assert!(outages(&records)[0].contains("in vain for 120 s"), "{:?}", outages(&records));
    assert_eq!(cases(&records), (vec!["run/harness.engine".to_owned()], Vec::new()));
    let ended =
        records.iter().any(|r| matches!(r.event, Event::RunFinished { cancelled: false, .. }));
    assert!(ended, "nobody broke it off");
}

/// A unit is tried a few times and not for ever.
#[tokio::test(start_paused = true)]
async fn an_engine_that_falls_silent_every_time_is_given_up() {
    let scene = scene();
    let (endpoint, message) = ("fake".to_owned(), "Broken pipe".to_owned());
    let error = EngineError::Unreachable { endpoint, message };
    scene.fake.fail_always("pull", "", error);
    Runner::new(scene.world.clone()).run(&request(&scene)).await;
    let records = scene.world.journal.records();
    assert_eq!(attempts(&records), [(1, true), (2, true), (3, true), (4, true)]);
}

#[tokio::test(start_paused = true)]
async fn a_user_who_breaks_off_does_not_wait_for_a_silent_engine() {
    let scene = scene();
    scene.fake.stop_answering();
    let cancel = scene.world.cancel.clone();
    tokio::spawn(async move {
        sleep(Duration::from_secs(7)).await;
        cancel.cancel();
    });
    let started = Instant::now();
    Runner::new(scene.world.clone()).run(&request(&scene)).await;
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
}
