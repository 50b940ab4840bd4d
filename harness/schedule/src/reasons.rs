//! Saying what items wait for.

use crate::decision::{Decision, Reason};
use crate::event::Pressure;
use crate::names::shared;
use crate::order::Key;
use crate::settings::Jobs;
use crate::state::{Entry, State};

/// The reasons of so many items are kept true, the first ones in the order. Those behind them wait for these.
const TOLD: usize = 32;

impl State {
    /// Says of the first waiting items what they wait for, where that has changed.
    pub(crate) fn tell(&mut self, out: &mut Vec<Decision>) {
        let mut changed = Vec::new();
        for key in self.waiting.iter().take(TOLD) {
            if let Some(entry) = self.entries.get(&key.id) {
                let on = self.waits_for(key, entry);
                if on != entry.told {
                    changed.push((key.id.clone(), on));
                }
            }
        }
        let newest = std::mem::take(&mut self.untold);
        for id in newest {
            if let Some(entry) = self.entries.get(&id)
                && entry.node.is_none()
                && entry.told.is_empty()
                && changed.iter().all(|(told, _)| *told != id)
            {
                changed.push((id, vec![Reason::Behind]));
            }
        }
        for (item, on) in changed {
            if let Some(entry) = self.entries.get_mut(&item) {
                entry.told.clone_from(&on);
            }
            out.push(Decision::Deferred { item, on });
        }
    }

    /// Everything that keeps a waiting item.
    fn waits_for(&self, key: &Key, entry: &Entry) -> Vec<Reason> {
        let demand = &entry.item.demand;
        let mut on: Vec<Reason> = entry.after.iter().cloned().map(Reason::After).collect();
        on.extend(entry.images.iter().cloned().map(Reason::Image));
        if !on.is_empty() {
            return on;
        }
        if self.nodes.is_empty() {
            return vec![Reason::NoNode];
        }
        if self.paused {
            on.push(Reason::HigherPriority);
        }
        if let Pressure::High(why) = &self.pressure
            && self.in_flight > 0
        {
            on.push(Reason::Pressure(why.clone()));
        }
        if let Jobs::Fixed(most) = self.settings.jobs
            && self.in_flight >= most.get()
        {
            on.push(Reason::Jobs);
        }
        on.extend(self.names.held(demand));
        if let Some(reservation) = self.reserved_from(key)
            && let Some(other) = self.entries.get(&reservation.key.id)
            && on.is_empty()
        {
            on.extend(shared(demand, &other.item.demand, &reservation.key.id));
        }
        let kept = self.kept_free_from(key);
        let kept = kept.map(|kept| (&kept.node, Reason::Reserved(kept.key.id.clone())));
        on.extend(self.nodes.reasons(demand, kept));
        if on.is_empty() {
            on.push(Reason::Behind);
        }
        on
    }
}
