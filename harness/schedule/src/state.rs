//! The fold: what is known, and what each event does to it.

use std::collections::{BTreeSet, HashMap};

use crate::decision::{Decision, NotBegun, Reason};
use crate::event::{At, Event, Pressure, Stop};
use crate::images::Images;
use crate::item::{Item, ItemId, NodeId};
use crate::names::Names;
use crate::nodes::Nodes;
use crate::order::Key;
use crate::queue::{Queue, ShapeId};
use crate::reserve::Reservation;
use crate::settings::{Jobs, Settings};

/// An item that waits or is in flight.
#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) item: Item,
    pub(crate) key: Key,
    pub(crate) shape: ShapeId,
    /// When it was queued.
    pub(crate) queued: u64,
    /// Items that must end before.
    pub(crate) after: BTreeSet<ItemId>,
    /// Images that are not there yet.
    pub(crate) images: BTreeSet<String>,
    /// True once the item lacks nothing but room.
    pub(crate) ready: bool,
    /// Since when its patience counts.
    pub(crate) patient: Option<u64>,
    /// Where it is in flight.
    pub(crate) node: Option<NodeId>,
    /// The reasons that were reported last.
    pub(crate) told: Vec<Reason>,
}

/// Everything that is known of a run, folded from its events.
#[derive(Debug, Clone)]
pub struct State {
    pub(crate) settings: Settings,
    /// Where more items than the first number wait, no more than the second are looked at after an event.
    pub(crate) crowd: (usize, usize),
    pub(crate) now: u64,
    pub(crate) nodes: Nodes,
    pub(crate) names: Names,
    pub(crate) images: Images,
    pub(crate) queue: Queue,
    /// Items that wait or are in flight. A map without an order is looked into and never walked through, so that no
    /// decision depends on it.
    pub(crate) entries: HashMap<ItemId, Entry>,
    /// Items that have not begun, in order.
    pub(crate) waiting: BTreeSet<Key>,
    /// Which items wait for the end of an item.
    pub(crate) followers: HashMap<ItemId, BTreeSet<ItemId>>,
    /// Items that are over, and whether those after them may begin.
    pub(crate) ended: HashMap<ItemId, bool>,
    /// The last moment at which each waiting item may begin, where there is a deadline.
    pub(crate) latest: BTreeSet<(i128, ItemId)>,
    /// Since when the patience of an item counts.
    pub(crate) patient: BTreeSet<(u64, Key)>,
    /// Items that lack nothing but room, each with the time when it was queued.
    pub(crate) by_age: BTreeSet<(u64, Key)>,
    pub(crate) reservation: Option<Reservation>,
    pub(crate) stopped: Option<Stop>,
    pub(crate) paused: bool,
    pub(crate) pressure: Pressure,
    pub(crate) in_flight: usize,
    /// Items that were queued and are not judged yet, each with the time.
    pub(crate) arrivals: Vec<(u64, Item)>,
    /// Items of which nothing was reported yet.
    pub(crate) untold: Vec<ItemId>,
    /// Nodes have come or changed since items were last checked against them.
    pub(crate) nodes_changed: bool,
    /// The node that left last, until items were checked against the others.
    pub(crate) left: Option<NodeId>,
}

impl State {
    /// The state before the first event.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            crowd: (1_000, 12),
            now: 0,
            nodes: Nodes::default(),
            names: Names::default(),
            images: Images::default(),
            queue: Queue::default(),
            entries: HashMap::new(),
            waiting: BTreeSet::new(),
            followers: HashMap::new(),
            ended: HashMap::new(),
            latest: BTreeSet::new(),
            patient: BTreeSet::new(),
            by_age: BTreeSet::new(),
            reservation: None,
            stopped: None,
            paused: false,
            pressure: Pressure::Calm,
            in_flight: 0,
            arrivals: Vec::new(),
            untold: Vec::new(),
            nodes_changed: false,
            left: None,
        }
    }

    /// How many items are in flight.
    #[must_use]
    pub fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many items have neither begun nor been refused.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.len() + self.arrivals.len()
    }

    /// When the next `Tick` may decide something if nothing else happens: an item that then no longer fits before
    /// the deadline is not begun.
    #[must_use]
    pub fn next_look(&self) -> Option<At> {
        let (latest, _) = self.latest.first()?;
        let latest = u64::try_from(*latest).map_or(0, |latest| latest.saturating_add(1));
        let deadline = self.settings.deadline_millis.unwrap_or(u64::MAX);
        Some(At { millis: latest.min(deadline).max(self.now) })
    }

    /// Takes an event and returns the decisions that follow from it, in the order in which they have to be
    /// carried out.
    pub fn step(&mut self, at: At, event: Event) -> Vec<Decision> {
        self.now = self.now.max(at.millis);
        let mut out = Vec::new();
        match event {
            Event::Queued(item) => {
                self.arrivals.push((self.now, item));
                return out;
            }
            Event::NodeSeen(node, capacity) => {
                self.nodes.seen(&node, capacity, self.settings.jobs == Jobs::Auto);
                self.nodes_changed = true;
                return out;
            }
            Event::NodeGone(node) => {
                if self.nodes.gone(&node) {
                    self.nodes_changed = true;
                    self.left = Some(node);
                }
            }
            Event::Ended(item, well) => self.end(&item, well, &mut out),
            Event::ImageReady(image) => {
                for item in self.images.ready(&image) {
                    self.change(&item, |entry| {
                        entry.images.remove(&image);
                    });
                }
            }
            Event::ImageFailed(image, why) => {
                for item in self.images.fail(&image, why.clone()) {
                    let reason = NotBegun::Image { image: image.clone(), why: why.clone() };
                    self.refuse(&item, reason, &mut out);
                }
            }
            Event::Pressure(pressure) => self.pressure = pressure,
            Event::Stopped(Stop::HigherPriority) => self.paused = true,
            Event::Resumed => self.paused = false,
            Event::Stopped(stop @ (Stop::Cancelled | Stop::FailFast | Stop::Deadline)) => {
                self.stopped.get_or_insert(stop);
            }
            Event::Tick => {}
        }
        self.settle(&mut out);
        self.admit(&mut out);
        self.tell(&mut out);
        out
    }

    /// Ends an item, whether it waits or is in flight.
    fn end(&mut self, id: &ItemId, well: bool, out: &mut Vec<Decision>) {
        if let Some(Entry { item, node: Some(node), .. }) = self.entries.get(id) {
            self.names.give_back(&item.demand);
            self.nodes.give_back(node, &item.demand);
            self.in_flight -= 1;
        }
        self.forget(id);
        self.ended.insert(id.clone(), well);
        for follower in self.followers.remove(id).unwrap_or_default() {
            if well {
                self.change(&follower, |entry| {
                    entry.after.remove(id);
                });
            } else {
                self.refuse(&follower, NotBegun::BlockedBy(id.clone()), out);
            }
        }
    }

    /// Changes what a waiting item still lacks. It takes its turn once it lacks nothing.
    pub(crate) fn change(&mut self, id: &ItemId, change: impl FnOnce(&mut Entry)) {
        let Some(entry) = self.entries.get_mut(id) else { return };
        change(entry);
        if entry.ready || !entry.after.is_empty() || !entry.images.is_empty() {
            return;
        }
        entry.ready = true;
        let (key, whole) = (entry.key.clone(), entry.item.demand.whole_node);
        self.queue.push(entry.shape, key.clone());
        self.by_age.insert((entry.queued, key.clone()));
        if whole {
            self.be_patient(&key);
        }
    }

    /// Refuses the item and all items that come after it.
    pub(crate) fn refuse(&mut self, id: &ItemId, reason: NotBegun, out: &mut Vec<Decision>) {
        let mut refused = vec![(id.clone(), reason)];
        while let Some((item, reason)) = refused.pop() {
            if !self.forget(&item) {
                continue;
            }
            self.ended.insert(item.clone(), false);
            let followers = self.followers.remove(&item).unwrap_or_default();
            let blocked = |follower| (follower, NotBegun::BlockedBy(item.clone()));
            refused.extend(followers.into_iter().rev().map(blocked));
            out.push(Decision::NotBegun { item, reason });
        }
    }

    /// Forgets an item; false where it was not known.
    fn forget(&mut self, id: &ItemId) -> bool {
        let Some(entry) = self.entries.get(id).cloned() else { return false };
        self.wait_no_more(&entry);
        self.images.forget(&entry.images, id);
        for before in &entry.after {
            if let Some(followers) = self.followers.get_mut(before) {
                followers.remove(id);
            }
        }
        self.entries.remove(id);
        true
    }

    /// Takes an item out of everything that holds waiting items.
    pub(crate) fn wait_no_more(&mut self, entry: &Entry) {
        let Entry { item, key, shape, queued, patient, .. } = entry;
        self.waiting.remove(key);
        self.by_age.remove(&(*queued, key.clone()));
        self.queue.remove(*shape, key);
        if let Some(latest) = self.latest_start(item) {
            self.latest.remove(&(latest, item.id.clone()));
        }
        if let Some(since) = patient {
            self.patient.remove(&(*since, key.clone()));
        }
        self.release(key);
    }

    /// The last moment at which `item` may begin, where there is a deadline.
    pub(crate) fn latest_start(&self, item: &Item) -> Option<i128> {
        let deadline = self.settings.deadline_millis?;
        Some(i128::from(deadline) - i128::from(item.predicted_millis))
    }
}
