//! What happens in a run.

use serde::{Deserialize, Serialize};

use crate::item::{Capacity, Item, ItemId, NodeId};

/// When an event happened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// Milliseconds since the run began. An event that seems to be older than the one before it is taken to
    /// have happened at the same time.
    pub millis: u64,
}

/// The pressure on the node.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pressure {
    /// As usual.
    #[default]
    Calm,
    /// The node is in trouble, with the reason in words.
    High(String),
}

/// Why no more items begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stop {
    /// The run was cancelled.
    Cancelled,
    /// An item was red, and the run was asked to end with the first.
    FailFast,
    /// The time of the run is over.
    Deadline,
    /// A run of a higher priority needs the node. This is a pause until [`Event::Resumed`].
    HigherPriority,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// An item waits. It is judged at the next event that is neither this nor `NodeSeen`. One that waits or is in
    /// flight already stays as it is; one that has ended waits again.
    Queued(Item),
    /// An item ended, and whether those that come after it may begin. An item that was never queued is
    /// remembered too: a resumed run reports in this way what ended before it was killed.
    Ended(ItemId, bool),
    /// An image is there.
    ImageReady(String),
    /// An image cannot be had, with the reason.
    ImageFailed(String, String),
    /// The pressure on the node changed.
    Pressure(Pressure),
    /// A node is there, or has more or less than before. Judged as `Queued` is.
    NodeSeen(NodeId, Capacity),
    /// A node has left. What ran on it stays in flight until it is said to have ended.
    NodeGone(NodeId),
    /// No more items begin.
    Stopped(Stop),
    /// The pause of [`Stop::HigherPriority`] is over.
    Resumed,
    /// Time has passed, or the caller has queued all items that it knows.
    Tick,
}
