//! What the containers of failed tasks know about a failure, and whose limit it was.

use std::time::Duration;

use cc_ci_backup::running_container;
use cc_ci_engine::{ContainerState, Engine, ExecSpec, Health, TaskState};
use cc_ci_model::{AddedLimit, Ceiling, Fault, StackSpec};

/// Lines of a container's output that may say why it could start no more processes.
const LINES: u32 = 50;
/// Time to read the kernel's counters.
const COUNTERS_LIMIT: Duration = Duration::from_secs(10);

/// A killed process looks like any other crash. The container knows whether a memory limit killed it, and
/// what its health check last said; its output says that it could start no more processes.
pub(crate) async fn refine(
    engine: &dyn Engine,
    spec: &StackSpec,
    fault: Fault,
    tasks: &[TaskState],
) -> Fault {
    let (Fault::CrashLoop { service, .. }
    | Fault::OneShotFailed { service, .. }
    | Fault::RolledBack { service, .. }
    | Fault::UpdatePaused { service, .. }
    | Fault::Unhealthy { service, .. }) = &fault
    else {
        return fault;
    };
    let service = service.clone();
    let name = format!("{}_{service}", spec.name);
    let added = spec.services.get(&service).map(|spec| spec.resources.added.clone());
    let added = added.unwrap_or_default();
    let failed = tasks.iter().rev().filter(|task| task.state == "failed");
    for container in failed.filter_map(|task| task.container.as_deref()) {
        let Ok(state) = engine.container(container).await else { continue };
        // Of the other services' tasks nothing follows. Where a label is missing nothing is known.
        let of = state.labels.get("com.docker.swarm.service.name");
        if of.is_some_and(|of| *of != name) {
            continue;
        }
        if state.oom_killed && state.memory_limit > 0 {
            let limit_bytes = state.memory_limit;
            return if added.contains(&AddedLimit::Memory) {
                memory(&service, limit_bytes)
            } else {
                Fault::MemoryLimit { service, limit_bytes }
            };
        }
        if added.contains(&AddedLimit::Pids) && forks_fail(engine, &state).await {
            return pids(&service, state.pids_limit);
        }
        if let (Fault::Unhealthy { .. }, Health::Unhealthy(output)) = (&fault, state.health) {
            return Fault::Unhealthy { service, output };
        }
    }
    fault
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
    let Ok(said) = engine.exec(&container, &exec).await else { return fault };
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

async fn forks_fail(engine: &dyn Engine, container: &ContainerState) -> bool {
    let log = engine.logs(&container.id, LINES).await.unwrap_or_default();
    String::from_utf8_lossy(&log).lines().any(says_no_more_processes)
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
