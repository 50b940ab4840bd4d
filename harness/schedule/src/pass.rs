//! Decides which items begin on which nodes.

use crate::decision::Decision;
use crate::event::Pressure;
use crate::item::NodeId;
use crate::names::clash;
use crate::order::Key;
use crate::queue::ShapeId;
use crate::settings::Jobs;
use crate::state::State;

/// Number of kinds of demand without room that are looked at after an event. Later kinds are looked at once
/// some of these items have begun.
const LOOKAHEAD: usize = 1_000;

impl State {
    /// Begins what can begin, in order.
    pub(crate) fn admit(&mut self, out: &mut Vec<Decision>) {
        self.reserve();
        if let Some(reservation) = &self.reservation
            && let Some(entry) = self.entries.get(&reservation.key.id)
            && self.may_begin()
        {
            let (key, shape) = (entry.key.clone(), entry.shape);
            if let Some(node) = self.place(&key, shape) {
                self.begin(&key, node, out);
            }
        }
        let (mut at, mut looked, mut passed) = (None::<Key>, 0, None::<Key>);
        let lookahead = self.first_few(LOOKAHEAD);
        while looked < lookahead && self.may_begin() {
            let Some((key, shape)) = self.queue.next_after(at.as_ref()) else { return };
            if let Some(node) = self.place(&key, shape) {
                self.begin(&key, node, out);
                if let Some(passed) = passed.take() {
                    self.be_patient(&passed);
                }
            } else {
                looked += 1;
                passed = passed.or_else(|| Some(key.clone()));
            }
            at = Some(key);
        }
    }

    /// True where nothing that concerns all items keeps the next from beginning.
    pub(crate) fn may_begin(&self) -> bool {
        let jobs = match self.settings.jobs {
            Jobs::Auto => true,
            Jobs::Fixed(most) => self.in_flight < most.get(),
        };
        // One item may always run: with nothing in flight, the run does not cause the pressure.
        let calm = self.in_flight == 0 || self.pressure == Pressure::Calm;
        jobs && calm && !self.paused && self.stopped.is_none()
    }

    /// How many to look at where `usual` are: fewer where very many wait. One of them nearly always fits, and to look
    /// at each after each event would cost more than it gains.
    pub(crate) fn first_few(&self, usual: usize) -> usize {
        let (many, few) = self.crowd;
        if self.waiting.len() > many { usual.min(few) } else { usual }
    }

    /// Where an item can begin now.
    fn place(&mut self, key: &Key, shape: ShapeId) -> Option<NodeId> {
        let demand = &self.queue.shape(shape).demand;
        if !self.names.are_free(demand) {
            return None;
        }
        if let Some(reservation) = self.reserved_from(key)
            && clash(demand, &reservation.demand)
        {
            return None;
        }
        let kept = self.kept_free_from(key).map(|reservation| &reservation.node);
        // Items of the same kind were kept off the reserved node, so `seen` says nothing about that node.
        if let Some(own) = self.reservation.as_ref().filter(|reservation| reservation.key == *key)
            && self.nodes.has_room(&own.node, demand)
        {
            return Some(own.node.clone());
        }
        let seen = self.queue.shape(shape).seen;
        let placed = self.nodes.place(demand, seen, kept);
        let Some((node, only)) = placed else {
            self.queue.saw(shape, self.nodes.count());
            return None;
        };
        if only {
            // No other node has room for the next item of this kind. This node may still have room.
            self.queue.saw(shape, self.nodes.count());
            self.nodes.grew(&node);
        }
        Some(node)
    }

    fn begin(&mut self, key: &Key, node: NodeId, out: &mut Vec<Decision>) {
        let Some(entry) = self.entries.get(&key.id).cloned() else { return };
        self.wait_no_more(&entry);
        self.names.take(&entry.item.demand, &key.id);
        self.nodes.take(&node, &entry.item.demand);
        self.in_flight += 1;
        if let Some(entry) = self.entries.get_mut(&key.id) {
            (entry.node, entry.patient) = (Some(node.clone()), None);
        }
        if let Some((queued, oldest)) = self.by_age.first().cloned()
            && queued < entry.queued
        {
            self.be_patient(&oldest);
        }
        out.push(Decision::Admit(key.id.clone(), node));
    }
}
