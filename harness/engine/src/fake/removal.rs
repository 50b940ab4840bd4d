//! Removing things, and why that is refused.

use super::agenda::Due;
use super::clock::nanoseconds;
use super::container::STOP_GRACE;
use super::task::{Desired, Phase, Task};
use super::tasks::STEP;
use super::world::World;
use crate::{EngineError, Object, ObjectKind};

impl World {
    pub(super) fn remove(&mut self, object: &Object) -> Result<(), EngineError> {
        match object.kind {
            ObjectKind::Service => self.remove_service(object),
            ObjectKind::Container => self.destroy(&object.id),
            kind => {
                let found = self.things.iter().position(|t| t.kind == kind && t.id == object.id);
                let Some(position) = found else { return Ok(()) };
                let thing = &self.things[position];
                // A volume's id is its name, which another volume can have by now.
                let labels =
                    object.labels.iter().all(|(key, value)| thing.labels.get(key) == Some(value));
                let created =
                    object.created.is_empty() || object.created == self.clock.text(thing.created);
                if kind == ObjectKind::Volume && !(labels && created) {
                    return Ok(());
                }
                let name = thing.name.clone();
                if let Some(user) = self.user(kind, &name) {
                    return Err(EngineError::Conflict {
                        object: format!("{} {name}", kind.as_str()),
                        message: format!("{} {name} is in use by {user}", kind.as_str()),
                    });
                }
                self.things.remove(position);
                self.volumes.remove(&name).filter(|_| kind == ObjectKind::Volume);
                let action = if kind == ObjectKind::Volume { "destroy" } else { "remove" };
                self.emit(kind.as_str(), action, &object.id, [("name", name)]);
            }
        }
        Ok(())
    }

    /// Whoever keeps an object from being removed. Any container keeps its volumes, even an ended
    /// one; only a running one keeps its networks; a service keeps all but volumes.
    fn user(&self, kind: ObjectKind, name: &str) -> Option<String> {
        let in_service = self.services.iter().find(|service| {
            let spec = &service.object.spec;
            match kind {
                ObjectKind::Network => spec.networks.iter().any(|n| n.network == name),
                ObjectKind::Secret => spec.secrets.iter().any(|s| s.source == name),
                ObjectKind::Config => spec.configs.iter().any(|c| c.source == name),
                ObjectKind::Volume | ObjectKind::Service | ObjectKind::Container => false,
            }
        });
        let in_container = self.containers.iter().find(|container| match kind {
            ObjectKind::Network => container.is_running() && container.networks.contains_key(name),
            ObjectKind::Volume => container.mounts.iter().any(|(volume, _)| volume == name),
            ObjectKind::Secret | ObjectKind::Config => false,
            ObjectKind::Service | ObjectKind::Container => false,
        });
        let service = in_service.map(|service| format!("service {}", service.object.name));
        service.or_else(|| in_container.map(|container| format!("container {}", container.name)))
    }

    fn remove_service(&mut self, object: &Object) {
        let Some(position) = self.services.iter().position(|s| s.id == object.id) else {
            return;
        };
        let service = self.services.remove(position);
        self.emit("service", "remove", &service.id, [("name", service.object.name.clone())]);
        let grace = nanoseconds(service.object.spec.stop_grace_ns, STOP_GRACE);
        let mut due = Vec::new();
        for task in self.tasks.iter_mut().filter(|task| task.service == service.id) {
            task.desired = Desired::Remove;
            match &task.container {
                Some(container) => due.push((grace, Due::Reap(container.clone()))),
                None => due.push((STEP, Due::Forget(task.id.clone()))),
            }
            // What has no process yet gets none.
            if !matches!(task.phase, Phase::Running) && !task.phase.is_over() {
                task.phase = Phase::Shutdown;
            }
        }
        for (after, what) in due {
            self.later(after, what);
        }
    }

    /// Kills a container and takes it away; its task, if it still has one, has failed then.
    pub(super) fn destroy(&mut self, id: &str) {
        if self.is_running(id) {
            self.emit_container(id, "kill", Some(("signal", "9".to_owned())));
            self.exit(id, 137);
        }
        self.emit_container(id, "destroy", None);
        let orphan =
            |task: &&Task| task.desired == Desired::Remove && task.container.as_deref() == Some(id);
        if let Some(task) = self.tasks.iter().find(orphan).map(|task| task.id.clone()) {
            self.later(STEP, Due::Forget(task));
        }
        self.containers.retain(|container| container.id != id);
    }
}
