//! A container of our own that is to be started.

use std::collections::BTreeMap;

use cc_ci_model::{Ceiling, Ceilings};

/// One mount of a container of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// Volume name, or host path where it starts with `/`.
    pub source: String,
    /// Path in the container.
    pub target: String,
    /// Mounted read-only.
    pub read_only: bool,
}

/// One published port of a container of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// Port in the container, TCP.
    pub target: u16,
    /// Host address.
    pub address: String,
    /// Host port; 0 lets the engine choose.
    pub port: u16,
}

/// A container of our own to start.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ContainerSpec {
    /// Name.
    pub name: String,
    /// Image.
    pub image: String,
    /// Replaces the image's entry point.
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    pub command: Option<Vec<String>>,
    /// Environment, `NAME=value`.
    pub environment: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Mounts; volumes are not filled from the image.
    pub mounts: Vec<Mount>,
    /// Published ports.
    pub ports: Vec<HostPort>,
    /// Networks joined before it starts; the first replaces the default one.
    pub networks: Vec<String>,
    /// Names by which it is known beside its own, by network.
    pub aliases: BTreeMap<String, Vec<String>>,
    /// Comes back after a restart of the engine.
    pub restart: bool,
    /// An init process reaps children.
    pub init: bool,
    /// What it may use; where absent, what the engine gives every container of our own.
    pub limits: Option<OwnLimits>,
}

/// What a container of our own may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnLimits {
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Processes and threads.
    pub pids: u64,
}

impl OwnLimits {
    /// What `ceilings` say about the harness's own containers.
    #[must_use]
    pub fn of(ceilings: &Ceilings) -> Self {
        Self {
            memory_bytes: ceilings.get(Ceiling::OwnMemoryBytes),
            pids: ceilings.get(Ceiling::OwnPids),
        }
    }
}

impl Default for OwnLimits {
    fn default() -> Self {
        Self::of(&Ceilings::of_machine(0))
    }
}
