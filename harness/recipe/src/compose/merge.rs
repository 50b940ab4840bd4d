//! Several compose files as one, by the rules of the engine's command line.
//!
//! The rules as tried with `docker stack config -c a.yml -c b.yml`, on files in their long form.
//! Inside a service everything merges key by key; what is empty, zero or `false` has no effect, so
//! no file can take back an earlier one's `true`. Lists are strung together, but ports merge by
//! published port, mounts by target, secrets and configs by source, and come sorted by that. A
//! network, volume, secret or config of a later file replaces the earlier one's whole.

use std::sync::Arc;

use super::merge_list::{Key, keyed};
use crate::normal::list;
use crate::shape::{Fields, ROOT, Shape};
use crate::yaml::{Entry, Node, Scalar, Value};

/// Lays the file `over` on the file `base`.
pub(crate) fn merge(base: Node, over: Node) -> Node {
    // Keys of the base that are no sections of the format stay; such keys of `over` are dropped.
    map(base, over, |key, base, over| {
        let shape = ROOT.get(key).map(|field| field.shape);
        match (shape, base) {
            (Some(Shape::Objects(_) | Shape::Services(_)), None) => Some(over),
            (Some(Shape::Objects(_)), Some(base)) => Some(map(base, over, |_, _, over| Some(over))),
            (Some(Shape::Services(fields)), Some(base)) => {
                Some(map(base, over, |_, base, over| match base {
                    Some(base) => Some(struct_of(base, over, fields)),
                    None => Some(over),
                }))
            }
            (_, base) => base,
        }
    })
}

/// Merges entry by entry; `both` gets the base's value, if it has one, and says what remains. It
/// drops no key that the base has.
fn map(base: Node, over: Node, both: impl Fn(&str, Option<Node>, Node) -> Option<Node>) -> Node {
    let place = base.place.clone();
    let (Value::Map(entries), Value::Map(later)) = (base.value, over.value) else {
        return Node { place, value: Value::map(Vec::new()) };
    };
    let mut entries = Arc::unwrap_or_clone(entries);
    for Entry { key, place, node } in Arc::unwrap_or_clone(later) {
        let at = entries.iter().position(|entry| entry.key == key);
        // The earlier value is moved out and not copied: `both` keeps it or makes another of it.
        let empty = || Node { place: place.clone(), value: Value::List(Vec::new()) };
        let earlier = at.map(|at| std::mem::replace(&mut entries[at].node, empty()));
        if let Some(node) = both(&key, earlier, node) {
            match at {
                Some(at) => entries[at] = Entry { key, place, node },
                None => entries.push(Entry { key, place, node }),
            }
        }
    }
    Node { place, value: Value::map(entries) }
}

fn struct_of(base: Node, over: Node, fields: &Fields) -> Node {
    if base.is_null() || over.is_null() {
        return if base.is_null() { over } else { base };
    }
    let later = match &over.value {
        Value::Map(entries) => entries.iter().map(|entry| entry.key.clone()).collect(),
        Value::Scalar(_) | Value::List(_) => Vec::new(),
    };
    let mut merged = map(base, over, |key, base, over| {
        let Some(base) = base else { return Some(over) };
        let shape = fields.get(key).map_or(Shape::Any, |field| field.shape);
        Some(value(base, over, shape))
    });
    // A list of the base's that merges by key is brought in order by any later file.
    if let Value::Map(entries) = &mut merged.value {
        for Entry { key, node, .. } in Arc::make_mut(entries).iter_mut() {
            if !later.contains(key)
                && let Some(key) = fields.get(key).and_then(|f| key_of(f.shape))
            {
                *node = keyed(node.clone(), list(&node.place, Vec::new()), key);
            }
        }
    }
    merged
}

fn value(base: Node, over: Node, shape: Shape) -> Node {
    match shape {
        Shape::Count => over,
        Shape::Text
        | Shape::Word(_)
        | Shape::Path
        | Shape::Flag
        | Shape::Choice
        | Shape::Number
        | Shape::Ratio
        | Shape::Duration
        | Shape::Pause
        | Shape::Bytes
        | Shape::External
        | Shape::Words => {
            if has_no_effect(&over) {
                base
            } else {
                over
            }
        }
        Shape::Texts
        | Shape::AnyTexts
        | Shape::TextOrTexts
        | Shape::TextsAndNumbers
        | Shape::Test
        | Shape::Hosts
        | Shape::Maps(_) => append(base, over),
        Shape::Pairs | Shape::Options | Shape::LooseOptions | Shape::Ulimits => {
            map(base, over, |_, _, over| Some(over))
        }
        Shape::Args | Shape::Environment => map(base, over, |_, base, over| {
            Some(base.filter(|_| has_no_effect(&over)).unwrap_or(over))
        }),
        Shape::Attachments => map(base, over, |_, base, over| {
            Some(match base {
                Some(base) => attachment(base, over),
                None => over,
            })
        }),
        Shape::Ports | Shape::Mounts | Shape::Refs => match key_of(shape) {
            Some(key) => keyed(base, over, key),
            None => over,
        },
        Shape::Map(fields)
        | Shape::Section(fields)
        | Shape::Build(fields)
        | Shape::Objects(fields)
        | Shape::Services(fields) => struct_of(base, over, fields),
        Shape::Logging(fields) => match (driver(&base), driver(&over)) {
            (Some(a), Some(b)) if a != b => over,
            _ => struct_of(base, over, fields),
        },
        Shape::Any => anything(base, over),
    }
}

/// The key that tells the items of a list apart, if they have one.
fn key_of(shape: Shape) -> Option<Key> {
    match shape {
        Shape::Ports => Some(Key::Published),
        Shape::Mounts => Some(Key::Target),
        Shape::Refs => Some(Key::Source),
        _ => None,
    }
}

/// Empty text, no words, `false` and zero.
fn has_no_effect(node: &Node) -> bool {
    match &node.value {
        Value::Scalar(Scalar { text, .. }) => {
            matches!(&**text, "" | "false" | "0" | "0s")
        }
        Value::List(items) => items.is_empty(),
        Value::Map(entries) => entries.is_empty(),
    }
}

/// Of the aliases only those of the later file remain. Its addresses win, if it has any.
fn attachment(base: Node, over: Node) -> Node {
    if base.is_null() || over.is_null() {
        return if base.is_null() { over } else { base };
    }
    map(base, over, |_, base, over| Some(base.filter(|_| has_no_effect(&over)).unwrap_or(over)))
}

fn driver(logging: &Node) -> Option<&str> {
    match logging.get("driver").map(|node| &node.value) {
        Some(Value::Scalar(scalar)) if !scalar.text.is_empty() => Some(&*scalar.text),
        _ => None,
    }
}

fn append(base: Node, over: Node) -> Node {
    match (base.value, over.value) {
        (Value::List(mut items), Value::List(more)) => {
            items.extend(more);
            Node { place: over.place, value: Value::List(items) }
        }
        (_, value) => Node { place: over.place, value },
    }
}

/// Values that the format does not know merge by their own form.
fn anything(base: Node, over: Node) -> Node {
    match (&base.value, &over.value) {
        (Value::Map(_), Value::Map(_)) => map(base, over, |_, base, over| {
            Some(match base {
                Some(base) => anything(base, over),
                None => over,
            })
        }),
        (Value::List(_), Value::List(_)) => append(base, over),
        _ => over,
    }
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;
