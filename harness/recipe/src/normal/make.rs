//! Nodes of the long form.

use std::sync::Arc;

use crate::Place;
use crate::yaml::{Entry, Node, Scalar, Value};

pub(crate) fn text(place: &Place, text: impl Into<Arc<str>>) -> Node {
    Node { place: place.clone(), value: Value::Scalar(Scalar::new(text, false)) }
}

pub(crate) fn plain(place: &Place, text: impl Into<Arc<str>>) -> Node {
    Node { place: place.clone(), value: Value::Scalar(Scalar::new(text, true)) }
}

pub(crate) fn nothing(place: &Place) -> Node {
    plain(place, "")
}

pub(crate) fn list(place: &Place, items: Vec<Node>) -> Node {
    Node { place: place.clone(), value: Value::List(items) }
}

pub(crate) fn map(place: &Place, entries: Vec<Entry>) -> Node {
    Node { place: place.clone(), value: Value::map(entries) }
}

/// An entry that stands where its value stands.
pub(crate) fn entry(key: impl Into<Arc<str>>, node: Node) -> Entry {
    Entry { key: key.into(), place: node.place.clone(), node }
}
