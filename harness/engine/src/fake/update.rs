//! Updates of services: copy by copy, watched, taken back or stopped when a new task fails.

use std::time::Duration;

use cc_ci_model::FailureAction;

use super::agenda::Due;
use super::service::Update;
use super::task::{Desired, Phase};
use super::tasks::STEP;
use super::world::World;
use crate::{ServiceObject, UpdateState};

impl World {
    /// Takes a new specification. What follows from it begins a moment later, as on Docker, where
    /// the service has no update state until then.
    pub(super) fn replace(&mut self, id: &str, object: ServiceObject) {
        let Some(service) = self.services.iter_mut().find(|s| s.id == id) else {
            return;
        };
        let dirty = service.object.template() != object.template();
        service.previous = Some(std::mem::replace(&mut service.object, object));
        service.version += 1;
        service.update = None;
        service.template += u64::from(dirty);
        let (name, template) = (service.object.name.clone(), service.template);
        self.emit("service", "update", id, [("name", name)]);
        self.scale(id);
        if dirty {
            self.later(STEP, Due::Begin(id.to_owned(), template));
        }
    }

    /// Brings the number of copies to what the specification says.
    fn scale(&mut self, id: &str) {
        let Some(service) = self.services.iter().find(|s| s.id == id) else {
            return;
        };
        let slots = service.slots();
        let of_service = || self.tasks.iter().filter(|task| task.service == id);
        let surplus: Vec<String> =
            of_service().filter(|t| !slots.contains(&t.slot)).map(|t| t.id.clone()).collect();
        let absent: Vec<u64> =
            slots.filter(|slot| !of_service().any(|task| task.slot == *slot)).collect();
        for task in surplus {
            self.stop(&task);
        }
        for slot in absent {
            self.spawn(id, slot, Desired::Running);
        }
    }

    pub(super) fn begin_update(&mut self, id: &str, template: u64) {
        let started = self.now;
        self.with_template(id, template, |service| {
            service.update = Some(Update {
                state: UpdateState::Updating,
                started,
                message: "update in progress".to_owned(),
                failures: 0,
                waiting: Default::default(),
                done: Default::default(),
            });
        });
        self.announce(id);
        self.proceed(id, template);
    }

    /// Replaces the next copies, or watches the last ones if none is left.
    pub(super) fn proceed(&mut self, id: &str, template: u64) {
        let Some(service) = self.services.iter().find(|s| s.id == id && s.template == template)
        else {
            return;
        };
        let Some(update) = service.update.as_ref().filter(|update| update.is_moving()) else {
            return;
        };
        let pace = service.pace(update.goes_back());
        let slots = service.slots();
        let stale: Vec<u64> = slots
            .filter(|slot| self.newest(id, *slot).is_none_or(|t| t.template != template))
            .collect();
        let batch: Vec<u64> = stale
            .iter()
            .copied()
            .take(usize::try_from(pace.parallelism).unwrap_or(usize::MAX))
            .collect();
        self.with_template(id, template, |service| {
            if let Some(update) = &mut service.update {
                update.waiting = batch.iter().copied().collect();
            }
        });
        for slot in &batch {
            let old = self.newest(id, *slot).map(|task| task.id.clone());
            let Some(new) = self.spawn(id, *slot, Desired::Ready) else {
                return;
            };
            match old {
                Some(old) if !pace.start_first => {
                    self.stop(&old);
                    // The old process is gone one step after its signal.
                    self.later(STEP * 2, Due::Release(new));
                }
                _ => self.release(&new),
            }
        }
        if batch.is_empty() {
            let unsettled: Vec<u64> = self.unsettled(id, template);
            if unsettled.is_empty() {
                self.later(pace.monitor, Due::Settle(id.to_owned(), template));
            } else {
                self.with_template(id, template, |service| {
                    if let Some(update) = &mut service.update {
                        update.waiting = unsettled.into_iter().collect();
                    }
                });
            }
        }
    }

    /// A task runs: an update that waited for it goes on, and start-first lets the old one go.
    pub(super) fn came_up(&mut self, id: &str) {
        let Some(task) = self.tasks.iter().find(|task| task.id == id) else {
            return;
        };
        let (service, slot, template) = (task.service.clone(), task.slot, task.template);
        let older = |t: &&super::task::Task| {
            t.service == service && t.slot == slot && t.id != id && !t.phase.is_over()
        };
        let older: Vec<String> = self.tasks.iter().filter(older).map(|t| t.id.clone()).collect();
        for old in older {
            self.stop(&old);
        }
        self.rested(&service, slot, template);
    }

    /// A copy needs no more waiting: its task runs, or ended and will not come again.
    pub(super) fn rested(&mut self, id: &str, slot: u64, template: u64) {
        let found = self.services.iter_mut().find(|s| s.id == id && s.template == template);
        let Some(service) = found else { return };
        let Some(update) = service.update.as_mut().filter(|update| update.is_moving()) else {
            return;
        };
        let back = update.goes_back();
        update.done.insert(slot);
        if update.waiting.remove(&slot) && update.waiting.is_empty() {
            let delay = service.pace(back).delay.max(Duration::from_nanos(1));
            self.later(delay, Due::Proceed(id.to_owned(), template));
        }
    }

    /// A task ended while an update moves: what the policy says about that happens.
    pub(super) fn update_failed(&mut self, task: &str) {
        let Some(found) = self.tasks.iter().find(|t| t.id == task) else {
            return;
        };
        let (id, template) = (found.service.clone(), found.template);
        let Some(service) = self.services.iter_mut().find(|s| s.id == id && s.template == template)
        else {
            return;
        };
        let copies = service.slots().count().max(1) as f64;
        let Some(update) = service.update.as_mut().filter(|update| update.is_moving()) else {
            return;
        };
        update.failures += 1;
        let (back, failures) = (update.goes_back(), update.failures as f64);
        let pace = service.pace(back);
        if failures / copies <= pace.max_failure_ratio {
            return;
        }
        let why = format!("due to failure or early termination of task {task}");
        match (pace.action, back, service.previous.take()) {
            (FailureAction::Continue, _, previous) => {
                service.previous = previous;
                return;
            }
            (FailureAction::Rollback, false, Some(previous)) => {
                service.object = previous;
                service.template += 1;
                let template = service.template;
                self.turn(&id, UpdateState::RollbackStarted, format!("update rolled back {why}"));
                self.later(STEP, Due::Proceed(id.clone(), template));
            }
            (_, true, _) => {
                self.turn(&id, UpdateState::RollbackPaused, format!("rollback paused {why}"));
            }
            (_, false, previous) => {
                service.previous = previous;
                self.turn(&id, UpdateState::Paused, format!("update paused {why}"));
            }
        }
        self.announce(&id);
    }

    pub(super) fn settle(&mut self, id: &str, template: u64) {
        let Some(service) = self.services.iter().find(|s| s.id == id && s.template == template)
        else {
            return;
        };
        let Some(update) = service.update.as_ref().filter(|update| update.is_moving()) else {
            return;
        };
        if update.goes_back() {
            self.turn(id, UpdateState::RollbackCompleted, "rollback completed".to_owned());
        } else {
            self.turn(id, UpdateState::Completed, "update completed".to_owned());
        }
        self.announce(id);
    }

    fn turn(&mut self, id: &str, state: UpdateState, message: String) {
        if let Some(service) = self.services.iter_mut().find(|s| s.id == id) {
            service.version += 1;
            if let Some(update) = &mut service.update {
                (update.state, update.message, update.failures) = (state, message, 0);
                update.waiting.clear();
                update.done.clear();
            }
        }
    }

    fn announce(&mut self, id: &str) {
        let Some(service) = self.services.iter().find(|s| s.id == id) else {
            return;
        };
        let Some(update) = &service.update else {
            return;
        };
        let state = match update.state {
            UpdateState::Updating => "updating",
            UpdateState::Paused => "paused",
            UpdateState::Completed => "completed",
            UpdateState::RollbackStarted => "rollback_started",
            UpdateState::RollbackPaused => "rollback_paused",
            UpdateState::RollbackCompleted => "rollback_completed",
        };
        let name = service.object.name.clone();
        self.emit("service", "update", id, [("name", name), ("updatestate.new", state.to_owned())]);
    }

    /// Copies of the present template that neither ran yet nor are over for good.
    fn unsettled(&self, id: &str, template: u64) -> Vec<u64> {
        let Some(service) = self.services.iter().find(|s| s.id == id) else {
            return Vec::new();
        };
        let busy = |slot: &u64| {
            !service.update.as_ref().is_some_and(|update| update.done.contains(slot))
                && self.newest(id, *slot).is_some_and(|task| {
                    task.template == template
                        && task.phase != Phase::Running
                        && !task.phase.is_over()
                })
        };
        service.slots().filter(busy).collect()
    }

    fn newest(&self, service: &str, slot: u64) -> Option<&super::task::Task> {
        self.tasks.iter().rev().find(|task| task.service == service && task.slot == slot)
    }

    fn with_template(
        &mut self,
        id: &str,
        template: u64,
        change: impl FnOnce(&mut super::service::Service),
    ) {
        let found = self.services.iter_mut().find(|s| s.id == id && s.template == template);
        if let Some(service) = found {
            change(service);
        }
    }
}
