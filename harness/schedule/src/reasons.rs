//! Reports what items wait for.

use crate::decision::{Decision, Reason};
use crate::event::Pressure;
use crate::item::ItemId;
use crate::names::shared;
use crate::order::Key;
use crate::settings::Jobs;
use crate::state::{Entry, State};

/// Number of the first waiting items whose reasons are kept up to date. All later items wait for these.
const TOLD: usize = 32;

impl State {
    /// Reports what the first waiting items wait for, where that has changed.
    pub(crate) fn tell(&mut self, out: &mut Vec<Decision>) {
        let told = self.first_few(TOLD);
        let mut changed = Vec::new();
        for key in self.waiting.iter().take(told) {
            if let Some(entry) = self.entries.get(&key.id) {
                let on = self.waits_for(key, entry);
                if on != entry.told {
                    changed.push((key.id.clone(), on));
                }
            }
        }
        for (item, on) in changed {
            self.say(item, on, out);
        }
        for item in std::mem::take(&mut self.untold) {
            let silent = |entry: &Entry| entry.node.is_none() && entry.told.is_empty();
            if self.entries.get(&item).is_some_and(silent) {
                self.say(item, vec![Reason::Behind], out);
            }
        }
    }

    fn say(&mut self, item: ItemId, on: Vec<Reason>, out: &mut Vec<Decision>) {
        if let Some(entry) = self.entries.get_mut(&item) {
            entry.told.clone_from(&on);
        }
        out.push(Decision::Deferred { item, on });
    }

    /// All reasons why a waiting item cannot begin.
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
            && on.is_empty()
        {
            on.extend(shared(demand, &reservation.demand, &reservation.key.id));
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
