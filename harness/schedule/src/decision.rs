//! The decisions that follow from events.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Stop;
use crate::item::{ItemId, NodeId};

/// What the caller has to do now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decision {
    /// The item begins on this node.
    Admit(ItemId, NodeId),
    /// The item waits. The decision is repeated only when a reason changed.
    Deferred {
        /// The item.
        item: ItemId,
        /// Everything that it waits for.
        on: Vec<Reason>,
    },
    /// The item never begins.
    NotBegun {
        /// The item.
        item: ItemId,
        /// Why.
        reason: NotBegun,
    },
    /// An image is needed. The image that is needed first is named first, and each only once.
    WantImage(String),
}

/// What an item waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Another item, which must end before.
    After(ItemId),
    /// An image that is not there yet.
    Image(String),
    /// A run of a higher priority.
    HigherPriority,
    /// No node is known.
    NoNode,
    /// As many items are in flight as may be.
    Jobs,
    /// The node is in trouble.
    Pressure(String),
    /// A port of the host, and the item that has it or comes first.
    Port(u16, ItemId),
    /// A name that exists once, and the item that has it or comes first.
    Exclusive(String, ItemId),
    /// The node is kept free for an item that has waited long.
    Reserved(ItemId),
    /// Other items are on the node, and this one must be alone.
    EmptyNode,
    /// An item is on the node that must be alone.
    Alone,
    /// Memory, processor or disk.
    Short(Resource),
    /// Other items come first; which of its needs is met is not known yet.
    Behind,
}

/// What a node has a limited amount of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resource {
    /// Bytes of memory.
    Memory,
    /// Time of the processor.
    Cpu,
    /// Bytes of disk.
    Disk,
}

/// Why an item never begins.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NotBegun {
    /// It needs more than any node has in all.
    Larger {
        /// Of what.
        resource: Resource,
        /// Bytes that it needs.
        wanted: u64,
        /// Bytes of the node that has most.
        most: u64,
    },
    /// No node has this label.
    NoLabel(String),
    /// Each of its needs is met by some node, and all of them by none.
    NoNodeHasAll,
    /// The node that it could have run on has left.
    NodeLeft(NodeId),
    /// It comes after itself, by way of these items.
    Cycle(Vec<ItemId>),
    /// It comes after an item that was never queued.
    Unknown(ItemId),
    /// It comes after an item that did not end well, or never began.
    BlockedBy(ItemId),
    /// One of its images cannot be had.
    Image {
        /// The image.
        image: String,
        /// Why, in the producer's words.
        why: String,
    },
    /// It is predicted to end after the deadline.
    TooLate {
        /// Milliseconds that it is predicted to take.
        predicted: u64,
        /// Milliseconds to the deadline.
        left: u64,
    },
    /// The run stopped.
    Stopped(Stop),
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Cpu => "processor time",
            Self::Disk => "disk space",
        })
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(item) => write!(f, "the end of {item}"),
            Self::Image(image) => write!(f, "image {image}"),
            Self::HigherPriority => f.write_str("a run of a higher priority"),
            Self::NoNode => f.write_str("a node"),
            Self::Jobs => f.write_str("a free job"),
            Self::Pressure(why) => write!(f, "the node to be calm again: {why}"),
            Self::Port(port, holder) => write!(f, "port {port}, which {holder} has"),
            Self::Exclusive(name, holder) => write!(f, "{name}, which {holder} has"),
            Self::Reserved(item) => write!(f, "{item}, for which the node is kept free"),
            Self::EmptyNode => f.write_str("an empty node"),
            Self::Alone => f.write_str("the end of an item that is alone on the node"),
            Self::Short(resource) => resource.fmt(f),
            Self::Behind => f.write_str("items that come first"),
        }
    }
}

impl fmt::Display for NotBegun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = |bytes: &u64| bytes.div_ceil(1 << 20);
        match self {
            Self::Larger { resource, wanted, most } => write!(
                f,
                "needs {} MiB of {resource}, and no node has more than {} MiB",
                mib(wanted),
                most >> 20
            ),
            Self::NoLabel(label) => write!(f, "no node has the label {label}"),
            Self::NoNodeHasAll => f.write_str("no node has all that it needs"),
            Self::NodeLeft(node) => write!(f, "node {node} has left, and no other can run it"),
            Self::Cycle(items) => {
                f.write_str("comes after itself: ")?;
                items.iter().try_for_each(|item| write!(f, "{item} after "))?;
                items.first().map_or(Ok(()), |first| first.fmt(f))
            }
            Self::Unknown(item) => write!(f, "comes after {item}, which was never queued"),
            Self::BlockedBy(item) => write!(f, "comes after {item}, which did not end well"),
            Self::Image { image, why } => write!(f, "image {image} cannot be had: {why}"),
            Self::TooLate { left: 0, .. } => f.write_str("the deadline is over"),
            Self::TooLate { predicted, left } => write!(
                f,
                "predicted to take {} s, and the deadline is in {} s",
                predicted.div_ceil(1_000),
                left / 1_000
            ),
            Self::Stopped(Stop::Cancelled) => f.write_str("the run was cancelled"),
            Self::Stopped(Stop::FailFast) => f.write_str("an item was red before it began"),
            Self::Stopped(Stop::Deadline) => f.write_str("the time of the run is over"),
            Self::Stopped(Stop::HigherPriority) => {
                f.write_str("a run of a higher priority needs the node")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::larger(
        NotBegun::Larger { resource: Resource::Memory, wanted: (3 << 30) + 1, most: 2 << 30 },
        "needs 3073 MiB of memory, and no node has more than 2048 MiB"
    )]
    #[case::cycle(
        NotBegun::Cycle(vec![ItemId::new("a"), ItemId::new("b")]),
        "comes after itself: a after b after a"
    )]
    #[case::late(
        NotBegun::TooLate { predicted: 90_001, left: 60_999 },
        "predicted to take 91 s, and the deadline is in 60 s"
    )]
    #[case::over(NotBegun::TooLate { predicted: 1, left: 0 }, "the deadline is over")]
    fn a_reason_is_said_in_words(#[case] reason: NotBegun, #[case] words: &str) {
        assert_eq!(reason.to_string(), words);
    }

    #[test]
    fn a_decision_is_the_same_after_it_was_written_and_read() {
        let reason = NotBegun::Image { image: "a:1".to_owned(), why: "no route".to_owned() };
        let decision = Decision::NotBegun { item: ItemId::new("x"), reason };
        let text = serde_json::to_string(&decision).unwrap();
        assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), decision);
    }
}
