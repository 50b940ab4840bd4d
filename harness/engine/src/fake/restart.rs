//! What Swarm does when a task is over.

use cc_ci_model::RestartCondition;

use super::agenda::Due;
use super::task::{Desired, Phase};
use super::world::World;

/// Tasks that Swarm remembers per copy, the present one included (`Task History Retention Limit`).
const HISTORY: usize = 5;

impl World {
    /// Tells the update about an ended task and starts the next one if the policy says so.
    pub(super) fn ended(&mut self, id: &str) {
        let Some(task) = self.tasks.iter_mut().find(|task| task.id == id) else {
            return;
        };
        // A task that is only being held ready is looked at when its turn comes.
        if task.desired != Desired::Running {
            return;
        }
        task.desired = Desired::Shutdown;
        let (service, slot, phase) = (task.service.clone(), task.slot, task.phase);
        let template = task.template;
        self.update_failed(id);
        let Some(found) = self.services.iter().find(|s| s.id == service) else {
            return;
        };
        let again = match found.restart_condition() {
            RestartCondition::Any => true,
            RestartCondition::OnFailure => phase != Phase::Complete,
            RestartCondition::None => false,
        };
        if again && !self.attempts_used_up(&service, slot) && found.slots().contains(&slot) {
            let delay = found.restart_delay();
            if let Some(next) = self.spawn(&service, slot, Desired::Ready) {
                self.later(delay, Due::Release(next));
            }
        }
        self.rested(&service, slot, template);
    }

    fn attempts_used_up(&self, service: &str, slot: u64) -> bool {
        let Some(found) = self.services.iter().find(|s| s.id == service) else {
            return true;
        };
        let policy = found.object.spec.restart.clone().unwrap_or_default();
        let Some(limit) = policy.max_attempts.filter(|limit| *limit > 0) else {
            return false;
        };
        let window = policy.window_ns.filter(|ns| *ns > 0).map(std::time::Duration::from_nanos);
        let counted = |created: tokio::time::Instant| {
            window.is_none_or(|window| created + window >= self.now)
        };
        let restarts = self.tasks.iter().filter(|task| {
            task.service == service
                && task.slot == slot
                && task.template == found.template
                && counted(task.created)
        });
        restarts.count() as u64 > limit
    }

    /// Forgets what is too old in the copy that `newest` belongs to, with its containers.
    pub(super) fn forget_old_tasks(&mut self, slot: u64, newest: &str) {
        let Some(service) = self.tasks.iter().find(|t| t.id == newest).map(|t| t.service.clone())
        else {
            return;
        };
        let same = self.tasks.iter().filter(|t| t.service == service && t.slot == slot);
        let all: Vec<(String, bool, Option<String>)> =
            same.map(|t| (t.id.clone(), t.phase.is_over(), t.container.clone())).collect();
        let surplus = all.len().saturating_sub(HISTORY);
        for (id, _, container) in all.into_iter().filter(|(_, over, _)| *over).take(surplus) {
            self.tasks.retain(|task| task.id != id);
            if let Some(container) = container {
                self.destroy(&container);
            }
        }
    }
}
