//! Everything the fake engine knows.

use std::collections::BTreeMap;
use std::time::Duration;

use cc_ci_model::sha256_hex;
use tokio::time::Instant;

use super::agenda::{Agenda, Due};
use super::behaviour::Behaviour;
use super::clock::Clock;
use super::container::Container;
use super::files::Tree;
use super::images::Shelf;
use super::objects::Thing;
use super::service::Service;
use super::task::Task;
use crate::{EngineEvent, NodeId};

#[derive(Debug)]
pub(super) struct World {
    pub(super) clock: Clock,
    /// The moment that is being lived through.
    pub(super) now: Instant,
    pub(super) agenda: Agenda,
    pub(super) events: Vec<EngineEvent>,
    pub(super) swarm: bool,
    pub(super) things: Vec<Thing>,
    pub(super) services: Vec<Service>,
    /// Oldest first.
    pub(super) tasks: Vec<Task>,
    pub(super) containers: Vec<Container>,
    /// Files in volumes, by volume name.
    pub(super) volumes: BTreeMap<String, Tree>,
    /// The nodes; the first one answers.
    pub(super) nodes: Vec<NodeId>,
    /// The images of each node.
    pub(super) shelves: Vec<Shelf>,
    /// References that the registries have.
    pub(super) pullable: Vec<String>,
    /// Scripts by part of an image's name; the last one that fits counts.
    pub(super) behaviours: Vec<(String, Behaviour)>,
    /// Output by part of an image's name.
    pub(super) outputs: Vec<(String, Vec<u8>)>,
    /// Crashes so far of each copy of a service, by its name.
    pub(super) crashes: BTreeMap<String, u32>,
    serial: u64,
}

impl World {
    pub(super) fn new(nodes: Vec<NodeId>) -> Self {
        Self {
            clock: Clock::new(),
            now: Instant::now(),
            agenda: Agenda::default(),
            events: Vec::new(),
            swarm: true,
            things: Vec::new(),
            services: Vec::new(),
            tasks: Vec::new(),
            containers: Vec::new(),
            volumes: BTreeMap::new(),
            shelves: nodes.iter().map(|_| Shelf::default()).collect(),
            pullable: Vec::new(),
            nodes,
            behaviours: Vec::new(),
            outputs: Vec::new(),
            crashes: BTreeMap::new(),
            serial: 0,
        }
    }

    /// Lets everything happen that is due until the clock's present moment.
    pub(super) fn catch_up(&mut self) {
        let now = Instant::now();
        while let Some((at, due)) = self.agenda.take(now) {
            self.now = at;
            self.happen(due);
        }
        self.now = now;
    }

    fn happen(&mut self, due: Due) {
        match due {
            Due::Prepare(task) => self.prepare(&task),
            Due::Create(task) => self.create(&task),
            Due::Release(task) => self.release(&task),
            Due::Launch(task) => self.launch(&task),
            Due::Exit(container, code) => self.exit(&container, code),
            Due::Health(container, verdict) => self.decide_health(&container, verdict),
            Due::Begin(service, template) => self.begin_update(&service, template),
            Due::Proceed(service, template) => self.proceed(&service, template),
            Due::Settle(service, template) => self.settle(&service, template),
            Due::Reap(container) => self.destroy(&container),
            Due::Forget(task) => self.tasks.retain(|found| found.id != task),
        }
    }

    pub(super) fn later(&mut self, after: Duration, due: Due) {
        self.agenda.add(self.now + after, due);
    }

    pub(super) fn emit<const N: usize>(
        &mut self,
        kind: &str,
        action: &str,
        id: &str,
        attributes: [(&str, String); N],
    ) {
        let attributes = attributes.into_iter().map(|(key, value)| (key.to_owned(), value));
        self.events.push(EngineEvent {
            kind: kind.to_owned(),
            action: action.to_owned(),
            id: id.to_owned(),
            attributes: attributes.collect(),
            time_ns: self.clock.nanos(self.now),
        });
    }

    /// An id as Docker gives it to containers: 64 hexadecimal digits.
    pub(super) fn long_id(&mut self, kind: &str) -> String {
        let number = self.number();
        sha256_hex(format!("{kind} {number}").as_bytes())
    }

    /// An id as Swarm gives it: 25 characters.
    pub(super) fn short_id(&mut self, kind: &str) -> String {
        self.long_id(kind).chars().take(25).collect()
    }

    /// A number that was not given out before.
    pub(super) fn number(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub(super) fn behaviour(&self, image: &str) -> Option<&Behaviour> {
        self.behaviours.iter().rev().find(|(part, _)| image.contains(part)).map(|(_, b)| b)
    }
}
