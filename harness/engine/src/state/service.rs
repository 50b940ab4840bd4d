//! A service as the engine knows it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Where an update of a service stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpdateState {
    /// New tasks are coming up.
    Updating,
    /// Stopped half-way, for good.
    Paused,
    /// Done.
    Completed,
    /// Old tasks are coming back.
    RollbackStarted,
    /// Stopped half-way on the way back.
    RollbackPaused,
    /// The old version is back.
    RollbackCompleted,
}

/// A service as the engine knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceState {
    /// Id.
    pub id: String,
    /// Name on the engine.
    pub name: String,
    /// Labels of the service.
    pub labels: BTreeMap<String, String>,
    /// Labels of its containers.
    pub container_labels: BTreeMap<String, String>,
    /// Image as it runs.
    pub image: String,
    /// Wanted copies; `None` for a global service.
    pub replicas: Option<u64>,
    /// True where tasks that end with exit code 0 are not started again.
    pub one_shot: bool,
    /// Index of the specification, rises with every update.
    pub version: u64,
    /// The last update, if there was one.
    pub update: Option<UpdateState>,
    /// When that update began, RFC 3339; tells an old status from a new one.
    pub update_started: Option<String>,
    /// The engine's own words about it.
    pub update_message: String,
}
