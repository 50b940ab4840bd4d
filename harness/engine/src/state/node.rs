//! The node that answers.

use serde::{Deserialize, Serialize};

/// What the node that answers can do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NodeState {
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
