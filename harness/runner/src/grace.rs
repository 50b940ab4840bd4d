//! Services that do not stop when they are asked to.

use std::collections::BTreeSet;

use cc_ci_engine::{KILLED, ServiceState, TaskState};
use cc_ci_model::{Event, Leg, Record, StackSpec, UnitId};

use crate::World;

/// Docker's time between the stop signal and the kill, where the service names none.
const DEFAULT_SECONDS: u64 = 10;

/// Looks for tasks that Swarm stopped and had to kill.
#[derive(Debug)]
pub(crate) struct Grace<'a> {
    /// Tasks that were killed on purpose.
    ours: &'a BTreeSet<String>,
    /// Tasks that are known; nothing before the first look.
    known: Option<BTreeSet<String>>,
}

impl<'a> Grace<'a> {
    pub(crate) fn new(ours: &'a BTreeSet<String>) -> Self {
        Self { ours, known: None }
    }

    /// What is new since the last look. What has ended at the first look belongs to an earlier operation.
    pub(crate) fn look(
        &mut self,
        spec: &StackSpec,
        services: &[ServiceState],
        tasks: &[TaskState],
    ) -> Vec<Event> {
        let killed = tasks.iter().filter(|task| is_killed(task) && !self.ours.contains(&task.id));
        let is_first = self.known.is_none();
        let known = self.known.get_or_insert_default();
        let mut events = Vec::new();
        for task in killed {
            if !known.insert(task.id.clone()) || is_first {
                continue;
            }
            let Some(service) = service_of(spec, services, task) else { continue };
            let event = Event::KilledAtStop { seconds: seconds(spec, &service), service };
            if !events.contains(&event) {
                events.push(event);
            }
        }
        events
    }
}

/// Swarm calls a task `shutdown` that it has stopped itself; a crash is `failed`.
fn is_killed(task: &TaskState) -> bool {
    task.state == "shutdown" && task.exit_code == Some(KILLED)
}

fn service_of(spec: &StackSpec, services: &[ServiceState], task: &TaskState) -> Option<String> {
    let service = services.iter().find(|service| service.id == task.service)?;
    service.name.strip_prefix(&format!("{}_", spec.name)).map(str::to_owned)
}

/// The grace period of the service, in seconds.
pub(crate) fn seconds(spec: &StackSpec, service: &str) -> u64 {
    let named = spec.services.get(service).and_then(|service| service.stop_grace_ns);
    named.map_or(DEFAULT_SECONDS, |nanoseconds| nanoseconds / 1_000_000_000)
}

/// The services of the leg that were killed at their stop, as the end of a sentence about lost data.
pub(crate) fn killed_words(world: &World, unit: &UnitId, of: (u32, Leg)) -> String {
    let words_of = |record: &Record| match (&record.unit, &record.event) {
        (Some(is), Event::KilledAtStop { service, seconds })
            if is == unit && (record.attempt, record.leg) == of =>
        {
            Some(format!(
                "; service {service} did not stop within its grace period of {seconds} s and was killed"
            ))
        }
        _ => None,
    };
    let words: BTreeSet<String> =
        world.journal.read(|records| records.iter().filter_map(words_of).collect());
    words.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(id: &str, state: &str, exit_code: i64) -> TaskState {
        serde_json::from_value(serde_json::json!({
            "id": id, "service": "s1", "slot": 1, "state": state, "desired": "shutdown", "error": "",
            "message": "", "exit_code": exit_code, "container": null, "image": "i", "created": "", "changed": "",
        }))
        .unwrap()
    }

    fn service() -> ServiceState {
        serde_json::from_value(serde_json::json!({
            "id": "s1", "name": "unit-abc123_app", "labels": {}, "container_labels": {}, "image": "i",
            "replicas": 1, "one_shot": false, "version": 1, "update": null, "update_started": null,
            "update_message": "",
        }))
        .unwrap()
    }

    fn looks(tasks: &[TaskState], ours: &[&str]) -> Vec<Event> {
        let mut spec = cc_ci_testkit::stack::one_service("unit-abc123", "app:1");
        spec.services.values_mut().for_each(|s| s.stop_grace_ns = Some(3_000_000_000));
        let ours = ours.iter().map(|id| (*id).to_owned()).collect();
        let mut grace = Grace::new(&ours);
        assert!(grace.look(&spec, &[service()], &[task("old", "shutdown", 137)]).is_empty());
        let tasks = [&[task("old", "shutdown", 137)], tasks].concat();
        let found = grace.look(&spec, &[service()], &tasks);
        assert!(grace.look(&spec, &[service()], &tasks).is_empty(), "nothing is said twice");
        found
    }

    #[test]
    fn a_service_that_was_killed_at_its_stop_is_named() {
        let killed = Event::KilledAtStop { service: "app".into(), seconds: 3 };
        assert_eq!(looks(&[task("a", "shutdown", 137)], &[]), [killed]);
    }

    #[rstest::rstest]
    #[case::it_stopped(task("a", "shutdown", 0), &[])]
    #[case::it_stopped_with_a_signal(task("a", "shutdown", 143), &[])]
    #[case::it_crashed(task("a", "failed", 137), &[])]
    #[case::killed_on_purpose(task("a", "shutdown", 137), &["a"])]
    fn everything_else_is_not(#[case] found: TaskState, #[case] ours: &[&str]) {
        assert!(looks(&[found], ours).is_empty());
    }
}
