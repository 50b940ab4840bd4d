//! What the engine says by itself.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Something changed on the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineEvent {
    /// `container`, `service`, `network`, `volume`, …
    pub kind: String,
    /// `start`, `die`, `update`, `health_status: healthy`, …
    pub action: String,
    /// Id of the object.
    pub id: String,
    /// Name, labels and details that the engine adds.
    pub attributes: BTreeMap<String, String>,
    /// When, in nanoseconds since 1970.
    pub time_ns: i64,
}
