//! Items that could begin if there were room, grouped by what they need.
//!
//! Items with equal demands are placed or not placed alike. An event is therefore looked at once for each kind of
//! demand, not once for each item.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::item::Demand;
use crate::order::Key;

/// The number of a kind of demand.
pub(crate) type ShapeId = usize;

/// Items with equal demands.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    /// What each of them needs, apart from images.
    pub(crate) demand: Demand,
    /// The items that could begin, in order.
    ready: BTreeSet<Key>,
    /// No node that has changed up to here has room for them.
    pub(crate) seen: u64,
}

/// All kinds of demand.
#[derive(Debug, Clone, Default)]
pub(crate) struct Queue {
    shapes: Vec<Shape>,
    by_demand: BTreeMap<Demand, ShapeId>,
    /// The first item of each kind that has one.
    heads: BTreeMap<Key, ShapeId>,
}

impl Queue {
    /// The kind of `demand`.
    pub(crate) fn shape_of(&mut self, demand: &Demand) -> ShapeId {
        let demand = Demand { images: BTreeSet::new(), ..demand.clone() };
        if let Some(shape) = self.by_demand.get(&demand) {
            return *shape;
        }
        let shape = self.shapes.len();
        self.by_demand.insert(demand.clone(), shape);
        self.shapes.push(Shape { demand, ready: BTreeSet::new(), seen: 0 });
        shape
    }

    pub(crate) fn shape(&self, shape: ShapeId) -> &Shape {
        &self.shapes[shape]
    }

    pub(crate) fn shapes(&self) -> impl Iterator<Item = (ShapeId, &Shape)> {
        self.shapes.iter().enumerate()
    }

    /// Notes that no node that has changed up to `seen` has room for this kind.
    pub(crate) fn saw(&mut self, shape: ShapeId, seen: u64) {
        self.shapes[shape].seen = seen;
    }

    pub(crate) fn push(&mut self, shape: ShapeId, key: Key) {
        self.changed(shape, |ready| {
            ready.insert(key);
        });
    }

    pub(crate) fn remove(&mut self, shape: ShapeId, key: &Key) {
        self.changed(shape, |ready| {
            ready.remove(key);
        });
    }

    fn changed(&mut self, shape: ShapeId, change: impl FnOnce(&mut BTreeSet<Key>)) {
        let ready = &mut self.shapes[shape].ready;
        let before = ready.first().cloned();
        change(ready);
        let now = ready.first();
        if before.as_ref() != now {
            if let Some(before) = before {
                self.heads.remove(&before);
            }
            if let Some(now) = now {
                self.heads.insert(now.clone(), shape);
            }
        }
    }

    /// The first item of a kind that comes after `key` in the order.
    pub(crate) fn next_after(&self, key: Option<&Key>) -> Option<(Key, ShapeId)> {
        let from = key.map_or(Bound::Unbounded, Bound::Excluded);
        let (key, shape) = self.heads.range((from, Bound::Unbounded)).next()?;
        Some((key.clone(), *shape))
    }
}
