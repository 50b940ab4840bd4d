//! What a test can tell the fake, and what Swarm does then.

use std::time::Duration;

use cc_ci_engine::contract::one_service;
use cc_ci_engine::fake::{Behaviour, FakeEngine};
use cc_ci_engine::stack::{SecretValues, deploy, down};
use cc_ci_engine::{
    Containers as _, EngineError, ExecOutput, ExecSpec, Health, Images as _, LABEL_RUN, Selector,
    Swarm as _, TaskState, UpdateState,
};
use cc_ci_model::{
    FailureAction, Healthcheck, Mode, RestartPolicy, ServiceSpec, StackName, StackSpec,
    UpdateOrder, UpdatePolicy,
};
use futures_util::StreamExt as _;
use rstest::rstest;
use tokio::time::sleep;

const GOOD: &str = "app:1";
const NEXT: &str = "app:2";

fn stack(image: &str, change: impl FnOnce(&mut ServiceSpec)) -> StackSpec {
    let mut stack = one_service(&StackName::new("demo").expect("a valid name"), image);
    change(stack.services.get_mut("app").expect("its only service"));
    stack
}

fn all() -> Selector {
    Selector::stack("demo")
}

async fn send(fake: &FakeEngine, spec: &StackSpec) {
    deploy(fake, spec, &[(LABEL_RUN.into(), "r".into())], &SecretValues::new())
        .await
        .expect("a deploy");
}

/// The tasks after `seconds`.
async fn tasks_after(fake: &FakeEngine, seconds: u64) -> Vec<TaskState> {
    sleep(Duration::from_secs(seconds)).await;
    fake.tasks(&all()).await.expect("a list of tasks")
}

fn states(tasks: &[TaskState]) -> Vec<&str> {
    tasks.iter().map(|task| task.state.as_str()).collect()
}

fn refused() -> EngineError {
    EngineError::Refused { action: "do it".into(), status: None, message: "no".into() }
}

#[rstest]
#[case::runs(Behaviour::Runs, "running", "")]
#[case::rejected(Behaviour::Rejected { error: "no such mount".into() }, "rejected", "no such mount")]
#[case::no_node(Behaviour::Unschedulable { error: "no suitable node".into() }, "pending", "no suitable node")]
#[case::crashes(Behaviour::Crashes { exit_code: 2, error: String::new() }, "failed", "task: non-zero exit (2)")]
#[case::own_words(Behaviour::Crashes { exit_code: 2, error: "boom".into() }, "failed", "boom")]
#[case::ends(Behaviour::ExitsZero, "complete", "")]
#[case::memory(Behaviour::OutOfMemory, "failed", "task: non-zero exit (137)")]
#[tokio::test(start_paused = true)]
async fn a_script_decides_about_the_first_task(
    #[case] behaviour: Behaviour,
    #[case] state: &str,
    #[case] error: &str,
) {
    let fake = FakeEngine::with_images([GOOD]);
    fake.script("app", behaviour.clone());
    send(&fake, &stack(GOOD, |_| {})).await;
    let tasks = tasks_after(&fake, 2).await;
    assert_eq!((tasks[0].state.as_str(), tasks[0].error.as_str()), (state, error));
    let containers = fake.containers(&all()).await.unwrap();
    let oom = containers.iter().any(|container| container.oom_killed);
    assert_eq!(oom, behaviour == Behaviour::OutOfMemory);
}

#[tokio::test(start_paused = true)]
async fn a_crash_waits_for_the_delay_and_history_is_short() {
    let fake = FakeEngine::with_images([GOOD]);
    fake.script("app", Behaviour::Crashes { exit_code: 1, error: String::new() });
    send(&fake, &stack(GOOD, |service| service.restart = None)).await;
    assert_eq!(
        states(&tasks_after(&fake, 4).await),
        ["failed", "ready"],
        "five seconds by default"
    );
    assert_eq!(states(&tasks_after(&fake, 3).await), ["failed", "failed", "ready"]);
    assert_eq!(tasks_after(&fake, 60).await.len(), 5);
    assert!(fake.containers(&all()).await.unwrap().len() <= 5);
}

#[tokio::test(start_paused = true)]
async fn attempts_are_counted() {
    let fake = FakeEngine::with_images([GOOD]);
    fake.script("app", Behaviour::Crashes { exit_code: 1, error: String::new() });
    let policy = RestartPolicy { max_attempts: Some(2), ..RestartPolicy::default() };
    send(&fake, &stack(GOOD, |service| service.restart = Some(policy))).await;
    assert_eq!(states(&tasks_after(&fake, 60).await), ["failed", "failed", "failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_copy_recovers() {
    let fake = FakeEngine::with_images([GOOD]);
    fake.script("app", Behaviour::Recovers { crashes: 2, exit_code: 1 });
    send(&fake, &stack(GOOD, |service| service.mode = Mode::Replicated(2))).await;
    let tasks = tasks_after(&fake, 60).await;
    let count = |state: &str| tasks.iter().filter(|task| task.state == state).count();
    assert_eq!((count("failed"), count("running"), tasks.len()), (4, 2, 6));
}

#[rstest]
#[case::late(
    Behaviour::HealthyAfter(Duration::from_secs(7)),
    "starting",
    "running",
    Health::Healthy
)]
#[case::never(Behaviour::NeverHealthy { output: "sick".into() }, "starting", "complete", Health::Unhealthy("sick".into()))]
#[tokio::test(start_paused = true)]
async fn health_takes_its_time(
    #[case] behaviour: Behaviour,
    #[case] before: &str,
    #[case] after: &str,
    #[case] health: Health,
) {
    let fake = FakeEngine::with_images([GOOD]);
    fake.script("app", behaviour);
    let check = Healthcheck {
        test: vec!["CMD".into(), "true".into()],
        interval_ns: Some(2_000_000_000),
        ..Healthcheck::default()
    };
    send(&fake, &stack(GOOD, |service| service.healthcheck = Some(check))).await;
    assert_eq!(tasks_after(&fake, 5).await[0].state, before);
    let tasks = tasks_after(&fake, 3).await;
    assert_eq!(tasks[0].state, after);
    let container = tasks[0].container.clone().unwrap();
    assert_eq!(fake.container(&container).await.unwrap().health, health);
}

#[rstest]
#[case::pause(FailureAction::Pause, UpdateState::Paused, NEXT)]
#[case::go_on(FailureAction::Continue, UpdateState::Completed, NEXT)]
#[case::back(FailureAction::Rollback, UpdateState::RollbackCompleted, GOOD)]
#[tokio::test(start_paused = true)]
async fn a_failing_update_ends_as_its_policy_says(
    #[case] action: FailureAction,
    #[case] state: UpdateState,
    #[case] image: &str,
    #[values(UpdateOrder::StopFirst, UpdateOrder::StartFirst)] order: UpdateOrder,
) {
    let fake = FakeEngine::with_images([GOOD, NEXT]);
    let policy = UpdatePolicy {
        failure_action: Some(action),
        order: Some(order),
        ..UpdatePolicy::default()
    };
    let version = |image: &str| {
        stack(image, |service| {
            service.update = Some(policy.clone());
            service.mode = Mode::Replicated(2);
        })
    };
    send(&fake, &version(GOOD)).await;
    assert_eq!(states(&tasks_after(&fake, 3).await), ["running", "running"]);
    fake.script(NEXT, Behaviour::Crashes { exit_code: 1, error: String::new() });
    send(&fake, &version(NEXT)).await;
    let at_once = fake.services(&all()).await.unwrap();
    assert_eq!(at_once[0].update, None, "nothing is said of an update in its first moment");
    sleep(Duration::from_secs(60)).await;
    let service = fake.services(&all()).await.unwrap().swap_remove(0);
    assert_eq!((service.update, service.image.as_str()), (Some(state), image));
}

#[tokio::test(start_paused = true)]
async fn a_good_update_is_watched_for_its_monitor() {
    let fake = FakeEngine::with_images([GOOD, NEXT]);
    send(&fake, &stack(GOOD, |_| {})).await;
    tasks_after(&fake, 3).await;
    send(&fake, &stack(NEXT, |_| {})).await;
    sleep(Duration::from_secs(4)).await;
    let update = || async { fake.services(&all()).await.unwrap()[0].update };
    assert_eq!(update().await, Some(UpdateState::Updating));
    sleep(Duration::from_secs(4)).await;
    assert_eq!(update().await, Some(UpdateState::Completed));
    assert_eq!(states(&fake.tasks(&all()).await.unwrap()), ["shutdown", "running"]);
}

#[tokio::test(start_paused = true)]
async fn copies_come_and_go_with_their_number() {
    let fake = FakeEngine::with_images([GOOD]);
    let copies = |n| stack(GOOD, |service| service.mode = Mode::Replicated(n));
    send(&fake, &copies(1)).await;
    tasks_after(&fake, 3).await;
    send(&fake, &copies(3)).await;
    assert_eq!(states(&tasks_after(&fake, 3).await), ["running"; 3]);
    send(&fake, &copies(1)).await;
    assert_eq!(states(&tasks_after(&fake, 3).await), ["running", "shutdown", "shutdown"]);
}

#[tokio::test(start_paused = true)]
async fn the_log_has_the_order_of_a_life() {
    let fake = FakeEngine::with_images([GOOD]);
    send(&fake, &stack(GOOD, |_| {})).await;
    let task = tasks_after(&fake, 3).await.swap_remove(0);
    fake.on_exec("demo_app pg_dump", ExecOutput { stdout: b"dump".to_vec(), ..Default::default() });
    let container = task.container.unwrap();
    let output = fake.exec(&container, &ExecSpec::new(["pg_dump", "-U", "x"])).await.unwrap();
    assert_eq!(output.text(), "dump");
    let left = down(&fake, &all(), Duration::from_secs(5)).await.unwrap();
    assert!(left.left.is_empty());
    let name = format!("demo_app.1.{}", task.id);
    assert_eq!(
        fake.log(),
        [
            "create_network demo_default".to_owned(),
            "create_service demo_app".to_owned(),
            "exec demo_app pg_dump -U x".to_owned(),
            "remove service demo_app".to_owned(),
            format!("remove container {name}"),
            "remove network demo_default".to_owned(),
        ]
    );
    assert_eq!((fake.count("tasks"), fake.count("events")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_command_that_nobody_knows_fails() {
    let fake = FakeEngine::with_images([GOOD]);
    send(&fake, &stack(GOOD, |_| {})).await;
    let container = tasks_after(&fake, 3).await[0].container.clone().unwrap();
    let output = fake.exec(&container, &ExecSpec::new(["pg_dump"])).await.unwrap();
    assert_eq!(output.exit_code, 127);
    assert!(output.complaint().contains("demo_app pg_dump"), "{output:?}");
}

#[tokio::test(start_paused = true)]
async fn refusals_come_once_or_always() {
    let fake = FakeEngine::with_images([GOOD]);
    fake.fail_next("node", refused());
    assert_eq!(fake.node().await, Err(refused()));
    assert!(fake.node().await.is_ok());
    fake.fail_on("image", "app:2", refused());
    assert!(fake.image(GOOD).await.unwrap().is_some(), "another object");
    assert_eq!(fake.image(NEXT).await, Err(refused()));
    fake.fail_always("remove", "network", refused());
    send(&fake, &stack(GOOD, |_| {})).await;
    let down = down(&fake, &all(), Duration::from_secs(1)).await.unwrap();
    let left: Vec<_> = down.left.iter().map(|object| object.name.as_str()).collect();
    assert_eq!((left, down.errors), (vec!["demo_default"], vec![refused()]));
}

#[tokio::test(start_paused = true)]
async fn a_cut_ends_the_streams_with_an_error() {
    let fake = FakeEngine::new();
    let mut old = fake.events().await.unwrap();
    fake.cut_events(refused());
    assert_eq!(old.next().await, Some(Err(refused())));
    assert_eq!(old.next().await, None);
    let mut new = fake.events().await.unwrap();
    fake.create_volume(&cc_ci_model::VolumeSpec::default(), &[]).await.unwrap();
    assert_eq!(new.next().await.unwrap().unwrap().kind, "volume");
}

#[tokio::test(start_paused = true)]
async fn a_removed_service_leaves_its_containers_for_their_grace() {
    let fake = FakeEngine::with_images([GOOD]);
    send(&fake, &stack(GOOD, |_| {})).await;
    tasks_after(&fake, 3).await;
    let objects = fake.inventory(&all()).await.unwrap();
    fake.remove(&objects[0]).await.unwrap();
    assert_eq!(fake.tasks(&all()).await.unwrap()[0].desired, "remove");
    sleep(Duration::from_secs(9)).await;
    assert_eq!(fake.containers(&all()).await.unwrap()[0].state, "running");
    sleep(Duration::from_secs(2)).await;
    assert!(fake.containers(&all()).await.unwrap().is_empty());
    assert!(fake.tasks(&all()).await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn images_come_from_registries_that_have_them() {
    let fake = FakeEngine::new();
    let digest = fake.add_to_registry("r:5000/app:1");
    let limit = Duration::from_secs(1);
    assert!(matches!(fake.pull("r:5000/app:2", limit).await, Err(EngineError::Pull { .. })));
    let image = fake.pull(&digest, limit).await.unwrap();
    assert_eq!(fake.image(&digest).await.unwrap(), Some(image));
    fake.add_image("built:1");
    let pushed = {
        fake.tag("built:1", "r:5000/built:1").await.unwrap();
        fake.push("r:5000/built:1").await.unwrap()
    };
    assert_eq!(fake.pull("r:5000/built:1", limit).await.unwrap().digests, [pushed]);
}
