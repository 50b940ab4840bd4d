//! The nodes of the tree.

use std::sync::Arc;

use super::Scalar;
use crate::Place;

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// Where it begins.
    pub place: Place,
    /// What it holds.
    pub value: Value,
}

/// What a node holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Text, a number, a truth value or nothing.
    Scalar(Scalar),
    /// Its items, in their order.
    List(Vec<Node>),
    /// Its entries, in their order; no key stands twice. Copies of a stack share what no overlay
    /// changes.
    Map(Arc<Vec<Entry>>),
}

impl Value {
    pub(crate) fn map(entries: Vec<Entry>) -> Self {
        Self::Map(Arc::new(entries))
    }
}

/// A key, where it stands, and its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key, shared by the copies of a stack.
    pub key: Arc<str>,
    /// Where the key stands.
    pub place: Place,
    /// Its value.
    pub node: Node,
}

impl Entry {
    /// True where this is its key.
    #[must_use]
    pub fn is(&self, key: &str) -> bool {
        *self.key == *key
    }

    /// The same key at the same place, with another value.
    pub(crate) fn with(&self, node: Node) -> Self {
        Self { key: Arc::clone(&self.key), place: self.place.clone(), node }
    }
}

impl Node {
    /// True for `~`, `null` and for nothing at all.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(&self.value, Value::Scalar(s) if s.kind() == super::Kind::Null)
    }

    /// What it is, for an error message.
    pub(crate) fn describe(&self) -> String {
        match &self.value {
            Value::Scalar(scalar) => scalar.describe(),
            Value::List(_) => "a list".to_owned(),
            Value::Map(_) => "a mapping".to_owned(),
        }
    }

    /// Nodes in this tree.
    pub(crate) fn count(&self) -> usize {
        1 + match &self.value {
            Value::Scalar(_) => 0,
            Value::List(items) => items.iter().map(Self::count).sum(),
            Value::Map(entries) => entries.iter().map(|entry| entry.node.count()).sum(),
        }
    }

    /// Bytes of all keys and texts in this tree.
    pub(crate) fn bytes(&self) -> usize {
        match &self.value {
            Value::Scalar(scalar) => scalar.text.len(),
            Value::List(items) => items.iter().map(Self::bytes).sum(),
            Value::Map(entries) => entries.iter().map(|e| e.key.len() + e.node.bytes()).sum(),
        }
    }

    /// The value of a key of a mapping.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Self> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|e| e.is(key)).map(|e| &e.node),
            Value::Scalar(_) | Value::List(_) => None,
        }
    }
}
