//! Nodes, and what is taken of them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::decision::{NotBegun, Reason, Resource};
use crate::item::{Capacity, Demand, NodeId};
use crate::settings::auto_jobs;

#[derive(Debug, Clone, Default)]
struct Node {
    capacity: Capacity,
    memory: u64,
    cpu_millis: u64,
    disk: u64,
    in_flight: usize,
    /// An item that must be alone is in flight.
    alone: bool,
    /// The most items that may be in flight.
    slots: usize,
    /// When it last had more room than before, counted in changes.
    changed: u64,
    gone: bool,
}

/// All nodes.
#[derive(Debug, Clone, Default)]
pub(crate) struct Nodes {
    nodes: BTreeMap<NodeId, Node>,
    /// The last change of each node.
    changes: BTreeMap<u64, NodeId>,
    count: u64,
}

impl Node {
    /// True where it has all that `demand` needs once it is empty.
    fn could(&self, demand: &Demand) -> bool {
        let Capacity { memory, disk, labels, .. } = &self.capacity;
        !self.gone
            && demand.memory <= *memory
            && demand.disk <= *disk
            && demand.node_labels.is_subset(labels)
    }

    /// True where enough processor time is free. An item that needs more than the whole node waits for an empty
    /// one.
    fn has_cpu(&self, demand: &Demand) -> bool {
        let left = self.capacity.cpu_millis.saturating_sub(self.cpu_millis);
        self.in_flight == 0 || demand.cpu_millis <= left
    }

    fn has_room(&self, demand: &Demand) -> bool {
        let left = |all: u64, used: u64| all.saturating_sub(used);
        self.could(demand)
            && !self.alone
            && (!demand.whole_node || self.in_flight == 0)
            && self.in_flight < self.slots
            && demand.memory <= left(self.capacity.memory, self.memory)
            && self.has_cpu(demand)
            && demand.disk <= left(self.capacity.disk, self.disk)
    }

    /// All reasons why `demand` cannot begin here now.
    fn reasons(&self, demand: &Demand) -> Vec<Reason> {
        let left = |all: u64, used: u64| all.saturating_sub(used);
        let mut reasons = Vec::new();
        let mut unless = |met: bool, reason| (!met).then(|| reasons.push(reason));
        unless(!self.alone, Reason::Alone);
        unless(!demand.whole_node || self.in_flight == 0, Reason::EmptyNode);
        unless(self.in_flight < self.slots, Reason::Jobs);
        let memory = left(self.capacity.memory, self.memory);
        unless(demand.memory <= memory, Reason::Short(Resource::Memory));
        unless(self.has_cpu(demand), Reason::Short(Resource::Cpu));
        let disk = left(self.capacity.disk, self.disk);
        unless(demand.disk <= disk, Reason::Short(Resource::Disk));
        reasons
    }

    fn free_memory(&self) -> u64 {
        self.capacity.memory.saturating_sub(self.memory)
    }
}

impl Nodes {
    /// Adds or changes a node. With `bounded` it has as many slots as its capacity allows, else any number.
    pub(crate) fn seen(&mut self, id: &NodeId, capacity: Capacity, bounded: bool) {
        let node = self.nodes.entry(id.clone()).or_default();
        node.slots = if bounded { auto_jobs(&capacity) } else { usize::MAX };
        (node.capacity, node.gone) = (capacity, false);
        self.grew(id);
    }

    /// Marks a node as gone; false where it was not there.
    pub(crate) fn gone(&mut self, id: &NodeId) -> bool {
        self.nodes.get_mut(id).is_some_and(|node| !std::mem::replace(&mut node.gone, true))
    }

    /// Notes that a node may have more room than before.
    pub(crate) fn grew(&mut self, id: &NodeId) {
        if let Some(node) = self.nodes.get_mut(id) {
            self.changes.remove(&node.changed);
            self.count += 1;
            node.changed = self.count;
            self.changes.insert(self.count, id.clone());
        }
    }

    /// How many changes there have been.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.nodes.values().all(|node| node.gone)
    }

    /// The node with the most free memory that has room, among those that have changed after `seen`, and whether it
    /// is the only one of them.
    pub(crate) fn place(
        &self,
        demand: &Demand,
        seen: u64,
        not: Option<&NodeId>,
    ) -> Option<(NodeId, bool)> {
        let changed = self.changes.range(seen + 1..).map(|(_, id)| id);
        let changed = changed.filter(|id| Some(*id) != not);
        let room = changed.filter_map(|id| self.nodes.get(id).map(|node| (id, node)));
        let mut count = 0;
        let room = room.filter(|(_, node)| node.has_room(demand)).inspect(|_| count += 1);
        let best = room.min_by_key(|(id, node)| (Reverse(node.free_memory()), *id));
        best.map(|(id, _)| (id.clone(), count == 1))
    }

    pub(crate) fn take(&mut self, id: &NodeId, demand: &Demand) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.memory += demand.memory;
            node.cpu_millis += demand.cpu_millis;
            node.disk += demand.disk;
            node.in_flight += 1;
            node.alone = demand.whole_node;
        }
    }

    /// Takes back what [`Nodes::take`] took.
    pub(crate) fn give_back(&mut self, id: &NodeId, demand: &Demand) {
        if let Some(node) = self.nodes.get_mut(id) {
            node.memory = node.memory.saturating_sub(demand.memory);
            node.cpu_millis = node.cpu_millis.saturating_sub(demand.cpu_millis);
            node.disk = node.disk.saturating_sub(demand.disk);
            node.in_flight = node.in_flight.saturating_sub(1);
            node.alone = false;
        }
        self.grew(id);
    }

    /// True where the node is there and has all that `demand` needs once it is empty.
    pub(crate) fn could(&self, id: &NodeId, demand: &Demand) -> bool {
        self.nodes.get(id).is_some_and(|node| node.could(demand))
    }

    /// True where the node has room for `demand` now.
    pub(crate) fn has_room(&self, id: &NodeId, demand: &Demand) -> bool {
        self.nodes.get(id).is_some_and(|node| node.has_room(demand))
    }

    /// The node that is likely to be empty first, among those that could run `demand`.
    pub(crate) fn soonest(&self, demand: &Demand) -> Option<NodeId> {
        let could = self.nodes.iter().filter(|(_, node)| node.could(demand));
        let key = |(id, node): &(&NodeId, &Node)| {
            (node.in_flight, Reverse(node.free_memory()), (*id).clone())
        };
        could.min_by_key(key).map(|(id, _)| id.clone())
    }

    /// Why no node, however empty, could run `demand`; nothing where one could.
    pub(crate) fn never(&self, demand: &Demand) -> Option<NotBegun> {
        if self.nodes.values().any(|node| node.could(demand)) {
            return None;
        }
        let live = || self.nodes.values().filter(|node| !node.gone);
        let most =
            |of: fn(&Capacity) -> u64| live().map(|node| of(&node.capacity)).max().unwrap_or(0);
        let (memory, disk) = (most(|capacity| capacity.memory), most(|capacity| capacity.disk));
        if demand.memory > memory {
            let (resource, wanted) = (Resource::Memory, demand.memory);
            return Some(NotBegun::Larger { resource, wanted, most: memory });
        }
        if demand.disk > disk {
            let (resource, wanted) = (Resource::Disk, demand.disk);
            return Some(NotBegun::Larger { resource, wanted, most: disk });
        }
        let has = |label: &&String| live().any(|node| node.capacity.labels.contains(*label));
        let label = demand.node_labels.iter().find(|label| !has(label));
        Some(label.map_or(NotBegun::NoNodeHasAll, |label| NotBegun::NoLabel(label.clone())))
    }

    /// What keeps `demand` from the node that lacks least, among the first few that could run it.
    pub(crate) fn reasons(&self, demand: &Demand, not: Option<(&NodeId, Reason)>) -> Vec<Reason> {
        let could = self.nodes.iter().filter(|(_, node)| node.could(demand)).take(LOOKED_AT);
        let reasons = could.map(|(id, node)| match &not {
            Some((kept, reason)) if *kept == id => vec![reason.clone()],
            Some(_) | None => node.reasons(demand),
        });
        reasons.min_by_key(Vec::len).unwrap_or_default()
    }
}

/// Number of nodes on which reasons are looked for. On a thousand nodes they would cost more than the placing.
const LOOKED_AT: usize = 4;
