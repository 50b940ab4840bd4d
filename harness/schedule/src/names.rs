//! Ports and names that one item at a time may hold.

use std::collections::BTreeMap;

use crate::decision::Reason;
use crate::item::{Demand, ItemId};

/// Something that exists once.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Name {
    /// A port of the host. Swarm publishes a port on every node, so it exists once for all of them.
    Port(u16),
    Exclusive(String),
}

/// Which item holds which port or name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Names(BTreeMap<Name, ItemId>);

fn of(demand: &Demand) -> impl Iterator<Item = Name> + '_ {
    let ports = demand.ports.iter().map(|port| Name::Port(*port));
    ports.chain(demand.exclusive.iter().map(|name| Name::Exclusive(name.clone())))
}

/// True where two items with these demands take turns.
pub(crate) fn clash(one: &Demand, other: &Demand) -> bool {
    !one.ports.is_disjoint(&other.ports) || !one.exclusive.is_disjoint(&other.exclusive)
}

/// Names that both demands need, as reasons to wait for `holder`.
pub(crate) fn shared(one: &Demand, other: &Demand, holder: &ItemId) -> Vec<Reason> {
    let ports = one.ports.intersection(&other.ports);
    let ports = ports.map(|port| Reason::Port(*port, holder.clone()));
    let names = one.exclusive.intersection(&other.exclusive);
    ports.chain(names.map(|name| Reason::Exclusive(name.clone(), holder.clone()))).collect()
}

impl Names {
    /// True where no item holds a name that `demand` needs.
    pub(crate) fn are_free(&self, demand: &Demand) -> bool {
        of(demand).all(|name| !self.0.contains_key(&name))
    }

    /// The names that `demand` needs and others hold.
    pub(crate) fn held(&self, demand: &Demand) -> Vec<Reason> {
        let holder = |name: Name| {
            let holder = self.0.get(&name)?.clone();
            Some(match name {
                Name::Port(port) => Reason::Port(port, holder),
                Name::Exclusive(name) => Reason::Exclusive(name, holder),
            })
        };
        of(demand).filter_map(holder).collect()
    }

    pub(crate) fn take(&mut self, demand: &Demand, item: &ItemId) {
        self.0.extend(of(demand).map(|name| (name, item.clone())));
    }

    pub(crate) fn give_back(&mut self, demand: &Demand) {
        for name in of(demand) {
            self.0.remove(&name);
        }
    }
}
