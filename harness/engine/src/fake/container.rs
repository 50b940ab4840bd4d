//! One container.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::Instant;

use super::behaviour::Life;
use super::files::Tree;
use crate::{ContainerState, Health};

/// Docker's default time between the stop signal and the kill.
pub(super) const STOP_GRACE: Duration = Duration::from_secs(10);

#[derive(Debug)]
pub(super) struct Container {
    pub(super) id: String,
    /// The node that has it, by its place in the world's list.
    pub(super) node: usize,
    pub(super) name: String,
    pub(super) image: String,
    pub(super) image_id: String,
    pub(super) labels: BTreeMap<String, String>,
    /// `created`, `running` or `exited`.
    pub(super) state: &'static str,
    pub(super) exit_code: Option<i64>,
    pub(super) oom_killed: bool,
    pub(super) health: Health,
    pub(super) pid: u32,
    pub(super) ports: BTreeMap<String, String>,
    /// Address in each network, by network name.
    pub(super) networks: BTreeMap<String, String>,
    pub(super) memory_limit: u64,
    pub(super) pids_limit: u64,
    /// Volume name and path in the container.
    pub(super) mounts: Vec<(String, String)>,
    pub(super) environment: Vec<String>,
    /// Files that no volume holds.
    pub(super) files: Tree,
    /// Stdout and stderr as they came.
    pub(super) log: Vec<u8>,
    pub(super) life: Life,
    /// The task that it belongs to.
    pub(super) task: Option<String>,
    /// The service's name for a task, else its own: what a log of calls shows.
    pub(super) title: String,
    pub(super) created: Instant,
}

impl Container {
    pub(super) fn is_running(&self) -> bool {
        self.state == "running"
    }

    /// What a list says of it: everything but the health check's output.
    pub(super) fn listed(&self) -> ContainerState {
        let mut state = self.inspected();
        if let Health::Unhealthy(output) = &mut state.health {
            output.clear();
        }
        state.probed.clear();
        state
    }

    pub(super) fn inspected(&self) -> ContainerState {
        let running = self.is_running();
        // The first check has run by then; what decides its health is what each of them says.
        let probed = match &self.life.health {
            Some((_, Err(output))) if self.health != Health::None => output.clone(),
            _ => String::new(),
        };
        ContainerState {
            id: self.id.clone(),
            name: self.name.clone(),
            image: self.image.clone(),
            image_id: self.image_id.clone(),
            labels: self.labels.clone(),
            state: self.state.to_owned(),
            exit_code: self.exit_code,
            oom_killed: self.oom_killed,
            health: self.health.clone(),
            probed,
            pid: if running { self.pid } else { 0 },
            ports: if running { self.ports.clone() } else { BTreeMap::new() },
            addresses: if running { self.networks.clone() } else { BTreeMap::new() },
            memory_limit: self.memory_limit,
            pids_limit: self.pids_limit,
            volumes: self.mounts.iter().map(|(volume, _)| volume.clone()).collect(),
        }
    }

    /// The last `lines` lines of its output.
    pub(super) fn tail(&self, lines: u32) -> Vec<u8> {
        let lines = usize::try_from(lines).unwrap_or(usize::MAX);
        let all: Vec<&[u8]> = self.log.split_inclusive(|byte| *byte == b'\n').collect();
        all[all.len().saturating_sub(lines)..].concat()
    }
}
