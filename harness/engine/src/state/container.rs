//! A container as the engine knows it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a container's health check says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// It has none.
    None,
    /// Not decided yet.
    Starting,
    /// Good.
    Healthy,
    /// Bad, with the last output of the check.
    Unhealthy(String),
}

/// A container as the engine knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ContainerState {
    /// Id.
    pub id: String,
    /// Name without the leading slash.
    pub name: String,
    /// Image reference it was started from.
    pub image: String,
    /// Id of that image.
    pub image_id: String,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// `created running paused restarting removing exited dead`.
    pub state: String,
    /// Exit code, where it ended.
    pub exit_code: Option<i64>,
    /// The kernel killed it for memory.
    pub oom_killed: bool,
    /// Health; only [`Containers::container`](crate::Containers::container) knows the last output.
    pub health: Health,
    /// Last output of its health check, whatever the check's verdict; only
    /// [`Containers::container`](crate::Containers::container) knows it.
    #[serde(default)]
    pub probed: String,
    /// Process id of its first process on the node; 0 when it does not run.
    pub pid: u32,
    /// Published ports: container port and protocol (`80/tcp`) → host address and port.
    pub ports: BTreeMap<String, String>,
    /// Its address in each network, by network name.
    pub addresses: BTreeMap<String, String>,
    /// Memory limit in bytes; 0 is none.
    pub memory_limit: u64,
    /// Limit of processes and threads; 0 is none.
    #[serde(default)]
    pub pids_limit: u64,
    /// Volumes that it mounts, by name, those without a name of their own included.
    #[serde(default)]
    pub volumes: Vec<String>,
}

/// What a container holds on disk beside its volumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerDisk {
    /// Id.
    pub id: String,
    /// Name without the leading slash.
    pub name: String,
    /// True where it runs.
    pub running: bool,
    /// Bytes in its own layer.
    pub bytes: u64,
}

/// What a container uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stats {
    /// Memory without page cache, bytes.
    pub memory_bytes: u64,
    /// CPU time since its start, nanoseconds.
    pub cpu_ns: u64,
    /// Processes.
    pub pids: u64,
}
