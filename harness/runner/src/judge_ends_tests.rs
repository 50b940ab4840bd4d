//! Tasks that end: crash loops, one-shots and servers that stay down.

use super::*;

#[tokio::test]
async fn three_failed_tasks_are_a_crash_loop_and_two_are_not() {
    let failed = |count: usize| -> Vec<_> {
        (0..count).map(|n| task(&n.to_string(), "failed", "shutdown")).collect()
    };
    let two = look(service(), &failed(2), &Expected::default());
    assert!(matches!(two, Judgement::Waiting(_)));
    let three = look(service(), &failed(3), &Expected::default());
    assert!(matches!(three, Judgement::Failed(Fault::CrashLoop { failures: 3, .. })));

    let known_tasks = failed(3).into_iter().map(|task| task.id).collect();
    let expected = Expected { known_tasks, ..Expected::default() };
    assert!(matches!(look(service(), &failed(3), &expected), Judgement::Waiting(_)));
}

#[tokio::test]
async fn a_server_that_ends_politely_again_and_again_is_a_crash_loop() {
    let ended: Vec<_> = (0..3)
        .map(|n| TaskState { exit_code: Some(0), ..task(&n.to_string(), "complete", "shutdown") })
        .collect();
    let seen = look(service(), &ended, &Expected::default());
    assert!(matches!(seen, Judgement::Failed(Fault::CrashLoop { exit_code: Some(0), .. })));
}

#[tokio::test(start_paused = true)]
async fn failures_far_apart_are_no_crash_loop() {
    let mut memory = Memory::default();
    let mut tasks = Vec::new();
    for n in 0..5 {
        tasks.push(task(&n.to_string(), "failed", "shutdown"));
        let seen = ([service()], &tasks);
        let seen = (seen.0.as_slice(), seen.1.as_slice());
        let expected = Expected::default();
        let now = Instant::now();
        let (judgement, news) =
            judge(&spec(None), &expected, &mut memory, seen, Duration::ZERO, now);
        assert!(matches!(judgement, Judgement::Waiting(_)));
        assert_eq!(news.len(), 1);
        tokio::time::advance(Duration::from_secs(45)).await;
    }
}

#[tokio::test]
async fn a_one_shot_that_ends_well_is_done_and_one_that_fails_is_red_at_once() {
    let one_shot = ServiceState { one_shot: true, ..service() };
    let done = [task("1", "complete", "shutdown")];
    assert_eq!(look(one_shot.clone(), &done, &Expected::default()), Judgement::Ready);

    let mut memory = Memory::default();
    let failed = [task("1", "failed", "shutdown")];
    let services = [one_shot];
    let seen = (services.as_slice(), failed.as_slice());
    let spec = spec(Some(RestartCondition::None));
    let expected = Expected::default();
    let (judgement, _) = judge(&spec, &expected, &mut memory, seen, Duration::ZERO, Instant::now());
    assert!(matches!(judgement, Judgement::Failed(Fault::OneShotFailed { .. })));
}

/// A service that runs is up, unless it is known that its work has an end.
#[rstest::rstest]
#[case::never_started_again(RestartCondition::None, &[], &[], true)]
#[case::ended_before(RestartCondition::OnFailure, &["complete"], &[], true)]
#[case::ended_in_an_earlier_stack(RestartCondition::OnFailure, &[], &["app"], true)]
#[case::a_worker_for_all_that_is_known(RestartCondition::OnFailure, &[], &["other"], false)]
#[case::always_started_again(RestartCondition::Any, &["complete"], &["app"], false)]
#[tokio::test]
async fn a_one_shot_that_runs_is_waited_for(
    #[case] condition: RestartCondition,
    #[case] before: &[&str],
    #[case] one_shots: &[&str],
    #[case] waits: bool,
) {
    let one_shot = condition != RestartCondition::Any;
    let services = [ServiceState { one_shot, ..service() }];
    let known_tasks = BTreeSet::from(["0".to_owned()]);
    let one_shots = one_shots.iter().map(|name| (*name).to_owned()).collect();
    let expected = Expected { known_tasks, one_shots, ..Expected::default() };
    let look = |state: &str, desired: &str| {
        let mut tasks: Vec<_> = before.iter().map(|state| task("0", state, "shutdown")).collect();
        tasks.push(task("1", state, desired));
        let (mut memory, seen) = (Memory::default(), (services.as_slice(), tasks.as_slice()));
        let spec = spec(Some(condition));
        judge(&spec, &expected, &mut memory, seen, Duration::ZERO, Instant::now()).0
    };
    let runs = Judgement::Waiting("app 0/1 (running)".to_owned());
    let expected = if waits { runs } else { Judgement::Ready };
    assert_eq!(look("running", "running"), expected);
    if one_shot {
        assert_eq!(look("complete", "shutdown"), Judgement::Ready);
    }
}

/// Nobody starts a server again that ended with 0 where only failures are restarted; waiting for it
/// would only end with the time.
#[rstest::rstest]
#[case::checked(|app: &mut ServiceSpec| {
    let test = vec!["CMD".to_owned(), "true".to_owned()];
    app.healthcheck = Some(Healthcheck { test, ..Healthcheck::default() });
})]
#[case::routed(|app: &mut ServiceSpec| {
    app.labels.insert("traefik.enable".to_owned(), "true".to_owned());
})]
#[case::published(|app: &mut ServiceSpec| {
    let (protocol, mode) = (Protocol::Tcp, PortMode::Ingress);
    app.ports.push(PortSpec { target: 80, published: None, protocol, mode });
})]
#[tokio::test]
async fn a_server_that_ends_with_0_and_stays_down_is_red_at_once(
    #[case] serve: fn(&mut ServiceSpec),
) {
    let mut spec = spec(Some(RestartCondition::OnFailure));
    let services = [ServiceState { one_shot: true, ..service() }];
    let done = [TaskState { exit_code: Some(0), ..task("1", "complete", "shutdown") }];
    let look = |spec: &StackSpec, expected: &Expected| {
        let (mut memory, seen) = (Memory::default(), (services.as_slice(), done.as_slice()));
        judge(spec, expected, &mut memory, seen, Duration::ZERO, Instant::now()).0
    };
    assert_eq!(look(&spec, &Expected::default()), Judgement::Ready, "nobody is to reach it");

    serve(spec.services.get_mut("app").unwrap());
    let ended = Fault::Ended { service: "app".to_owned(), exit_code: 0, said: None };
    assert_eq!(look(&spec, &Expected::default()), Judgement::Failed(ended));
    // A task that ended before is no news: it is waited for the next one.
    let known_tasks = BTreeSet::from(["1".to_owned()]);
    let seen = look(&spec, &Expected { known_tasks, ..Expected::default() });
    assert_eq!(seen, Judgement::Waiting("app 0/1 (no task)".to_owned()));
}
