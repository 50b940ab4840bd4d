//! Items that are new, and items that can no longer begin.

use std::collections::{BTreeMap, BTreeSet};

use crate::cycles::cycles;
use crate::decision::{Decision, NotBegun};
use crate::item::{Item, ItemId};
use crate::order::Key;
use crate::state::{Entry, State};

impl State {
    /// Judges queued items, refuses items that cannot begin any more, and asks for images.
    pub(crate) fn settle(&mut self, out: &mut Vec<Decision>) {
        let arrivals = std::mem::take(&mut self.arrivals);
        let mut new = BTreeSet::new();
        for (millis, item) in arrivals {
            if !self.entries.contains_key(&item.id) {
                new.insert(item.id.clone());
                self.ended.remove(&item.id);
                self.insert(millis, item);
            }
        }
        if let Some(stop) = self.stopped {
            for key in self.waiting.clone() {
                self.refuse(&key.id, NotBegun::Stopped(stop), out);
            }
            return;
        }
        self.link(&new, out);
        self.check_against_nodes(&new, out);
        self.expire(out);
        self.want_images(&new, out);
    }

    fn insert(&mut self, millis: u64, item: Item) {
        let key = Key::new(&item, millis, self.settings.ageing);
        let shape = self.queue.shape_of(&item.demand);
        let after = item.after.iter().filter(|id| self.ended.get(*id) != Some(&true));
        let after: BTreeSet<ItemId> = after.cloned().collect();
        for before in &after {
            self.followers.entry(before.clone()).or_default().insert(item.id.clone());
        }
        if let Some(latest) = self.latest_start(&item) {
            self.latest.insert((latest, item.id.clone()));
        }
        self.waiting.insert(key.clone());
        let entry = Entry {
            key,
            shape,
            queued: millis,
            after,
            images: item.demand.images.clone(),
            ready: false,
            patient: None,
            node: None,
            told: Vec::new(),
            item,
        };
        self.untold.push(entry.item.id.clone());
        self.entries.insert(entry.item.id.clone(), entry);
    }

    /// Refuses new items that come after themselves, after an unknown item or after an item that did not end
    /// well.
    fn link(&mut self, new: &BTreeSet<ItemId>, out: &mut Vec<Decision>) {
        let among_new = |all: &BTreeSet<ItemId>| all.intersection(new).cloned().collect();
        // Older items were linked when they were new, so a cycle goes through new ones alone.
        let linked: BTreeMap<ItemId, BTreeSet<ItemId>> = new
            .iter()
            .filter_map(|id| self.entries.get(id))
            .filter(|entry| !entry.after.is_empty())
            .map(|entry| (entry.item.id.clone(), among_new(&entry.after)))
            .collect();
        for cycle in cycles(&closed(linked)) {
            for item in &cycle {
                // The refusal of the cycle comes before the refusals of the items that it blocks.
                self.unlink(item);
            }
            for item in &cycle {
                self.refuse(item, NotBegun::Cycle(cycle.clone()), out);
            }
        }
        for id in new {
            let Some(entry) = self.entries.get(id) else { continue };
            let state = |before: &ItemId| match self.ended.get(before) {
                Some(false) => Some(NotBegun::BlockedBy(before.clone())),
                None if !self.entries.contains_key(before) => {
                    Some(NotBegun::Unknown(before.clone()))
                }
                Some(true) | None => None,
            };
            if let Some(reason) = entry.after.iter().find_map(state) {
                self.refuse(id, reason, out);
            }
        }
    }

    /// Removes what an item comes after.
    fn unlink(&mut self, id: &ItemId) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        for before in std::mem::take(&mut entry.after) {
            if let Some(followers) = self.followers.get_mut(&before) {
                followers.remove(id);
            }
        }
    }

    /// Refuses items that no node could ever run. Before the first node is known, all items wait for one.
    fn check_against_nodes(&mut self, new: &BTreeSet<ItemId>, out: &mut Vec<Decision>) {
        let (all, left) = (std::mem::take(&mut self.nodes_changed), self.left.take());
        if self.nodes.is_empty() && left.is_none() {
            // New items are checked once the first node is known.
            self.nodes_changed = true;
            return;
        }
        let judged = |demand| {
            let reason = self.nodes.never(demand)?;
            Some(left.clone().map_or(reason, NotBegun::NodeLeft))
        };
        let mut never = BTreeMap::new();
        if all {
            let shapes = self.queue.shapes();
            never.extend(shapes.filter_map(|(id, shape)| Some((id, judged(&shape.demand)?))));
        } else {
            let shapes: BTreeSet<_> =
                new.iter().filter_map(|id| self.entries.get(id)).map(|entry| entry.shape).collect();
            let demand = |id| judged(&self.queue.shape(id).demand);
            never.extend(shapes.into_iter().filter_map(|id| Some((id, demand(id)?))));
        }
        if never.is_empty() {
            return;
        }
        let reason = |key: &Key| {
            let entry = self.entries.get(&key.id)?;
            Some((key.id.clone(), never.get(&entry.shape)?.clone()))
        };
        let refused: Vec<_> = self.waiting.iter().filter_map(reason).collect();
        for (item, reason) in refused {
            self.refuse(&item, reason, out);
        }
    }

    /// Refuses items that are predicted to end after the deadline if they begin now.
    fn expire(&mut self, out: &mut Vec<Decision>) {
        let Some(deadline) = self.settings.deadline_millis else { return };
        let now = i128::from(self.now);
        while let Some((latest, item)) = self.latest.first().cloned() {
            if latest >= now && self.now < deadline {
                return;
            }
            let predicted = self.entries.get(&item).map_or(0, |entry| entry.item.predicted_millis);
            let left = deadline.saturating_sub(self.now);
            self.refuse(&item, NotBegun::TooLate { predicted, left }, out);
        }
    }

    /// Asks for the images of new items, those of the first item first.
    fn want_images(&mut self, new: &BTreeSet<ItemId>, out: &mut Vec<Decision>) {
        let mut order: Vec<(bool, Key)> = Vec::new();
        for id in new {
            if let Some(entry) = self.entries.get(id) {
                order.push((!entry.after.is_empty(), entry.key.clone()));
            }
        }
        order.sort();
        for (_, key) in order {
            let Some(entry) = self.entries.get(&key.id) else { continue };
            let wanted = entry.images.clone();
            if let Some((image, why)) = self.images.failed(&wanted) {
                self.refuse(&key.id, NotBegun::Image { image, why }, out);
                continue;
            }
            let fresh = wanted.iter().filter(|image| self.images.is_new(image));
            out.extend(fresh.map(|image| Decision::WantImage(image.clone())));
            let missing = self.images.missing(&wanted, &key.id);
            self.change(&key.id, |entry| entry.images = missing);
        }
    }
}

/// The same map, with every name as a key.
fn closed(mut after: BTreeMap<ItemId, BTreeSet<ItemId>>) -> BTreeMap<ItemId, BTreeSet<ItemId>> {
    let names: Vec<ItemId> = after.values().flatten().cloned().collect();
    for name in names {
        after.entry(name).or_default();
    }
    after
}
