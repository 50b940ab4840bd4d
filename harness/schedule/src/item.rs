//! What waits to begin, what it needs, and what a node has.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use cc_ci_model::UnitId;
use serde::{Deserialize, Serialize};

macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(from = "String", into = "String")]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name that is `text`; any text will do.
            #[must_use]
            pub fn new(text: impl Into<Arc<str>>) -> Self {
                Self(text.into())
            }

            /// The name as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.0.as_ref().to_owned()
            }
        }
    };
}

text_type!(
    /// One item of work, such as `custom-html@1.1.0+1.26.3/main`; unique among those that wait or are in flight.
    ItemId
);
text_type!(
    /// One node that items are placed on.
    NodeId
);

/// Who waits for the result. A later variant goes before an earlier one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Priority {
    /// The result is read in the morning.
    #[default]
    Nightly,
    /// A proposed change.
    PullRequest,
    /// A person in front of a terminal.
    Developer,
}

/// What an item holds from its admission to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Demand {
    /// Bytes of memory.
    pub memory: u64,
    /// Thousandths of a core, on average. More than the node has counts as all that it has.
    pub cpu_millis: u64,
    /// Bytes of disk.
    pub disk: u64,
    /// Ports published on the host; two items never hold the same one.
    pub ports: BTreeSet<u16>,
    /// Names that exist once; two items never hold the same one.
    pub exclusive: BTreeSet<String>,
    /// Images that must be on the node before it begins.
    pub images: BTreeSet<String>,
    /// Labels that its node must have.
    pub node_labels: BTreeSet<String>,
    /// It is alone on its node.
    pub whole_node: bool,
}

/// One piece of work, such as a leg of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Its name.
    pub id: ItemId,
    /// The unit that it belongs to.
    pub unit: UnitId,
    /// What it holds while it runs.
    pub demand: Demand,
    /// How long it is expected to take.
    pub predicted_millis: u64,
    /// Who waits for it.
    pub priority: Priority,
    /// Items that must have ended well before it begins. Each is queued before it or with it.
    pub after: BTreeSet<ItemId>,
    /// What it tests has changed since it last ran.
    pub changed: bool,
    /// It was red not long ago.
    pub recently_red: bool,
}

impl Item {
    /// An item of a nightly run, unchanged and not lately red, that waits for no other.
    #[must_use]
    pub fn new(id: ItemId, unit: UnitId, demand: Demand, predicted_millis: u64) -> Self {
        let (after, priority) = (BTreeSet::new(), Priority::default());
        Self {
            id,
            unit,
            demand,
            predicted_millis,
            priority,
            after,
            changed: false,
            recently_red: false,
        }
    }
}

/// What a node has for items: what the harness and the engine need is taken off already.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capacity {
    /// Bytes of memory.
    pub memory: u64,
    /// Thousandths of a core.
    pub cpu_millis: u64,
    /// Bytes of disk.
    pub disk: u64,
    /// Labels of the node.
    pub labels: BTreeSet<String>,
}
