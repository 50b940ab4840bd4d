//! What the containers of failed tasks know about a failure, and whose limit it was.

use std::time::Duration;

use cc_ci_backup::running_container;
use cc_ci_engine::{ContainerState, Engine, ExecSpec, Health, Placed, TaskState};
use cc_ci_model::{AddedLimit, Ceiling, Fault, Said, StackSpec};

use crate::World;
use crate::grace;
use crate::last_words::last_words;

/// Lines of a container's output that may say why it ended.
const LINES: u32 = 200;
/// Containers of failed tasks that are looked at, newest first: Swarm keeps five.
const MOST: usize = 5;
/// Time to read the kernel's counters.
const COUNTERS_LIMIT: Duration = Duration::from_secs(10);

/// A killed process looks like any other crash. The container knows whether a memory limit killed it, and
/// what its health check last said; its output says why it ended, or that it could start no more processes.
pub(crate) async fn refine(
    world: &World,
    spec: &StackSpec,
    fault: Fault,
    tasks: &[TaskState],
) -> Fault {
    let engine = world.site.engine.as_ref();
    let Some(service) = failed_service(&fault).map(str::to_owned) else { return fault };
    let added = spec.services.get(&service).map(|spec| spec.resources.added.clone());
    let added = added.unwrap_or_default();
    let mut said = None;
    let mut health = None;
    for (container, state) in failed_containers(engine, spec, &service, tasks).await {
        if state.oom_killed && state.memory_limit > 0 {
            let limit_bytes = state.memory_limit;
            return if added.contains(&AddedLimit::Memory) {
                memory(&service, limit_bytes)
            } else {
                Fault::MemoryLimit { service, limit_bytes }
            };
        }
        let log = container.logs(LINES).await.unwrap_or_default();
        let log = String::from_utf8_lossy(&log).into_owned();
        if added.contains(&AddedLimit::Pids) && log.lines().any(says_no_more_processes) {
            return pids(&service, state.pids_limit);
        }
        // A value that a cut has halved could not be found any more: values are hidden first.
        let redactor = world.journal.redactor();
        let words = |text: &str| last_words(&redactor.clean_text(text));
        if let Health::Unhealthy(output) = &state.health {
            let line = words(output).map_or_else(String::new, |said| said.line);
            health = health.or(Some(line));
        }
        said = said.or_else(|| words(&log));
    }
    explained(fault, said.map(Box::new), health)
}

fn failed_service(fault: &Fault) -> Option<&str> {
    match fault {
        Fault::CrashLoop { service, .. }
        | Fault::OneShotFailed { service, .. }
        | Fault::Ended { service, .. }
        | Fault::RolledBack { service, .. }
        | Fault::UpdatePaused { service, .. }
        | Fault::Unhealthy { service, .. } => Some(service),
        _ => None,
    }
}

/// The containers of the service's tasks that have ended by themselves, newest first.
async fn failed_containers(
    engine: &dyn Engine,
    spec: &StackSpec,
    service: &str,
    tasks: &[TaskState],
) -> Vec<(Placed, ContainerState)> {
    let name = format!("{}_{service}", spec.name);
    let mut failed: Vec<_> =
        tasks.iter().filter(|task| matches!(task.state.as_str(), "failed" | "complete")).collect();
    // Time stamps of one form; the order of the engine's list is no order of time.
    failed.sort_by(|a, b| b.changed.cmp(&a.changed));
    let mut found = Vec::new();
    for task in failed {
        let Some((container, state)) = inspected(engine, task).await else { continue };
        // Of the other services' tasks nothing follows. Where a label is missing nothing is known.
        let of = state.labels.get("com.docker.swarm.service.name");
        if of.is_none_or(|of| *of == name) {
            found.push((container, state));
        }
        if found.len() == MOST {
            break;
        }
    }
    found
}

/// The container of a task and what the engine says of it; nothing where either cannot be had.
async fn inspected(engine: &dyn Engine, task: &TaskState) -> Option<(Placed, ContainerState)> {
    let container = Placed::of(engine, task).await.ok()??;
    let state = container.state().await.ok()?;
    Some((container, state))
}

/// The fault with what the process printed and what its health check said.
///
/// A process that ends with 0 when Swarm stops it for its health looks like one that left by itself: Swarm
/// names the health check only beside another exit code.
fn explained(mut fault: Fault, words: Option<Box<Said>>, health: Option<String>) -> Fault {
    if let (Fault::CrashLoop { service, .. } | Fault::Ended { service, .. }, Some(output)) =
        (&fault, &health)
    {
        let (service, output) = (service.clone(), output.clone());
        return Fault::Unhealthy { service, output, said: words };
    }
    match &mut fault {
        Fault::Unhealthy { output, said, .. } => {
            *said = words;
            if let Some(health) = health {
                *output = health;
            }
        }
        Fault::OneShotFailed { error, said, .. }
        | Fault::RolledBack { error, said, .. }
        | Fault::UpdatePaused { error, said, .. } => {
            *said = words;
            if let Some(health) = health {
                *error = Fault::unhealthy(&health);
            }
        }
        Fault::CrashLoop { said, .. } | Fault::Ended { said, .. } => *said = words,
        _ => {}
    }
    fault
}

/// What a service that is not up yet says about itself, for a wait that has ended: its health check's last
/// output, and the line of its log that names a cause.
pub(crate) async fn not_up(world: &World, spec: &StackSpec, tasks: &[TaskState]) -> Vec<String> {
    let engine = world.site.engine.as_ref();
    let prefix = format!("{}_", spec.name);
    let mut words = Vec::new();
    for task in tasks.iter().filter(|task| task.state == "running" && task.desired == "shutdown") {
        let Some((_, state)) = inspected(engine, task).await else { continue };
        let service = state.labels.get("com.docker.swarm.service.name");
        if let Some(service) = service.and_then(|name| name.strip_prefix(&prefix)) {
            let seconds = grace::seconds(spec, service);
            words.push(format!(
                "an old task of {service} was asked to stop and still runs; its grace period is {seconds} s"
            ));
        }
    }
    for task in tasks.iter().filter(|task| task.state == "starting" && task.desired == "running") {
        let Some((container, state)) = inspected(engine, task).await else { continue };
        let service = state.labels.get("com.docker.swarm.service.name").cloned();
        let Some(service) = service.as_deref().and_then(|name| name.strip_prefix(&prefix)) else {
            continue;
        };
        let hidden = |text: &str| world.journal.redactor().clean_text(text).into_owned();
        if let Some(said) = last_words(&hidden(&state.probed)) {
            words.push(format!("the health check of {service} says: {}", said.line));
        }
        let log = container.logs(LINES).await.unwrap_or_default();
        if let Some(said) = last_words(&hidden(&String::from_utf8_lossy(&log))) {
            words.push(format!("the log of {service} says: {}", said.line));
        }
    }
    words
}

/// Prints what the kernel counts for the container in which it runs: a line `oom_kill N`, then a line `max N`
/// for refused processes. The first paths are those of cgroups v1, the others those of v2.
const COUNTERS: &str = "cd /sys/fs/cgroup || exit 0; \
    cat memory/memory.oom_control memory.events 2>/dev/null | grep '^oom_kill '; \
    cat pids/pids.events pids.events 2>/dev/null | grep '^max '";

/// A hook is a second process of its container, so the container outlives the kill of its hook. The kernel's
/// counters say whether one of its processes met a limit.
pub(crate) async fn refine_hook(engine: &dyn Engine, spec: &StackSpec, fault: Fault) -> Fault {
    let Fault::HookFailed { service, .. } = &fault else { return fault };
    let Some(resources) = spec.services.get(service).map(|service| &service.resources) else {
        return fault;
    };
    let limit = |limit: Option<i64>| limit.and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
    let container = running_container(engine, &spec.name, service).await;
    let Ok(Some(container)) = container else { return fault };
    let exec = ExecSpec::sh(COUNTERS).within(COUNTERS_LIMIT);
    let Ok(said) = container.exec(&exec).await else { return fault };
    let (killed, refused) = counters(&said.text());
    if killed && resources.added.contains(&AddedLimit::Memory) {
        return memory(service, limit(resources.limit_memory_bytes));
    }
    if refused && resources.added.contains(&AddedLimit::Pids) {
        return pids(service, limit(resources.limit_pids));
    }
    fault
}

/// Whether a process was killed for memory, and whether a new process was refused.
fn counters(text: &str) -> (bool, bool) {
    let counted = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.split_once(' '));
        lines
            .any(|(found, number)| found == name && number.trim().parse().is_ok_and(|n: u64| n > 0))
    };
    (counted("oom_kill"), counted("max"))
}

fn memory(service: &str, limit: u64) -> Fault {
    Fault::AddedLimit {
        at: format!("service {service}"),
        limit: format!("{} of memory", Ceiling::MemoryPerTask.words(limit)),
        detail: format!("the kernel killed it; {}", Ceiling::MemoryPerTask.remedy()),
    }
}

fn pids(service: &str, limit: u64) -> Fault {
    Fault::AddedLimit {
        at: format!("service {service}"),
        limit: format!("{limit} processes"),
        detail: format!("it could start no more; {}", Ceiling::PidsPerTask.remedy()),
    }
}

/// The words of shells, libc, Python, Java, Go and Node for EAGAIN of fork(2) and clone(2).
fn says_no_more_processes(line: &str) -> bool {
    let line = line.to_lowercase();
    let starts = ["fork", "thread", "spawn", "clone"].iter().any(|word| line.contains(word));
    let refused = ["resource temporarily unavailable", "eagain", "can't fork", "cannot fork"];
    starts && refused.iter().any(|words| line.contains(words))
        || line.contains("can't start new thread")
        || line.contains("unable to create native thread")
        || line.contains("unable to create new native thread")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::nothing("oom_kill 0\nmax 0", (false, false))]
    #[case::memory("oom_kill 1\nmax 0", (true, false))]
    #[case::processes("oom_kill 0\nmax 12", (false, true))]
    #[case::no_cgroup_in_sight("", (false, false))]
    fn the_kernel_s_counters(#[case] text: &str, #[case] expected: (bool, bool)) {
        assert_eq!(counters(text), expected);
    }

    #[rstest::rstest]
    #[case::dash("/bin/sh: 1: Cannot fork", true)]
    #[case::bash("bash: fork: retry: Resource temporarily unavailable", true)]
    #[case::busybox("sh: can't fork: Resource temporarily unavailable", true)]
    #[case::python("RuntimeError: can't start new thread", true)]
    #[case::java("java.lang.OutOfMemoryError: unable to create native thread", true)]
    #[case::go("runtime: failed to create new OS thread (have 9 already; errno=11); EAGAIN", true)]
    #[case::node("Error: spawn /bin/sh EAGAIN", true)]
    #[case::a_socket("recv() failed (11: Resource temporarily unavailable)", false)]
    #[case::a_thread("thread main panicked", false)]
    fn words_for_a_refused_fork(#[case] line: &str, #[case] expected: bool) {
        assert_eq!(says_no_more_processes(line), expected);
    }
}

#[cfg(test)]
#[path = "refine_tests.rs"]
mod engine_tests;
