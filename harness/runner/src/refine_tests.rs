//! Failing services on the fake engine, and the sentence that a reader gets.

use std::time::Duration;

use cc_ci_engine::fake::Behaviour;
use cc_ci_model::{Fault, Healthcheck, Secret, Tier};
use cc_ci_suite::Suite;

use crate::bench::Stop;
use crate::converge::{Watch, converge};
use crate::judge::Expected;
use crate::testing::{Scene, services};

fn scene(command: &str, check: Option<&str>) -> Scene {
    let mut spec = services(&[("app", "app:1", &[])]);
    for service in spec.services.values_mut() {
        let words = ["sh", "-c", command].map(str::to_owned);
        service.command = (!command.is_empty()).then(|| words.to_vec());
        service.healthcheck = check.map(|check| Healthcheck {
            test: vec!["CMD-SHELL".to_owned(), check.to_owned()],
            interval_ns: Some(1_000_000_000),
            retries: Some(2),
            ..Healthcheck::default()
        });
    }
    Scene::new(spec, Suite::default())
}

/// Why the stack of `scene` does not come up within `limit`.
async fn fault(scene: &Scene, limit: Duration) -> Fault {
    let bench = scene.bench(Tier::Deploy);
    let mut watch = Watch::open(&scene.world.site).await.unwrap();
    let life = scene.life().await;
    let times = (limit, Duration::from_secs(1));
    let spec = life.spec().clone();
    match converge(&bench, &mut watch, &spec, &Expected::default(), times).await {
        Err(Stop::Fault(fault)) => fault,
        other => panic!("{other:?}"),
    }
}

const LONG: Duration = Duration::from_secs(120);

#[tokio::test(start_paused = true)]
async fn a_crash_loop_says_what_its_process_said() {
    let scene =
        scene("echo starting; echo 'fatal: no database is configured'; echo bye; exit 1", None);
    let fault = fault(&scene, LONG).await;
    let said = fault.to_string();
    assert!(said.ends_with("exit code 1: fatal: no database is configured"), "{said}");
    assert_eq!(fault.said().unwrap().tail, "starting\nfatal: no database is configured\nbye");
}

#[tokio::test(start_paused = true)]
async fn a_polite_end_is_not_followed_by_nothing() {
    let said = fault(&scene("exit 0", None), LONG).await.to_string();
    assert!(said.ends_with("exit code 0, and nothing was printed"), "{said}");
    let said = fault(&scene("echo 'nothing to do'; exit 0", None), LONG).await.to_string();
    assert!(said.ends_with("exit code 0: nothing to do"), "{said}");
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_the_log_is_hidden_before_lines_are_cut() {
    let secret = "a-made-up-password-of-this-very-test";
    let command = format!("echo 'error: login with {secret} refused'; exit 1");
    let scene = scene(&command, None);
    let _ = scene.world.journal.hide([&Secret::from(secret)]);
    let fault = fault(&scene, LONG).await;
    assert!(!format!("{fault:?}").contains("made-up"), "{fault:?}");
    assert!(fault.to_string().contains("error: login with"), "{fault}");
}

#[tokio::test(start_paused = true)]
async fn the_health_check_speaks_before_the_exit_code() {
    let scene = scene("", Some("echo 'connection to db refused'; exit 1"));
    scene.fake.prints("app:1", "waiting\nERROR: role app does not exist\n");
    let said = fault(&scene, LONG).await.to_string();
    let expected = "service app is unhealthy: connection to db refused; its log says: \
                    ERROR: role app does not exist";
    assert_eq!(said, expected);
}

#[tokio::test(start_paused = true)]
async fn a_silent_health_check_is_called_so() {
    let scene = scene("", Some("exit 1"));
    let said = fault(&scene, LONG).await.to_string();
    assert_eq!(said, "service app is unhealthy: its health check failed and printed nothing");
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_ends_says_what_was_wrong_meanwhile() {
    let mut scene = scene("", Some("echo 'connection to db refused'; exit 1"));
    for service in scene.plan.target.spec.services.values_mut() {
        service.healthcheck.as_mut().unwrap().start_period_ns = Some(900_000_000_000);
    }
    scene.fake.prints("app:1", "waiting for db:5432\n");
    let fault = fault(&scene, Duration::from_secs(20)).await;
    let Fault::Deadline { waiting_for, .. } = &fault else { panic!("{fault:?}") };
    let expected = "app 0/1 (starting); the health check of app says: connection to db refused; \
                    the log of app says: waiting for db:5432";
    assert_eq!(waiting_for, expected);
}

#[tokio::test(start_paused = true)]
async fn the_engine_s_own_words_stay() {
    let scene = scene("", None);
    let error = "starting container failed: exec: \"run\": executable file not found in $PATH";
    let behaviour = Behaviour::Crashes { exit_code: 127, error: error.to_owned() };
    scene.fake.script("app:1", behaviour);
    let said = fault(&scene, LONG).await.to_string();
    assert!(said.ends_with(error), "{said}");
}
