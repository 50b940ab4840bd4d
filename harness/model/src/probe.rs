//! What a suite asks a protocol client to do.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// From where a probe looks at the app.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vantage {
    /// As a neighbour inside the stack's networks, through the gateway.
    #[default]
    Network,
    /// As a client on the host, through a published port.
    Host,
    /// As a visitor, through the edge proxy.
    Edge,
}

/// One use of a protocol client. The client that `probe` names reads `with` itself, so that a new
/// probe needs no change here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProbeSpec {
    /// The client: `http`, `tcp`, `tls`, `mumble`, …
    pub probe: String,
    /// From where it looks.
    #[serde(default)]
    pub from: Vantage,
    /// The client's own settings.
    #[serde(default)]
    pub with: BTreeMap<String, serde_json::Value>,
}
