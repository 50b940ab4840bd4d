//! Processes of containers: start, signal, end.

use std::collections::BTreeMap;

use super::agenda::Due;
use super::behaviour::Life;
use super::container::Container;
use super::task::{Desired, Phase};
use super::world::World;
use crate::{EngineError, Health};

impl World {
    /// A container that was created and has nothing yet but its names.
    pub(super) fn blank(
        &mut self,
        node: usize,
        (name, title): (&str, &str),
        image: &str,
    ) -> Container {
        let id = self.long_id("container");
        Container {
            id,
            node,
            name: name.to_owned(),
            image: image.to_owned(),
            image_id: self.shelves[node].find(image).map(|i| i.id.clone()).unwrap_or_default(),
            labels: BTreeMap::new(),
            state: "created",
            exit_code: None,
            oom_killed: false,
            health: Health::None,
            pid: 0,
            ports: BTreeMap::new(),
            networks: BTreeMap::new(),
            memory_limit: 0,
            pids_limit: 0,
            mounts: Vec::new(),
            environment: Vec::new(),
            files: BTreeMap::new(),
            log: Vec::new(),
            life: Life::default(),
            task: None,
            title: title.to_owned(),
            created: self.now,
        }
    }

    /// An address that no other container has.
    pub(super) fn address(&mut self) -> String {
        let number = self.number();
        format!("10.0.{}.{}", number / 250 % 250, 2 + number % 250)
    }

    /// A container by its id or name, whichever node has it.
    pub(super) fn container(&self, id: &str) -> Result<&Container, EngineError> {
        self.containers
            .iter()
            .find(|container| container.id == id || container.name == id)
            .ok_or_else(|| EngineError::NotFound { object: format!("container {id}") })
    }

    /// A container of a node by its id or name.
    pub(super) fn container_on(&self, node: usize, id: &str) -> Result<&Container, EngineError> {
        let named = |c: &&Container| c.node == node && (c.id == id || c.name == id);
        let missing = || EngineError::NotFound { object: format!("container {id}") };
        self.containers.iter().find(named).ok_or_else(missing)
    }

    pub(super) fn is_running(&self, id: &str) -> bool {
        self.container(id).is_ok_and(Container::is_running)
    }

    pub(super) fn start(&mut self, id: &str, life: Life) {
        let printed = self.outputs.clone();
        let pid = u32::try_from(self.number()).unwrap_or(u32::MAX).saturating_add(1000);
        let Some(container) = self.containers.iter_mut().find(|c| c.id == id) else {
            return;
        };
        container.state = "running";
        container.pid = pid;
        for (_, output) in printed.iter().filter(|(part, _)| container.image.contains(part)) {
            container.log.extend(output);
        }
        container.log.extend(&life.output);
        container.life = life.clone();
        if let Some((after, verdict)) = life.health {
            container.health = Health::Starting;
            self.later(after, Due::Health(id.to_owned(), verdict));
        }
        if let Some((after, code)) = life.end {
            self.later(after, Due::Exit(id.to_owned(), code));
        }
        self.emit_container(id, "start", None);
    }

    /// What a signal does to a process: it kills, it ends the process in order, or nothing.
    pub(super) fn signal(
        &mut self,
        node: usize,
        id: &str,
        signal: &str,
    ) -> Result<(), EngineError> {
        let container = self.container_on(node, id)?;
        if !container.is_running() {
            return Ok(());
        }
        let id = container.id.clone();
        self.emit_container(&id, "kill", Some(("signal", signal.to_owned())));
        match signal.trim_start_matches("SIG") {
            "KILL" | "9" => self.exit(&id, 137),
            "TERM" | "15" | "INT" | "2" | "QUIT" | "3" => self.exit(&id, 0),
            _ => {}
        }
        Ok(())
    }

    pub(super) fn exit(&mut self, id: &str, code: i64) {
        let Some(container) = self.containers.iter_mut().find(|c| c.id == id && c.is_running())
        else {
            return;
        };
        container.state = "exited";
        container.exit_code = Some(code);
        container.oom_killed = container.life.oom;
        let task = container.task.clone();
        let own_words = container.life.error.clone();
        if container.oom_killed {
            self.emit_container(id, "oom", None);
        }
        self.emit_container(id, "die", Some(("exitCode", code.to_string())));
        if let Some(task) = task {
            self.process_ended(&task, code, own_words);
        }
    }

    fn process_ended(&mut self, id: &str, code: i64, own_words: String) {
        let Some(task) = self.task_mut(id).filter(|task| !task.phase.is_over()) else {
            return;
        };
        task.exit_code = Some(code);
        if matches!(task.desired, Desired::Shutdown | Desired::Remove) {
            return self.mark(id, Phase::Shutdown, "shutdown");
        }
        if code == 0 {
            self.mark(id, Phase::Complete, "finished");
        } else {
            task.error = match own_words.is_empty() {
                true => format!("task: non-zero exit ({code})"),
                false => own_words,
            };
            self.mark(id, Phase::Failed, "started");
        }
        self.ended(id);
    }

    pub(super) fn emit_container(
        &mut self,
        id: &str,
        action: &str,
        extra: Option<(&'static str, String)>,
    ) {
        let Ok(container) = self.container(id) else {
            return;
        };
        let mut attributes = container.labels.clone();
        attributes.insert("name".to_owned(), container.name.clone());
        attributes.insert("image".to_owned(), container.image.clone());
        attributes.extend(extra.map(|(key, value)| (key.to_owned(), value)));
        self.emit("container", action, id, []);
        if let Some(event) = self.events.last_mut() {
            event.attributes = attributes;
        }
    }
}
