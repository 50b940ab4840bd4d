//! The life of a task: from `new` to a running process and to its end.

use std::time::Duration;

use cc_ci_model::MountType;

use super::agenda::Due;
use super::behaviour::{Behaviour, natural};
use super::container::Container;
use super::files::Tree;
use super::task::{Desired, Phase, Task};
use super::world::World;
use crate::{EngineError, Health, NodeId, ObjectKind, ServiceObject};

/// Time between the steps of a task; on Docker a task runs about a second after its service was
/// created, and what matters to a test is only that no step is immediate.
pub(super) const STEP: Duration = Duration::from_millis(100);

impl World {
    /// Adds a task of a service's present specification.
    pub(super) fn spawn(&mut self, service: &str, slot: u64, desired: Desired) -> Option<String> {
        let id = self.short_id("task");
        let service = self.services.iter().find(|s| s.id == service)?;
        self.tasks.push(Task {
            id: id.clone(),
            service: service.id.clone(),
            slot,
            node: None,
            phase: Phase::New,
            desired,
            error: String::new(),
            message: "created".to_owned(),
            exit_code: None,
            container: None,
            object: service.object.clone(),
            template: service.template,
            created: self.now,
            changed: self.now,
        });
        self.later(STEP, Due::Prepare(id.clone()));
        self.forget_old_tasks(slot, &id);
        Some(id)
    }

    pub(super) fn task_mut(&mut self, id: &str) -> Option<&mut Task> {
        self.tasks.iter_mut().find(|task| task.id == id)
    }

    pub(super) fn mark(&mut self, id: &str, phase: Phase, message: &str) {
        let now = self.now;
        if let Some(task) = self.task_mut(id) {
            (task.phase, task.message, task.changed) = (phase, message.to_owned(), now);
        }
    }

    pub(super) fn prepare(&mut self, id: &str) {
        let Some(task) = self.task_mut(id).filter(|task| task.phase == Phase::New) else {
            return;
        };
        let image = task.object.spec.image.clone();
        let constraints = task.object.spec.placement.constraints.clone();
        let given = match self.behaviour(&image) {
            Some(Behaviour::Unschedulable { error }) => Err(error.clone()),
            _ => self.node_for(&constraints),
        };
        let node = match given {
            Ok(node) => node,
            Err(error) => {
                if let Some(task) = self.task_mut(id) {
                    task.error = error;
                }
                return self.mark(id, Phase::Pending, "pending task scheduling");
            }
        };
        if let Some(task) = self.task_mut(id) {
            task.node = Some(node);
        }
        let refusal = match self.behaviour(&image) {
            Some(Behaviour::Rejected { error }) => Some(error.clone()),
            _ if self.shelves[node].find(&image).is_none() => {
                Some(format!("No such image: {image}"))
            }
            _ => None,
        };
        self.mark(id, Phase::Preparing, "preparing");
        match refusal {
            None => self.later(STEP, Due::Create(id.to_owned())),
            Some(error) => {
                if let Some(task) = self.task_mut(id) {
                    task.error = error;
                }
                self.mark(id, Phase::Rejected, "preparing");
                self.ended(id);
            }
        }
    }

    /// The node that meets the constraints on node ids and has the fewest tasks. Other constraints are met by any.
    fn node_for(&self, constraints: &[String]) -> Result<usize, String> {
        let meets = |node: &NodeId, constraint: &String| {
            let (key, value, same) =
                match (constraint.split_once("=="), constraint.split_once("!=")) {
                    (Some((key, value)), _) => (key, value, true),
                    (None, Some((key, value))) => (key, value, false),
                    (None, None) => return true,
                };
            key.trim() != "node.id" || (value.trim() == node.as_str()) == same
        };
        let tasks = |node: usize| {
            self.tasks.iter().filter(|t| t.node == Some(node) && !t.phase.is_over()).count()
        };
        let fits = self.nodes.iter().enumerate();
        let fits = fits.filter(|(_, node)| constraints.iter().all(|asked| meets(node, asked)));
        let words = || "no suitable node (scheduling constraints not satisfied)".to_owned();
        fits.map(|(node, _)| node).min_by_key(|node| tasks(*node)).ok_or_else(words)
    }

    pub(super) fn create(&mut self, id: &str) {
        let Some(task) = self.task_mut(id).filter(|t| t.phase == Phase::Preparing) else {
            return;
        };
        let (object, copy, service) = (task.object.clone(), task.copy_name(), task.service.clone());
        let node = task.node.unwrap_or_default();
        let container = self.container_of(&object, &copy, (node, id), &service);
        let container_id = container.id.clone();
        self.containers.push(container);
        self.emit_container(&container_id, "create", None);
        if let Some(task) = self.task_mut(id) {
            task.container = Some(container_id);
        }
        self.mark(id, Phase::Ready, "prepared");
        self.start_if_wanted(id);
    }

    /// The task no longer waits for the one before it.
    pub(super) fn release(&mut self, id: &str) {
        let Some(task) = self.task_mut(id).filter(|t| t.desired == Desired::Ready) else {
            return;
        };
        task.desired = Desired::Running;
        if task.phase.is_over() {
            self.ended(id);
        } else {
            self.start_if_wanted(id);
        }
    }

    fn start_if_wanted(&mut self, id: &str) {
        let wanted =
            |task: &&mut Task| task.phase == Phase::Ready && task.desired == Desired::Running;
        if self.task_mut(id).filter(wanted).is_some() {
            self.mark(id, Phase::Starting, "starting");
            self.later(STEP, Due::Launch(id.to_owned()));
        }
    }

    pub(super) fn launch(&mut self, id: &str) {
        let Some(task) = self.task_mut(id).filter(|t| t.phase == Phase::Starting) else {
            return;
        };
        let Some(container) = task.container.clone() else {
            return;
        };
        let copy = task.copy_name();
        let spec = task.object.spec.clone();
        let crashed = self.crashes.get(&copy).copied().unwrap_or_default();
        let command = spec.entrypoint.clone().or(spec.command.clone());
        let life = match self.behaviour(&spec.image) {
            Some(behaviour) => behaviour.life(crashed, spec.healthcheck.as_ref()),
            None => natural(command.as_deref(), spec.healthcheck.as_ref()),
        };
        if life.end.is_some_and(|(_, code)| code != 0) {
            *self.crashes.entry(copy).or_default() += 1;
        }
        let awaits_health = life.health.is_some();
        self.start(&container, life);
        if !awaits_health {
            self.mark(id, Phase::Running, "started");
            self.came_up(id);
        }
    }

    /// Takes a task away from Swarm's point of view; its process gets the stop signal.
    pub(super) fn stop(&mut self, id: &str) {
        let Some(task) = self.task_mut(id).filter(|task| task.desired != Desired::Shutdown) else {
            return;
        };
        task.desired = Desired::Shutdown;
        if task.phase.is_over() {
            return;
        }
        let container = task.container.clone();
        match container.filter(|container| self.is_running(container)) {
            Some(container) => {
                self.emit_container(&container, "kill", Some(("signal", "15".to_owned())));
                self.later(STEP, Due::Exit(container, 0));
            }
            None => self.mark(id, Phase::Shutdown, "shutdown"),
        }
    }

    fn container_of(
        &mut self,
        object: &ServiceObject,
        copy: &str,
        (node, task): (usize, &str),
        service: &str,
    ) -> Container {
        let spec = &object.spec;
        let name = format!("{copy}.{task}");
        let mut labels = object.all_container_labels();
        for (key, value) in [
            ("com.docker.swarm.service.id", service),
            ("com.docker.swarm.service.name", &object.name),
            ("com.docker.swarm.task.id", task),
            ("com.docker.swarm.task.name", &name),
        ] {
            labels.insert(key.to_owned(), value.to_owned());
        }
        let volumes = spec.mounts.iter().filter(|mount| mount.kind == MountType::Volume);
        let mounts = volumes.map(|m| (m.source.clone(), m.target.clone())).collect();
        let environment =
            spec.environment.iter().filter_map(|(k, v)| Some(format!("{k}={}", v.as_ref()?)));
        let environment = environment.collect();
        let limit = spec.resources.limit_memory_bytes.unwrap_or_default();
        let mut container = self.blank(node, (&name, &object.name), &spec.image);
        container.labels = labels;
        container.mounts = mounts;
        container.environment = environment;
        container.files = self.files_of(object);
        container.memory_limit = u64::try_from(limit).unwrap_or_default();
        let limit = spec.resources.limit_pids.unwrap_or_default();
        container.pids_limit = u64::try_from(limit).unwrap_or_default();
        container.task = Some(task.to_owned());
        for network in &spec.networks {
            let address = self.address();
            container.networks.insert(network.network.clone(), address);
        }
        self.ensure_volumes(object);
        container
    }

    fn files_of(&self, object: &ServiceObject) -> Tree {
        let secrets = object.spec.secrets.iter().map(|file| {
            let target = match file.target.strip_prefix('/') {
                Some(_) => file.target.clone(),
                None => format!("/run/secrets/{}", file.target),
            };
            (ObjectKind::Secret, &file.source, target)
        });
        let configs = object.spec.configs.iter().map(|file| {
            let target = match file.target.strip_prefix('/') {
                Some(_) => file.target.clone(),
                None => format!("/{}", file.target),
            };
            (ObjectKind::Config, &file.source, target)
        });
        let found = secrets.chain(configs).filter_map(|(kind, source, target)| {
            Some((target, self.thing(kind, source).ok()?.data.clone()))
        });
        found.collect()
    }

    fn ensure_volumes(&mut self, object: &ServiceObject) {
        let labels: Vec<_> = object.volume_labels.clone().into_iter().collect();
        let mounts = object.spec.mounts.iter();
        for mount in mounts.filter(|m| m.kind == MountType::Volume && !m.source.is_empty()) {
            if self.thing(ObjectKind::Volume, &mount.source).is_err() {
                let labels = labels.iter().cloned().collect();
                let _: Result<String, EngineError> =
                    self.add_thing(ObjectKind::Volume, &mount.source, labels, Vec::new());
            }
        }
    }

    pub(super) fn decide_health(&mut self, container: &str, verdict: Result<(), String>) {
        let Some(found) = self.containers.iter_mut().find(|c| c.id == container) else {
            return;
        };
        if !found.is_running() {
            return;
        }
        let task = found.task.clone();
        match verdict {
            Ok(()) => {
                found.health = Health::Healthy;
                self.emit_container(container, "health_status: healthy", None);
                if let Some(task) = task {
                    self.mark(&task, Phase::Running, "started");
                    self.came_up(&task);
                }
            }
            Err(output) => {
                found.health = Health::Unhealthy(output);
                self.emit_container(container, "health_status: unhealthy", None);
                if task.is_some() {
                    self.emit_container(container, "kill", Some(("signal", "15".to_owned())));
                    self.later(STEP, Due::Exit(container.to_owned(), 0));
                }
            }
        }
    }
}
