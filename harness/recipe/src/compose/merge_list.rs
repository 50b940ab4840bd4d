//! Lists that merge by a key of their items.

use std::collections::BTreeMap;

use crate::yaml::{Node, Scalar, Value};

/// What tells the items of a list apart.
#[derive(Debug, Clone, Copy)]
pub(super) enum Key {
    /// The published port of a port; all unpublished ports count as one.
    Published,
    /// The path of a mount in the container.
    Target,
    /// The secret or config that is meant.
    Source,
}

/// The items of both lists, the later one of those with equal keys, sorted by key. The command
/// line throws away what is equal even within one of the lists, as soon as both files have one.
pub(super) fn keyed(base: Node, over: Node, key: Key) -> Node {
    let (Value::List(items), Value::List(more)) = (base.value, over.value) else {
        return Node { place: over.place, value: Value::List(Vec::new()) };
    };
    let mut all = BTreeMap::new();
    for item in items.into_iter().chain(more) {
        all.insert(of(&item, key), item);
    }
    Node { place: over.place, value: Value::List(all.into_values().collect()) }
}

fn of(item: &Node, key: Key) -> (u64, String) {
    let field = |name| match item.get(name).map(|node| &node.value) {
        Some(Value::Scalar(Scalar { text, .. })) => text.to_string(),
        _ => String::new(),
    };
    match key {
        Key::Published => (field("published").parse().unwrap_or_default(), String::new()),
        Key::Target => (0, field("target")),
        Key::Source => (0, field("source")),
    }
}
