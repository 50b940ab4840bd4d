//! What the last look at a stack required and found, as facts that `verify` judges again.

use std::time::Duration;

use cc_ci_engine::{ServiceState, TaskState};
use cc_ci_model::{Facts, StackSpec};
use tokio::time::Instant;

use super::{CRASH_FAILURES, CRASH_WINDOW, Expected, Look, Memory, is_up};

/// The facts of one look, after [`super::judge`] has looked: each is met where the stack is ready, and one is not
/// where a service cannot come up.
pub(crate) fn facts(
    spec: &StackSpec,
    expected: &Expected,
    memory: &Memory,
    (services, tasks): (&[ServiceState], &[TaskState]),
    stable: Duration,
    now: Instant,
) -> Facts {
    let mut facts = Facts::default();
    for (key, wanted) in &spec.services {
        let name = format!("{}_{key}", spec.name);
        let service = services.iter().find(|service| service.name == name);
        facts.require(&format!("service {key}"), ["there"]);
        let Some(service) = service else { continue };
        facts.find(&format!("service {key}"), "there");
        let own: Vec<_> = tasks.iter().filter(|task| task.service == service.id).collect();
        let look = Look { key, wanted, service, tasks: &own, expected, now };
        look.add_to(&mut facts, memory);
    }
    let due = memory.running_since.map(|since| since + stable);
    let quiet = if due.is_some_and(|due| now >= due) { "yes" } else { "no" };
    facts.with(&format!("no new task for {} s", stable.as_secs_f32()), "yes", quiet)
}

impl Look<'_> {
    fn add_to(&self, facts: &mut Facts, memory: &Memory) {
        let key = self.key;
        let update = format!("update of {key}");
        facts.require(&update, ["none", "completed", "paused"]);
        facts.find(&update, self.update_word());
        let copies = self.copies();
        let name = format!("copies of {key}");
        facts.require(&name, [copies.wanted]);
        facts.find(&name, (copies.up + copies.finished).min(copies.wanted));
        let name = format!("tasks of {key} on their way");
        facts.require(&name, [0]);
        facts.find(&name, copies.going);
        let dead = |task: &&&TaskState| self.expected.dead.contains(&task.id) && is_up(task);
        let name = format!("dead tasks of {key} that count as running");
        facts.require(&name, [0]);
        facts.find(&name, self.tasks.iter().filter(dead).count());
        let name = format!("ends of {key}");
        facts.require(&name, [0]);
        facts.find(&name, u32::from(self.ended().is_some()));
        self.add_failures_to(facts, memory);
    }

    fn add_failures_to(&self, facts: &mut Facts, memory: &Memory) {
        let failures = memory.failures.get(self.key).map(Vec::as_slice).unwrap_or_default();
        let never_again = self.is_never_restarted();
        let counts = |at: &Instant| never_again || self.now - *at <= CRASH_WINDOW;
        let recent = failures.iter().filter(|(at, _)| counts(at)).count();
        let name = format!("failed tasks of {}", self.key);
        let most = if never_again { 0 } else { CRASH_FAILURES - 1 };
        facts.require(&name, 0..=most);
        facts.find(&name, recent);
    }
}
