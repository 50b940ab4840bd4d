//! Facts captured when something happened.

use serde::{Deserialize, Serialize};

/// What a piece of evidence holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The last output of a container.
    Log,
    /// The engine's own account of services and tasks.
    Inspect,
    /// The specification that was sent to the engine.
    Spec,
    /// Output of a command run in a container.
    Exec,
    /// Memory, disk and pressure of the machine.
    Node,
    /// What was found out about the recipe's files.
    Text,
}

/// A pointer to `evidence/<sha256>`; the content is redacted before it is hashed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceRef {
    /// SHA-256 of the stored bytes, hexadecimal; also the file's name.
    pub sha256: String,
    /// What it holds.
    pub kind: EvidenceKind,
    /// What it is about, for a reader: a service, a hook, a check.
    pub name: String,
    /// Size of the stored bytes.
    pub bytes: u64,
}
