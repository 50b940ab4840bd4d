//! Room that is kept free for an item which has waited long.
//!
//! The order alone is not enough for an item that needs much: smaller ones that come later in the order fit
//! into every gap, and the large gap never comes. Nor is it for an item of low priority, which new ones of a higher
//! priority go before. So the patience of an item counts:
//!
//! - from the moment when it could begin, where it needs a whole node;
//! - from the moment when one behind it began, where it is the first in the order;
//! - from the moment when one that was queued later began, where it was queued first.
//!
//! Once the patience is over, the item is tried before all others, nothing else begins on one node, and nothing
//! else takes the item's ports and names. One item at a time has this right, the one whose patience has counted
//! longest, so that every item begins in the end.

use crate::item::{Demand, NodeId};
use crate::order::Key;
use crate::state::State;

/// A node that is kept free, and the item that it is kept free for.
#[derive(Debug, Clone)]
pub(crate) struct Reservation {
    pub(crate) key: Key,
    pub(crate) node: NodeId,
    /// What the item needs.
    pub(crate) demand: Demand,
}

impl State {
    /// The patience of an item counts from now on, where it does not count already.
    pub(crate) fn be_patient(&mut self, key: &Key) {
        let now = self.now;
        if let Some(entry) = self.entries.get_mut(&key.id)
            && entry.patient.is_none()
        {
            entry.patient = Some(now);
            self.patient.insert((now, key.clone()));
        }
    }

    /// Makes a reservation where one is due and there is none, or where its node has left.
    pub(crate) fn reserve(&mut self) {
        let key = match &self.reservation {
            Some(reservation) => reservation.key.clone(),
            None => match self.patient.first() {
                Some((since, key)) if self.now - since >= self.settings.patience_millis => {
                    key.clone()
                }
                Some(_) | None => return,
            },
        };
        let Some(entry) = self.entries.get(&key.id) else { return };
        let demand = &entry.item.demand;
        if let Some(reservation) = &self.reservation
            && self.nodes.could(&reservation.node, demand)
        {
            return;
        }
        let demand = demand.clone();
        let node = self.nodes.soonest(&demand);
        self.reservation = node.map(|node| Reservation { key, node, demand });
    }

    /// Ends the reservation for an item, if it is the one that has it.
    pub(crate) fn release(&mut self, key: &Key) {
        if self.reservation.as_ref().is_some_and(|reservation| reservation.key == *key)
            && let Some(reservation) = self.reservation.take()
        {
            // Others were kept from the node, and may have room there.
            self.nodes.grew(&reservation.node);
        }
    }

    /// The reservation of another item, which `key` has to respect.
    pub(crate) fn reserved_from(&self, key: &Key) -> Option<&Reservation> {
        self.reservation.as_ref().filter(|reservation| reservation.key != *key)
    }

    /// The node that is kept free from `key`. While others hold a name that the reservation needs, a free node
    /// would be of no use to it.
    pub(crate) fn kept_free_from(&self, key: &Key) -> Option<&Reservation> {
        let reservation = self.reserved_from(key)?;
        self.names.are_free(&reservation.demand).then_some(reservation)
    }
}
