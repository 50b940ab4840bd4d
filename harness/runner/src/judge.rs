//! Is the stack up? A pure answer to what the engine says at one moment.
//!
//! `N/N replicas` alone lies: a task counts as running before it crashes again, an update that
//! Swarm silently took back shows the old replicas in full, and a one-shot service never shows any.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use cc_ci_engine::{
    ServiceState, TaskState, UpdateState, exhausted, networking_fails, only_host_ports_taken,
    taken_port,
};
use cc_ci_model::{Fault, PortMode, RestartCondition, ServiceSpec, StackSpec};
use tokio::time::Instant;

/// A service fails at once after so many failed tasks within [`CRASH_WINDOW`].
const CRASH_FAILURES: usize = 3;
/// The window of the crash-loop rule. Swarm's default pause between starts is 5 s, so three
/// failures show within a quarter of a minute.
const CRASH_WINDOW: Duration = Duration::from_secs(60);
/// The word for an update that was sent and that Swarm has not turned to.
const NOT_BEGUN: &str = "not begun";
/// How long a task may stay unschedulable before that is the verdict: in a stop-first update the
/// old task still holds its host port for a moment, and Swarm looks again only every ten seconds or
/// so (nine were measured).
const UNSCHEDULABLE: Duration = Duration::from_secs(30);

/// What the judge was told before the wait began.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    /// When each service's last update began, before ours was sent; an update status with that
    /// time is old news.
    pub(crate) before: BTreeMap<String, Option<String>>,
    /// Services whose tasks our update has to replace.
    pub(crate) replaced: BTreeSet<String>,
    /// Tasks that were known before; their failures are old news.
    pub(crate) known_tasks: BTreeSet<String>,
    /// Services that have been seen to end with 0 in an earlier stack of the same recipe.
    pub(crate) one_shots: BTreeSet<String>,
    /// Tasks whose process has ended: until Swarm has noticed, they still count as running there.
    pub(crate) dead: BTreeSet<String>,
    /// Name of the check that waits; `None` is `services_converge`.
    pub(crate) check: Option<&'static str>,
}

/// What the judge remembers between two looks.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    failures: BTreeMap<String, Vec<(Instant, TaskState)>>,
    pending: BTreeMap<String, Instant>,
    running: BTreeSet<String>,
    running_since: Option<Instant>,
    settled: BTreeSet<(String, String)>,
    /// Services that were up at the last look.
    up: BTreeSet<String>,
}

/// Something that happened between two looks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum News {
    /// A task failed.
    Failed(String, TaskState),
    /// An update came to its end.
    Settled(String, String, String),
}

/// What one look says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// Everything runs, and has for the stability window.
    Ready,
    /// Not yet; and why.
    Waiting(String),
    /// Everything runs; the stability window ends at this moment.
    Settling(Instant),
    /// It will not come up.
    Failed(Fault),
}

/// Judges one look at the stack.
pub(crate) fn judge(
    spec: &StackSpec,
    expected: &Expected,
    memory: &mut Memory,
    (services, tasks): (&[ServiceState], &[TaskState]),
    stable: Duration,
    now: Instant,
) -> (Judgement, Vec<News>) {
    let mut news = Vec::new();
    let mut waiting = Vec::new();
    let mut running = BTreeSet::new();
    for (key, wanted) in &spec.services {
        let name = format!("{}_{key}", spec.name);
        let Some(service) = services.iter().find(|service| service.name == name) else {
            waiting.push(format!("{key}: not created yet"));
            continue;
        };
        let own: Vec<_> = tasks.iter().filter(|task| task.service == service.id).collect();
        let look = Look { key, wanted, service, tasks: &own, expected, now };
        if own.iter().any(|task| expected.dead.contains(&task.id) && is_up(task)) {
            waiting.push(format!("{key}: Swarm has not noticed that its task is dead"));
        }
        let fault = look.update(memory, &mut news, &mut waiting);
        let fault = fault.or_else(|| look.ended());
        let fault = fault.or_else(|| look.failures(memory, &mut news));
        let fault = fault.or_else(|| look.schedule(memory));
        if let Some(fault) = fault {
            return (Judgement::Failed(fault), news);
        }
        let missing = look.replicas();
        if missing.is_none() {
            memory.up.insert(key.clone());
        } else {
            memory.up.remove(key);
        }
        waiting.extend(missing);
        let checked = wanted.healthcheck.as_ref().is_some_and(|check| !check.is_disabled());
        let living = own.iter().filter(|task| lives(task, checked));
        running.extend(living.map(|task| task.id.clone()));
    }
    if memory.running != running || memory.running_since.is_none() {
        memory.running = running;
        memory.running_since = Some(now);
    }
    if !waiting.is_empty() {
        return (Judgement::Waiting(waiting.join("; ")), news);
    }
    let due = memory.running_since.unwrap_or(now) + stable;
    (if now >= due { Judgement::Ready } else { Judgement::Settling(due) }, news)
}

/// What is known when time runs out: a paused update is a cause, so are tasks that failed of a
/// service that is not up; an empty hand is none.
pub(crate) fn at_deadline(
    spec: &StackSpec,
    expected: &Expected,
    memory: &Memory,
    services: &[ServiceState],
) -> Option<Fault> {
    let known = memory.failures.iter().find_map(|(key, failures)| {
        let (first, last) = (failures.first()?, failures.last()?);
        let up = memory.up.contains(key);
        let seconds = (last.0 - first.0).as_secs();
        (!up).then(|| repeated_failure(key, &last.1, failures.len(), seconds))
    });
    let paused = services.iter().find_map(|service| {
        let key = service.name.strip_prefix(&format!("{}_", spec.name))?;
        let ours = expected.before.get(key).cloned().flatten() != service.update_started;
        let failed = memory.failures.get(key).and_then(|failures| failures.last());
        (ours && service.update == Some(UpdateState::Paused)).then(|| Fault::UpdatePaused {
            service: key.to_owned(),
            message: service.update_message.clone(),
            exit_code: failed.and_then(|(_, task)| task.exit_code),
            error: failed.map_or_else(String::new, |(_, task)| task.error.clone()),
            said: None,
        })
    });
    paused.or(known)
}

fn is_up(task: &TaskState) -> bool {
    task.state == "running" && task.desired == "running"
}

/// Its process runs, even if its health check has not said so yet: a life is counted from its
/// beginning. Without a health check `starting` says only that the engine is at it, which takes
/// seconds on a loaded node.
fn lives(task: &TaskState, checked: bool) -> bool {
    is_up(task) || (checked && task.state == "starting" && task.desired == "running")
}

struct Look<'a> {
    key: &'a str,
    wanted: &'a ServiceSpec,
    service: &'a ServiceState,
    tasks: &'a [&'a TaskState],
    expected: &'a Expected,
    now: Instant,
}

impl Look<'_> {
    /// The state of our update of the service; an update that began before is old news.
    fn own_update(&self) -> Option<UpdateState> {
        let before = self.expected.before.get(self.key).cloned().flatten();
        let ours = self.service.update_started.is_some() && self.service.update_started != before;
        self.service.update.filter(|_| ours)
    }

    /// Where Swarm stands with our update of the service, in a word.
    fn update_word(&self) -> &'static str {
        match self.own_update() {
            None if self.expected.replaced.contains(self.key) => NOT_BEGUN,
            None => "none",
            Some(UpdateState::Updating) => "in progress",
            Some(UpdateState::Completed) => "completed",
            // Half-way for good: it counts as settled, and the tasks decide.
            Some(UpdateState::Paused) => "paused",
            Some(UpdateState::RollbackStarted) => "rollback_started",
            Some(UpdateState::RollbackPaused) => "rollback_paused",
            Some(UpdateState::RollbackCompleted) => "rollback_completed",
        }
    }

    /// Where Swarm stands with our update of the service: what is news, what is waited for, or a fault.
    fn update(
        &self,
        memory: &mut Memory,
        news: &mut Vec<News>,
        waiting: &mut Vec<String>,
    ) -> Option<Fault> {
        let state = self.own_update();
        let word = self.update_word();
        match state {
            None if word == NOT_BEGUN => {
                waiting.push(format!("{}: Swarm has not begun the update", self.key));
                return None;
            }
            None => return None,
            Some(UpdateState::Updating) => {
                waiting.push(format!("{}: update in progress", self.key));
                return None;
            }
            Some(_) => {}
        }
        if memory.settled.insert((self.key.to_owned(), word.to_owned())) {
            let message = self.service.update_message.clone();
            news.push(News::Settled(self.key.to_owned(), word.to_owned(), message));
        }
        if !word.starts_with("rollback") {
            return None;
        }
        // Swarm says only that it went back; the task that failed says why.
        let failed = self.failed_tasks().last();
        Some(Fault::RolledBack {
            service: self.key.to_owned(),
            message: self.service.update_message.clone(),
            exit_code: failed.and_then(|task| task.exit_code),
            error: failed.map_or_else(|| "no failed task is known".to_owned(), |t| t.error.clone()),
            said: None,
        })
    }

    /// A task that ends with 0 although it is started again and again is a failure too: a server
    /// that says good-bye politely is down all the same.
    fn failed_tasks(&self) -> impl Iterator<Item = &TaskState> {
        let new = |task: &&&TaskState| !self.expected.known_tasks.contains(&task.id);
        let failed = |task: &&&TaskState| match task.state.as_str() {
            "failed" | "rejected" => true,
            "complete" => !self.is_one_shot(),
            _ => false,
        };
        self.tasks.iter().filter(new).filter(failed).copied()
    }

    /// Its process may end with 0 and stay away. What is routed to, published or asked for its
    /// health is meant to stay, whatever its restart policy makes of an exit code of 0.
    fn is_one_shot(&self) -> bool {
        self.service.one_shot && !serves(self.wanted)
    }

    /// Its end is waited for: its policy never starts it again, or it has ended with 0 before. A service
    /// that is restarted on failure alone may as well be a worker that never ends.
    fn ends(&self) -> bool {
        let before = || {
            let done = self.tasks.iter().any(|task| task.state == "complete");
            done || self.expected.one_shots.contains(self.key)
        };
        self.is_one_shot() && (self.is_never_restarted() || before())
    }

    fn is_never_restarted(&self) -> bool {
        let condition = self.wanted.restart.as_ref().and_then(|policy| policy.condition);
        condition == Some(RestartCondition::None)
    }

    /// A server that ended with 0 under a policy that only restarts failures stays down for ever.
    fn ended(&self) -> Option<Fault> {
        if !self.service.one_shot || self.is_one_shot() {
            return None;
        }
        let new = |task: &&&TaskState| !self.expected.known_tasks.contains(&task.id);
        let task = self.tasks.iter().filter(new).find(|task| task.state == "complete")?;
        let (service, exit_code) = (self.key.to_owned(), task.exit_code.unwrap_or(0));
        Some(Fault::Ended { service, exit_code, said: None })
    }

    /// The crash-loop rule.
    fn failures(&self, memory: &mut Memory, news: &mut Vec<News>) -> Option<Fault> {
        let seen = memory.failures.entry(self.key.to_owned()).or_default();
        for task in self.failed_tasks() {
            if seen.iter().all(|(_, old)| old.id != task.id) {
                seen.push((self.now, task.clone()));
                news.push(News::Failed(self.key.to_owned(), task.clone()));
            }
        }
        if let (true, Some((_, task))) = (self.is_never_restarted(), seen.last()) {
            return Some(Fault::OneShotFailed {
                service: self.key.to_owned(),
                exit_code: task.exit_code,
                error: task.error.clone(),
                said: None,
            });
        }
        let recent: Vec<_> = seen.iter().filter(|(at, _)| self.now - *at <= CRASH_WINDOW).collect();
        let (first, last) = (recent.first()?, recent.last()?);
        if recent.len() < CRASH_FAILURES {
            return None;
        }
        let seconds = (last.0 - first.0).as_secs();
        Some(repeated_failure(self.key, &last.1, recent.len(), seconds))
    }

    /// No node takes the task.
    fn schedule(&self, memory: &mut Memory) -> Option<Fault> {
        let stuck = self.tasks.iter().find(|task| {
            task.state == "pending" && task.desired == "running" && !task.error.is_empty()
        });
        let Some(task) = stuck else {
            memory.pending.remove(self.key);
            return None;
        };
        let since = *memory.pending.entry(self.key.to_owned()).or_insert(self.now);
        if self.now - since < UNSCHEDULABLE {
            return None;
        }
        let words = task.error.to_lowercase();
        let port = taken_port(&words).or_else(|| {
            // The scheduler names no port: it is one of those that the service asks for.
            let mut asked = host_ports(self.wanted);
            only_host_ports_taken(&words).then(|| asked.next()).flatten()
        });
        let own_task_is_up = self.tasks.iter().any(|task| is_up(task));
        Some(match port {
            Some(port) if own_task_is_up => Fault::OwnPort { service: self.key.to_owned(), port },
            Some(port) => Fault::PortTaken { port, message: task.error.clone() },
            None => {
                Fault::NotSchedulable { service: self.key.to_owned(), error: task.error.clone() }
            }
        })
    }

    /// How many copies are up or done, how many there have to be, and how many are on their way.
    fn copies(&self) -> Copies<'_> {
        // A one-shot that still runs does not count as up; it counts once it has exited with 0.
        let is_up = |task: &TaskState| is_up(task) && !self.ends();
        let up = self.tasks.iter().filter(|task| is_up(task)).count() as u64;
        let done = self.tasks.iter().filter(|task| task.state == "complete").count() as u64;
        let going: Vec<_> = self
            .tasks
            .iter()
            .filter(|task| task.desired == "running" && !task.is_over() && !is_up(task))
            .collect();
        let wanted = self.service.replicas.unwrap_or_else(|| (up + going.len() as u64).max(1));
        let finished = if self.is_one_shot() { done } else { 0 };
        let doing = going.last().map_or("no task", |task| task.state.as_str());
        Copies { up, finished, wanted, going: going.len(), doing }
    }

    /// How many copies run, and what the others are doing.
    fn replicas(&self) -> Option<String> {
        let Copies { up, finished, wanted, going, doing } = self.copies();
        if up + finished >= wanted && going == 0 {
            return None;
        }
        Some(format!("{} {up}/{wanted} ({doing})", self.key))
    }
}

/// The copies of a service.
struct Copies<'a> {
    up: u64,
    /// One-shots that ended with 0.
    finished: u64,
    wanted: u64,
    going: usize,
    /// State of the last one that is on its way.
    doing: &'a str,
}

/// True for a service that somebody is meant to reach.
pub(crate) fn serves(service: &ServiceSpec) -> bool {
    let routed = service.labels.get("traefik.enable").is_some_and(|value| value == "true");
    let checked = service.healthcheck.as_ref().is_some_and(|check| !check.is_disabled());
    routed || checked || !service.ports.is_empty()
}

/// The ports of the node itself that a task of `service` takes.
pub(crate) fn host_ports(service: &ServiceSpec) -> impl Iterator<Item = u16> {
    let ports = service.ports.iter().filter(|port| port.mode == PortMode::Host);
    ports.filter_map(|port| port.published)
}

/// The engine's words about a task tell a crash from a refusal of the node.
fn repeated_failure(key: &str, task: &TaskState, failures: usize, seconds: u64) -> Fault {
    let error = task.error.clone();
    let service = key.to_owned();
    let words = error.to_lowercase();
    if let Some(port) = taken_port(&words) {
        return Fault::PortTaken { port, message: error };
    }
    if let Some(what) = exhausted(&words) {
        return Fault::NodeExhausted { what: what.to_owned(), message: error };
    }
    if networking_fails(&words) {
        let action = format!("join a task of service {service} to its networks");
        return Fault::EngineRefused { action, message: error };
    }
    if task.state == "rejected" {
        return Fault::TaskRejected { service, error };
    }
    if words.contains("unhealthy container") {
        return Fault::Unhealthy { service, output: error, said: None };
    }
    let failures = u32::try_from(failures).unwrap_or(u32::MAX);
    let exit_code = task.exit_code;
    Fault::CrashLoop { service, failures, seconds, exit_code, error, said: None }
}

mod facts;

pub(crate) use facts::facts;

#[cfg(test)]
#[path = "judge_tests.rs"]
mod tests;
