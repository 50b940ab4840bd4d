//! One table of looks at a stack.

use cc_ci_model::{
    Healthcheck, Observed, Outcome, PortMode, PortSpec, Protocol, RestartPolicy, StackName,
};

use super::*;

#[path = "judge_ends_tests.rs"]
mod ends;

fn spec(condition: Option<RestartCondition>) -> StackSpec {
    let restart = condition
        .map(|condition| RestartPolicy { condition: Some(condition), ..Default::default() });
    let service = ServiceSpec { restart, ..ServiceSpec::default() };
    StackSpec {
        name: StackName::new("s").unwrap(),
        services: BTreeMap::from([("app".to_owned(), service)]),
        networks: BTreeMap::new(),
        volumes: BTreeMap::new(),
        secrets: BTreeMap::new(),
        configs: BTreeMap::new(),
    }
}

fn service() -> ServiceState {
    ServiceState {
        id: "id".into(),
        name: "s_app".into(),
        labels: BTreeMap::new(),
        container_labels: BTreeMap::new(),
        image: "i".into(),
        replicas: Some(1),
        one_shot: false,
        version: 1,
        update: None,
        update_started: None,
        update_message: "message".into(),
    }
}

fn task(id: &str, state: &str, desired: &str) -> TaskState {
    TaskState {
        id: id.into(),
        service: "id".into(),
        node: None,
        slot: 1,
        state: state.into(),
        desired: desired.into(),
        error: if state == "failed" { "task: non-zero exit (1)".into() } else { String::new() },
        message: String::new(),
        exit_code: (state == "failed").then_some(1),
        container: None,
        image: "i".into(),
        created: String::new(),
        changed: String::new(),
    }
}

/// Judges as the runner does. What was seen has to make the judgement, since it is all that is kept of it.
fn judge(
    spec: &StackSpec,
    expected: &Expected,
    memory: &mut Memory,
    seen: (&[ServiceState], &[TaskState]),
    stable: Duration,
    now: Instant,
) -> (Judgement, Vec<News>) {
    let (judgement, news) = super::judge(spec, expected, memory, seen, stable, now);
    let kept = Observed::Facts(facts(spec, expected, memory, seen, stable, now));
    match &judgement {
        Judgement::Ready => assert!(kept.holds(), "{kept:?}"),
        Judgement::Waiting(on) => assert!(!kept.holds(), "{on}: {kept:?}"),
        Judgement::Settling(_) => assert!(!kept.holds(), "{kept:?}"),
        Judgement::Failed(fault) => {
            assert!(!kept.refutes(&Outcome::Failed { fault: fault.clone() }), "{fault}: {kept:?}");
        }
    }
    (judgement, news)
}

fn look(service: ServiceState, tasks: &[TaskState], expected: &Expected) -> Judgement {
    let mut memory = Memory::default();
    let seen = ([service], tasks);
    let seen = (seen.0.as_slice(), seen.1);
    judge(&spec(None), expected, &mut memory, seen, Duration::ZERO, Instant::now()).0
}

fn updated(update: UpdateState) -> ServiceState {
    let update_started = Some("2026-01-02T00:00:00Z".to_owned());
    ServiceState { update: Some(update), update_started, ..service() }
}

#[tokio::test]
async fn one_running_task_is_ready() {
    let up = [task("1", "running", "running")];
    assert_eq!(look(service(), &up, &Expected::default()), Judgement::Ready);
}

#[tokio::test]
async fn a_task_that_starts_is_named() {
    let seen = look(service(), &[task("1", "starting", "running")], &Expected::default());
    assert_eq!(seen, Judgement::Waiting("app 0/1 (starting)".to_owned()));
}

/// A global service has as many copies as nodes take one: those that are up and those on their way.
#[tokio::test]
async fn a_global_service_counts_the_tasks_that_there_are() {
    let global = ServiceState { replicas: None, ..service() };
    let tasks = [task("1", "running", "running"), task("2", "starting", "running")];
    let seen = look(global.clone(), &tasks, &Expected::default());
    assert_eq!(seen, Judgement::Waiting("app 1/2 (starting)".to_owned()));
    let seen = look(global.clone(), &[], &Expected::default());
    assert_eq!(seen, Judgement::Waiting("app 0/1 (no task)".to_owned()));
    assert_eq!(look(global, &tasks[..1], &Expected::default()), Judgement::Ready);
}

#[tokio::test]
async fn full_replicas_of_the_old_version_are_not_ready() {
    let up = [task("1", "running", "running")];
    let replaced = BTreeSet::from(["app".to_owned()]);
    let expected = Expected { replaced, ..Expected::default() };
    assert!(matches!(look(service(), &up, &expected), Judgement::Waiting(_)));

    // The status of an earlier update is old news.
    let before = BTreeMap::from([("app".to_owned(), Some("2026-01-02T00:00:00Z".to_owned()))]);
    let expected = Expected { before, ..expected };
    let seen = look(updated(UpdateState::Completed), &up, &expected);
    assert!(matches!(seen, Judgement::Waiting(_)));
}

#[tokio::test]
async fn a_silent_rollback_is_named_with_the_failing_task() {
    for state in [UpdateState::RollbackStarted, UpdateState::RollbackCompleted] {
        let tasks = [task("1", "running", "running"), task("2", "failed", "shutdown")];
        let Judgement::Failed(Fault::RolledBack { exit_code, error, .. }) =
            look(updated(state), &tasks, &Expected::default())
        else {
            panic!("a rollback is a failure");
        };
        assert_eq!((exit_code, error.as_str()), (Some(1), "task: non-zero exit (1)"));
    }
}

#[tokio::test]
async fn a_paused_update_is_settled_and_named_when_time_runs_out() {
    let paused = updated(UpdateState::Paused);
    let up = [task("1", "running", "running")];
    assert_eq!(look(paused.clone(), &up, &Expected::default()), Judgement::Ready);
    let memory = Memory::default();
    let fault = at_deadline(&spec(None), &Expected::default(), &memory, &[paused]);
    assert!(matches!(fault, Some(Fault::UpdatePaused { .. })));
    assert_eq!(at_deadline(&spec(None), &Expected::default(), &memory, &[service()]), None);
    // An update of ours that still goes on is not a paused one.
    let going = [updated(UpdateState::Updating)];
    assert_eq!(at_deadline(&spec(None), &Expected::default(), &memory, &going), None);
}

#[tokio::test(start_paused = true)]
async fn the_stability_window_starts_again_with_every_new_task() {
    let mut memory = Memory::default();
    let stable = Duration::from_secs(2);
    let mut at = |id: &str| {
        let (services, tasks) = ([service()], [task(id, "running", "running")]);
        let seen = (services.as_slice(), tasks.as_slice());
        judge(&spec(None), &Expected::default(), &mut memory, seen, stable, Instant::now()).0
    };
    assert!(matches!(at("1"), Judgement::Settling(_)));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert!(matches!(at("2"), Judgement::Settling(_)));
    tokio::time::advance(Duration::from_millis(1999)).await;
    assert!(matches!(at("2"), Judgement::Settling(_)));
    tokio::time::advance(Duration::from_millis(1)).await;
    assert_eq!(at("2"), Judgement::Ready);
}

#[rstest::rstest]
#[case::disk("failed", "mkdir: no space left on device", "node_exhausted")]
#[case::port("rejected", "Bind for 0.0.0.0:80 failed: port is already allocated", "port_taken")]
#[case::network(
    "rejected",
    "network sandbox join failed: subnet sandbox join failed: error creating vxlan interface: file exists",
    "engine_refused"
)]
#[case::mount("rejected", "invalid mount config: bind source path does not exist", "task_rejected")]
#[case::health("failed", "task: non-zero exit (137): dockerexec: unhealthy container", "unhealthy")]
#[case::crash("failed", "task: non-zero exit (2)", "crash_loop")]
fn the_engines_words_tell_failures_apart(
    #[case] state: &str,
    #[case] error: &str,
    #[case] fault: &str,
) {
    let task = TaskState { error: error.to_owned(), ..task("1", state, "shutdown") };
    let json = serde_json::to_value(repeated_failure("app", &task, 3, 10)).unwrap();
    assert_eq!(json["fault"], fault);
}

#[tokio::test]
async fn failed_tasks_are_known_when_time_runs_out() {
    let mut memory = Memory::default();
    let (services, tasks) = ([service()], [task("1", "failed", "shutdown")]);
    let seen = (services.as_slice(), tasks.as_slice());
    let (spec, expected) = (spec(None), Expected::default());
    judge(&spec, &expected, &mut memory, seen, Duration::ZERO, Instant::now());
    let known = at_deadline(&spec, &expected, &memory, &services);
    assert!(matches!(known, Some(Fault::CrashLoop { failures: 1, .. })));

    // The same failure is history once the service is up.
    let tasks = [task("1", "failed", "shutdown"), task("2", "running", "running")];
    let seen = (services.as_slice(), tasks.as_slice());
    judge(&spec, &expected, &mut memory, seen, Duration::ZERO, Instant::now());
    assert_eq!(at_deadline(&spec, &expected, &memory, &services), None);
}

fn port(number: u16, mode: cc_ci_model::PortMode) -> cc_ci_model::PortSpec {
    let protocol = cc_ci_model::Protocol::Tcp;
    cc_ci_model::PortSpec { target: number, published: Some(number), protocol, mode }
}

#[rstest::rstest]
#[case::platform("no suitable node (unsupported platform on 1 node)", "not_schedulable")]
#[case::constraint(
    "no suitable node (scheduling constraints not satisfied on 1 node)",
    "not_schedulable"
)]
#[case::resources("no suitable node (insufficient resources on 1 node)", "not_schedulable")]
#[case::both(
    "no suitable node (host-mode port already in use on 1 node; insufficient resources on 1 node)",
    "not_schedulable"
)]
#[case::port("no suitable node (host-mode port already in use on 1 node)", "port_taken")]
#[tokio::test(start_paused = true)]
async fn the_schedulers_words_are_read_as_they_stand(#[case] error: &str, #[case] fault: &str) {
    let (mut memory, mut spec) = (Memory::default(), spec(None));
    let app = spec.services.get_mut("app").unwrap();
    app.ports.push(port(64738, cc_ci_model::PortMode::Host));
    let tasks = [TaskState { error: error.to_owned(), ..task("1", "pending", "running") }];
    let services = [service()];
    let mut at = || {
        let seen = (services.as_slice(), tasks.as_slice());
        let expected = Expected::default();
        judge(&spec, &expected, &mut memory, seen, Duration::ZERO, Instant::now()).0
    };
    at();
    tokio::time::advance(UNSCHEDULABLE).await;
    let Judgement::Failed(found) = at() else { panic!("it waits without an end") };
    assert_eq!(serde_json::to_value(found).unwrap()["fault"], fault);
}

/// A task that the scheduler has not looked at yet says no reason, and a task with an error that has a node is
/// not the scheduler's.
#[rstest::rstest]
#[case::without_a_reason(TaskState { error: String::new(), ..task("1", "pending", "running") })]
#[case::on_a_node(TaskState { error: "slow".into(), ..task("1", "starting", "running") })]
#[case::not_wanted(TaskState { error: "no suitable node".into(), ..task("1", "pending", "shutdown") })]
#[tokio::test(start_paused = true)]
async fn what_waits_for_no_node_is_not_unschedulable(#[case] waiting: TaskState) {
    let mut memory = Memory::default();
    let (services, tasks) = ([service()], [waiting]);
    let mut at = || {
        let seen = (services.as_slice(), tasks.as_slice());
        let expected = Expected::default();
        judge(&spec(None), &expected, &mut memory, seen, Duration::ZERO, Instant::now()).0
    };
    at();
    tokio::time::advance(UNSCHEDULABLE).await;
    assert!(matches!(at(), Judgement::Waiting(_)));
}

#[tokio::test(start_paused = true)]
async fn a_host_port_that_stays_taken_is_named() {
    let mut memory = Memory::default();
    let mut spec = spec(None);
    spec.services.get_mut("app").unwrap().ports = vec![
        // An ingress port is no port of the node's own that the scheduler looks at.
        port(8080, cc_ci_model::PortMode::Ingress),
        port(64738, cc_ci_model::PortMode::Host),
    ];
    let error = "no suitable node (host-mode port already in use on 1 node)".to_owned();
    let tasks = [TaskState { error, ..task("1", "pending", "running") }];
    let services = [service()];
    let mut at = || {
        let seen = (services.as_slice(), tasks.as_slice());
        let expected = Expected::default();
        judge(&spec, &expected, &mut memory, seen, Duration::ZERO, Instant::now()).0
    };
    assert!(matches!(at(), Judgement::Waiting(_)));
    tokio::time::advance(UNSCHEDULABLE).await;
    assert!(matches!(at(), Judgement::Failed(Fault::PortTaken { port: 64738, .. })));

    // Where the stack's own old task holds it, nobody else has to act.
    let tasks = [task("0", "running", "running"), tasks[0].clone()];
    let seen = (services.as_slice(), tasks.as_slice());
    let expected = Expected::default();
    let now = Instant::now();
    let judged = judge(&spec, &expected, &mut memory, seen, Duration::ZERO, now).0;
    assert!(matches!(judged, Judgement::Failed(Fault::OwnPort { port: 64738, .. })));
}

#[tokio::test]
async fn a_killed_task_is_not_taken_for_a_living_one() {
    let up = [task("1", "running", "running")];
    let dead = ["1".to_owned()].into();
    let expected = Expected { dead, ..Expected::default() };
    let waiting = "app: Swarm has not noticed that its task is dead".to_owned();
    assert_eq!(look(service(), &up, &expected), Judgement::Waiting(waiting));
    let back = [task("1", "failed", "shutdown"), task("2", "running", "running")];
    let expected = Expected { known_tasks: ["1".to_owned()].into(), ..expected };
    assert_eq!(look(service(), &back, &expected), Judgement::Ready);
}

/// On a loaded node a task may be `starting` for seconds: no life of a process that ends at once.
#[rstest::rstest]
#[case::without_a_check(false, false)]
#[case::with_one(true, true)]
#[tokio::test(start_paused = true)]
async fn a_start_is_life_only_where_health_is_asked_for(
    #[case] checked: bool,
    #[case] ready: bool,
) {
    let mut spec = spec(None);
    let healthcheck = checked.then(|| cc_ci_model::Healthcheck {
        test: vec!["CMD".to_owned(), "true".to_owned()],
        ..Default::default()
    });
    spec.services.get_mut("app").unwrap().healthcheck = healthcheck;
    let (mut memory, expected) = (Memory::default(), Expected::default());
    let stable = Duration::from_secs(2);
    let mut look = |state: &str| {
        let tasks = [task("1", state, "running")];
        judge(&spec, &expected, &mut memory, (&[service()], &tasks), stable, Instant::now()).0
    };
    assert!(matches!(look("starting"), Judgement::Waiting(_)));
    tokio::time::advance(stable).await;
    assert_eq!(look("running") == Judgement::Ready, ready);
    tokio::time::advance(stable).await;
    assert_eq!(look("running"), Judgement::Ready);
}
