//! Items and nodes for tests.

use cc_ci_model::UnitId;

use crate::decision::Decision;
use crate::event::{At, Event};
use crate::item::{Capacity, Demand, Item, ItemId, NodeId};
use crate::settings::Settings;
use crate::state::State;

/// An item that needs nothing.
pub(crate) fn item(id: &str, predicted_millis: u64) -> Item {
    let unit = UnitId::new("shop@1.0.0+1").unwrap();
    Item::new(ItemId::new(id), unit, Demand::default(), predicted_millis)
}

/// The same with what it needs.
pub(crate) fn needs(id: &str, predicted_millis: u64, demand: Demand) -> Item {
    Item { demand, ..item(id, predicted_millis) }
}

/// A node with so much memory, and enough of all else for eight jobs.
pub(crate) fn memory(memory: u64) -> Capacity {
    Capacity { memory, cpu_millis: 3_200, disk: 1 << 40, ..Capacity::default() }
}

/// A state, and what it decided so far as lines.
pub(crate) struct Play {
    pub(crate) state: State,
    millis: u64,
}

impl Play {
    /// One node `n` with this capacity.
    pub(crate) fn new(settings: Settings, capacity: Capacity) -> Self {
        let mut play = Self { state: State::new(settings), millis: 0 };
        play.event(Event::NodeSeen(NodeId::new("n"), capacity));
        play
    }

    pub(crate) fn at(&mut self, millis: u64) -> &mut Self {
        self.millis = millis;
        self
    }

    pub(crate) fn event(&mut self, event: Event) -> Vec<String> {
        self.state.step(At { millis: self.millis }, event).iter().map(line).collect()
    }

    pub(crate) fn tick(&mut self) -> Vec<String> {
        self.event(Event::Tick)
    }

    pub(crate) fn queue(&mut self, items: impl IntoIterator<Item = Item>) -> Vec<String> {
        for item in items {
            assert_eq!(self.event(Event::Queued(item)), Vec::<String>::new());
        }
        self.tick()
    }

    pub(crate) fn ended(&mut self, id: &str) -> Vec<String> {
        self.event(Event::Ended(ItemId::new(id), true))
    }
}

/// One decision as a line.
pub(crate) fn line(decision: &Decision) -> String {
    match decision {
        Decision::Admit(item, node) => format!("+{item} on {node}"),
        Decision::Deferred { item, on } => {
            let on: Vec<String> = on.iter().map(ToString::to_string).collect();
            format!("{item} waits for {}", on.join("; "))
        }
        Decision::NotBegun { item, reason } => format!("-{item}: {reason}"),
        Decision::WantImage(image) => format!("want {image}"),
    }
}
