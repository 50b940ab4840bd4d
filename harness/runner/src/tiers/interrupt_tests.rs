use cc_ci_backup::{BackupPlace, BackupPlan, Hook, Restic};
use cc_ci_engine::{ExecOutput, stack};
use cc_ci_model::Tier;
use cc_ci_suite::Suite;

use super::*;
use crate::testing::{Scene, services};

fn scene() -> Scene {
    Scene::new(services(&[("app", "app:1", &["data:/data"])]), Suite::default())
}

/// Sends the stack once more with another setting, which replaces its task.
async fn update(scene: &Scene, life: &Life<'_>) {
    let mut spec = life.spec().clone();
    let app = spec.services.get_mut("app").unwrap();
    app.environment.insert("COLOUR".to_owned(), Some("blue".to_owned()));
    let engine = scene.world.site.engine.as_ref();
    stack::deploy(engine, &spec, &life.labels(), &life.secrets).await.unwrap();
}

/// Only an update that goes on is broken off.
#[tokio::test(start_paused = true)]
async fn an_update_is_broken_off_in_the_middle_or_not_at_all() {
    let scene = scene();
    let (life, bench) = (scene.life().await, scene.bench(Tier::Interrupt));
    let broken_off = async || {
        let mut killed = Killed::default();
        break_off_upgrade(&bench, &life, &mut killed).await.unwrap()
    };
    let BrokenOff::No(reason) = broken_off().await else { panic!("nothing was updated") };
    assert!(reason.contains("did not begin the update within 5 s"), "{reason}");
    sleep(Duration::from_secs(60)).await;
    update(&scene, &life).await;
    assert_eq!(broken_off().await, BrokenOff::Yes);
    sleep(Duration::from_secs(120)).await;
    let BrokenOff::No(reason) = broken_off().await else { panic!("the update was over") };
    assert_eq!(reason, "the update had ended before it could be broken off");
}

/// A pass is written for nothing else.
#[rstest::rstest]
#[case::broken_off(Ok(BrokenOff::Yes), "passed", None)]
#[case::too_late(Ok(BrokenOff::No("it was over".to_owned())), "not_run", Some("it was over"))]
#[case::nothing(Ok(BrokenOff::Nothing("none".to_owned())), "not_applicable", Some("none"))]
#[tokio::test(start_paused = true)]
async fn only_what_was_broken_off_passes(
    #[case] broken: Result<BrokenOff, Stop>,
    #[case] word: &str,
    #[case] reason: Option<&str>,
) {
    let scene = scene();
    let bench = scene.bench(Tier::Interrupt);
    tell(&bench, "upgrade_broken_off", Instant::now(), broken).await.unwrap();
    let (check, found, why) = scene.checks().pop().unwrap();
    assert_eq!((check.as_str(), found, why.as_deref()), ("upgrade_broken_off", word, reason));
}

/// What restic ends with, how long the hook takes, and what that is.
#[rstest::rstest]
#[case::killed(137, None, Some(BrokenOff::Yes))]
#[case::killed_with_a_quick_hook(137, Some(false), Some(BrokenOff::Yes))]
#[case::over_before(0, None, Some(BrokenOff::No(OVER.to_owned())))]
#[case::all_over_before(0, Some(false), Some(BrokenOff::No(OVER.to_owned())))]
#[case::in_the_hook(0, Some(true), Some(BrokenOff::Yes))]
#[case::restic_failed(1, None, None)]
#[tokio::test(start_paused = true)]
async fn a_restore_is_broken_off_in_the_middle_or_not_at_all(
    #[case] exit_code: i64,
    #[case] hook_is_slow: Option<bool>,
    #[case] expected: Option<BrokenOff>,
) {
    let scene = scene();
    let (life, bench) = (scene.life().await, scene.bench(Tier::Interrupt));
    scene.fake.on_exec("cc-ci-toolbox", ExecOutput::default());
    let place = (scene.world.site.engine.as_ref(), life.toolbox().unwrap());
    let (password, limit) = ("p".into(), Duration::from_secs(9));
    let made =
        Restic::init(place.0, place.1, (&BackupPlace::default(), "u"), password, limit).await;
    let output = ExecOutput { exit_code, stderr: "no key".into(), ..ExecOutput::default() };
    scene.fake.on_exec("restic restore", output);
    let hook = |slow: bool| Hook {
        service: "app".to_owned(),
        moment: HookMoment::AfterRestore,
        command: if slow { "sleep 30" } else { "true" }.to_owned(),
    };
    let hooks = hook_is_slow.map(hook).into_iter().collect();
    let backup = Backup {
        restic: made.unwrap(),
        plan: BackupPlan { volumes: vec![], excluded: vec![], hooks },
        snapshot: "s".to_owned(),
        dumps: vec![],
        key: "bk".to_owned(),
        removed: Default::default(),
        hooked: Default::default(),
    };
    match (break_off_restore(&bench, &life, &backup).await, expected) {
        (Ok(found), Some(expected)) => assert_eq!(found, expected),
        (Err(Stop::Fault(fault)), None) => {
            assert_eq!(fault.to_string(), "restic restore ended with exit code 1: no key");
        }
        (found, expected) => panic!("{found:?}, not {expected:?}"),
    }
}

const OVER: &str = "restic and its hooks had ended before they could be broken off";
