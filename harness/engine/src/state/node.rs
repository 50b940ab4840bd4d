//! The node that answers.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A node of a Swarm, by the id that the Swarm gave it. A machine outside of a Swarm has none.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NodeId(String);

impl NodeId {
    /// The node of this id; nothing for an empty one, which stands for a machine outside of a Swarm.
    pub fn new(id: impl Into<String>) -> Option<Self> {
        Some(id.into()).filter(|id| !id.is_empty()).map(Self)
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

/// What the node that answers can do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NodeState {
    /// Its id; nothing outside of a Swarm.
    #[serde(default)]
    pub id: Option<NodeId>,
    /// Engine version, as `20.10.24`.
    pub version: String,
    /// Negotiated API version, as `1.41`.
    pub api: String,
    /// Operating system, for a reader.
    pub os: String,
    /// Kernel release.
    pub kernel: String,
    /// CPU architecture.
    pub arch: String,
    /// The node's host name.
    pub name: String,
    /// Where the engine keeps its data.
    pub data_root: String,
    /// CPUs.
    pub cpus: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// `inactive`, `pending`, `active`, `error`, `locked`.
    pub swarm: String,
    /// True where this node can create services.
    pub manager: bool,
    /// Warnings that the engine reports about itself.
    pub warnings: Vec<String>,
    /// The engine's own time when it answered, RFC 3339; empty where it does not say.
    #[serde(default)]
    pub time: String,
}
