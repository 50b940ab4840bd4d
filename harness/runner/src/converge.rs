//! Waits until a stack is up, driven by the engine's events.

use std::collections::BTreeSet;
use std::time::Duration;

use cc_ci_engine::{
    Engine, EngineError, EngineEvent, Selector, ServiceState, TaskState, only_host_ports_taken,
};
use cc_ci_model::{Event, Fault, Observed, StackSpec};
use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use crate::Site;
use crate::bench::{Bench, Stop};
use crate::grace::Grace;
use crate::hub::{Events, Next};
use crate::judge::{Expected, Judgement, Memory, News, at_deadline, facts, host_ports, judge};
use crate::refine::{not_up, refine};
use crate::stretch::TimeLimit;

/// A look without an event: the safety net under the event stream, nothing that is relied on.
const SAFETY_LOOK: Duration = Duration::from_secs(1);
/// Swarm writes the state of a task down a moment after the container's event, and says nothing of
/// it (API 1.41 has no events of tasks). So a few looks follow each event, with growing pauses.
const AFTER_EVENT: [Duration; 4] = [
    Duration::from_millis(60),
    Duration::from_millis(120),
    Duration::from_millis(250),
    Duration::from_millis(400),
];
/// Events come in bursts; one look answers for all that came within this time.
const BURST: Duration = Duration::from_millis(20);

/// The engine's events from now on; opened before the deploy is sent so that none is missed.
pub(crate) struct Watch {
    events: Events,
    /// Time stamp of the last event that mattered, in nanoseconds since 1970, by the engine's clock.
    last_ns: Option<i64>,
    /// When the last event was heard of.
    heard: Instant,
    /// Tasks whose container has died. Swarm writes that down later, on a loaded node by seconds, and
    /// a process that ends at once would look as if it had lived.
    died: BTreeSet<String>,
    /// Told when the container of a task has started.
    started: Option<oneshot::Sender<()>>,
}

/// The attribute that names the task in the events of its container.
const TASK: &str = "com.docker.swarm.task.id";

impl Watch {
    pub(crate) async fn open(site: &Site) -> Result<Self, EngineError> {
        Ok(Self {
            events: site.hub.watch(site.engine.as_ref()).await?,
            last_ns: None,
            heard: Instant::now(),
            died: BTreeSet::new(),
            started: None,
        })
    }

    /// Ends with the first container of a task that starts from now on, or when the watch ends.
    pub(crate) fn first_start(&mut self) -> oneshot::Receiver<()> {
        let (told, started) = oneshot::channel();
        self.started = Some(told);
        started
    }

    /// The next event that can matter to a stack, then whatever comes with it.
    async fn next(&mut self) -> Result<(), EngineError> {
        loop {
            // What was missed may be anything, so it is a reason to look.
            let Next::Event(event) = self.events.next().await? else {
                self.heard = Instant::now();
                break;
            };
            self.note(&event);
            // An exec in some container says nothing about readiness, and our own probes cause them.
            let relevant = matches!(event.kind.as_str(), "service" | "container")
                && !event.action.starts_with("exec");
            if relevant {
                self.last_ns = Some(event.time_ns);
                break;
            }
        }
        let burst = Instant::now() + BURST;
        while let Ok(next) = tokio::time::timeout_at(burst, self.events.next()).await {
            if let Next::Event(event) = next? {
                self.note(&event);
            }
        }
        Ok(())
    }

    fn note(&mut self, event: &EngineEvent) {
        self.heard = Instant::now();
        if event.kind == "container" && event.action == "die" {
            self.died.extend(event.attributes.get(TASK).cloned());
        }
        if event.kind == "container"
            && event.action == "start"
            && event.attributes.contains_key(TASK)
            && let Some(told) = self.started.take()
        {
            // Whoever asked may have stopped waiting.
            let _ = told.send(());
        }
    }

    /// Milliseconds since the last event that mattered.
    fn since_last(&self, now: Timestamp) -> Option<u64> {
        let passed = now.as_nanosecond() - i128::from(self.last_ns?);
        u64::try_from(passed / 1_000_000).ok()
    }
}

async fn look(
    engine: &dyn Engine,
    spec: &StackSpec,
) -> Result<(Vec<ServiceState>, Vec<TaskState>), EngineError> {
    let selector = Selector::stack(spec.name.as_str());
    tokio::try_join!(engine.services(&selector), engine.tasks(&selector))
}

/// What is there before an update is sent: its statuses and failures are old news later.
pub(crate) async fn before(engine: &dyn Engine, spec: &StackSpec) -> Result<Expected, EngineError> {
    let (services, tasks) = look(engine, spec).await?;
    let prefix = format!("{}_", spec.name);
    let key = |name: &str| name.strip_prefix(&prefix).map(str::to_owned);
    Ok(Expected {
        before: services
            .iter()
            .filter_map(|service| Some((key(&service.name)?, service.update_started.clone())))
            .collect(),
        known_tasks: tasks.into_iter().map(|task| task.id).collect(),
        ..Expected::default()
    })
}

/// Waits until every service of `spec` runs and has run for `stable`. The answer is how long after
/// the engine's last word it was noticed that everything runs, in milliseconds.
///
/// # Errors
/// The typed reason why it will not come up, [`Fault::Deadline`] with what was waited for, or the
/// engine's own.
pub(crate) async fn converge(
    bench: &Bench<'_>,
    watch: &mut Watch,
    spec: &StackSpec,
    expected: &Expected,
    (limit, stable): (Duration, Duration),
) -> Result<Option<u64>, Stop> {
    let Site { engine, snapshots, .. } = &bench.world.site;
    let limit = TimeLimit::begin(bench, "services to converge", limit);
    let mut memory = Memory::default();
    let mut said = String::new();
    let mut noticed = None;
    let mut expected = expected.clone();
    let mut looks_left = AFTER_EVENT.iter();
    let ours = expected.dead.clone();
    let mut grace = Grace::new(&ours);
    let mut since = Instant::now();
    loop {
        let listed = snapshots.since(engine.as_ref(), &bench.world.run, since).await?;
        let (services, tasks) = listed.stack(&spec.name);
        let (now, over) = (Instant::now(), limit.is_over());
        expected.dead.extend(watch.died.iter().cloned());
        let seen = (services.as_slice(), tasks.as_slice());
        let (judgement, news) = judge(spec, &expected, &mut memory, seen, stable, now);
        news.into_iter().for_each(|news| tell(bench, news));
        grace.look(spec, &services, &tasks).into_iter().for_each(|event| bench.say(event));
        if over || matches!(judgement, Judgement::Ready | Judgement::Failed(_)) {
            let kept = facts(spec, &expected, &memory, seen, stable, now);
            let check = expected.check.unwrap_or("services_converge");
            bench.observe(check, Observed::Facts(kept));
        }
        let (waiting_for, next_look) = match judgement {
            Judgement::Ready => {
                return Ok(noticed.or_else(|| watch.since_last(bench.world.clock.now())));
            }
            Judgement::Failed(fault) => {
                // Without the list of listening ports, all that are asked for are named.
                let listening = bench.world.site.traces.listening().unwrap_or_default();
                let fault = name_constraints(spec, name_port(spec, fault, &listening));
                return Err(refine(bench.world, spec, fault, &tasks).await.into());
            }
            Judgement::Waiting(on) => {
                noticed = None;
                (on, now + looks_left.next().copied().unwrap_or(SAFETY_LOOK))
            }
            Judgement::Settling(due) => {
                noticed = noticed.or_else(|| watch.since_last(bench.world.clock.now()));
                let on = format!("{} s without a restart", stable.as_secs_f32());
                (on, due.min(now + SAFETY_LOOK))
            }
        };
        if over {
            let known = at_deadline(spec, &expected, &memory, &services);
            let fault = match known {
                Some(fault) => refine(bench.world, spec, fault, &tasks).await,
                None => {
                    let mut words = vec![waiting_for];
                    words.extend(not_up(bench.world, spec, &tasks).await);
                    Fault::Deadline {
                        seconds: limit.own().as_secs(),
                        waiting_for: words.join("; "),
                    }
                }
            };
            return Err(fault.into());
        }
        if said != waiting_for {
            bench.waiting(&waiting_for);
            said = waiting_for;
        }
        tokio::select! {
            event = watch.next() => {
                event?;
                looks_left = AFTER_EVENT.iter();
                since = watch.heard;
            }
            // The pauses of units that heard of one event end together.
            () = sleep_until(next_look.min(limit.deadline())) => {
                since = Instant::now().checked_sub(BURST).unwrap_or(since);
            }
        }
    }
}

fn tell(bench: &Bench<'_>, news: News) {
    bench.say(match news {
        News::Failed(service, task) => Event::TaskFailed {
            service,
            task: task.id,
            state: task.state,
            exit_code: task.exit_code,
            error: task.error,
        },
        News::Settled(service, state, message) => Event::UpdateSettled { service, state, message },
    });
}

/// The scheduler does not say which host port is taken. It is one on which something listens on this
/// machine; where that does not tell either, all that the service asks for are named.
fn name_port(spec: &StackSpec, fault: Fault, listening: &BTreeSet<u16>) -> Fault {
    let Fault::PortTaken { port, message } = &fault else { return fault };
    if !only_host_ports_taken(&message.to_lowercase()) {
        return fault;
    }
    let asked = spec.services.values().map(|service| host_ports(service).collect::<Vec<_>>());
    let Some(asked) = asked.into_iter().find(|asked| asked.contains(port)) else { return fault };
    let taken: Vec<u16> = asked.iter().copied().filter(|port| listening.contains(port)).collect();
    let possible = if taken.is_empty() { asked } else { taken };
    let port = possible.first().copied().unwrap_or(*port);
    let message = match possible.len() {
        0 | 1 => message.clone(),
        _ => {
            let words: Vec<_> = possible.iter().map(u16::to_string).collect();
            format!("{message}; the service asks for ports {}", words.join(", "))
        }
    };
    Fault::PortTaken { port, message }
}

/// The scheduler does not say which constraint no node meets.
fn name_constraints(spec: &StackSpec, fault: Fault) -> Fault {
    let Fault::NotSchedulable { service, error } = &fault else { return fault };
    let asked = spec.services.get(service).map(|service| &service.placement.constraints);
    let Some(asked) = asked.filter(|asked| !asked.is_empty() && error.contains("constraint"))
    else {
        return fault;
    };
    let error = format!("{error}; the service asks for {}", asked.join(", "));
    Fault::NotSchedulable { service: service.clone(), error }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{PortMode, PortSpec, Protocol};

    use super::*;

    const WORDS: &str = "no suitable node (host-mode port already in use on 1 node)";

    fn spec() -> StackSpec {
        let mut spec = cc_ci_testkit::stack::one_service("unit-abc123", "app:1");
        let ports = [8080, 64738].map(|port| PortSpec {
            target: port,
            published: Some(port),
            protocol: Protocol::Tcp,
            mode: PortMode::Host,
        });
        spec.services.values_mut().for_each(|service| service.ports = ports.to_vec());
        spec
    }

    #[rstest::rstest]
    #[case::one_listens(&[22, 64738], 64738, WORDS)]
    #[case::none_listens(&[22], 8080, "no suitable node (host-mode port already in use on 1 node); the service asks for ports 8080, 64738")]
    fn the_taken_port_is_named_and_not_the_first(
        #[case] listening: &[u16],
        #[case] port: u16,
        #[case] message: &str,
    ) {
        let fault = Fault::PortTaken { port: 8080, message: WORDS.to_owned() };
        let named = name_port(&spec(), fault, &listening.iter().copied().collect());
        assert_eq!(named, Fault::PortTaken { port, message: message.to_owned() });
    }

    #[test]
    fn a_constraint_that_no_node_meets_is_named() {
        let mut spec = spec();
        for service in spec.services.values_mut() {
            service.placement.constraints = vec!["node.labels.storage == ssd".to_owned()];
        }
        let fault = |error: &str| {
            let (service, error) = ("app".to_owned(), error.to_owned());
            Fault::NotSchedulable { service, error }
        };
        let words = "no suitable node (scheduling constraints not satisfied on 1 node)";
        let expected = format!("{words}; the service asks for node.labels.storage == ssd");
        assert_eq!(name_constraints(&spec, fault(words)), fault(&expected));
        let memory = fault("no suitable node (insufficient resources on 1 node)");
        assert_eq!(name_constraints(&spec, memory.clone()), memory);
    }

    #[test]
    fn a_port_that_the_engine_names_stays() {
        let message = "Bind for 0.0.0.0:64738 failed: port is already allocated".to_owned();
        let fault = Fault::PortTaken { port: 64738, message };
        assert_eq!(name_port(&spec(), fault.clone(), &BTreeSet::from([8080])), fault);
    }
}
