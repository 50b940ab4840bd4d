//! The container part of the port.

use std::time::Duration;

use async_trait::async_trait;
use bollard::body_full;
use bollard::models::{ContainerSummary, ContainerSummaryStateEnum, NetworkConnectRequest};
use bollard::query_parameters::{
    InspectContainerOptions, KillContainerOptions, ListContainersOptions, LogsOptions,
    StatsOptions, UploadToContainerOptions,
};
use cc_ci_engine::{
    ContainerDisk, ContainerSpec, ContainerState, Containers, EngineError, ExecOutput, ExecSpec,
    Selector, Stats,
};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};
use tokio::sync::mpsc::Sender;
use tokio::time::{Instant, timeout_at};

use crate::container_body::known_as;
use crate::log_end::LogEnd;
use crate::maps::sorted;
use crate::selector::filters;
use crate::{Docker, container_state, stats};

type Result<T> = std::result::Result<T, EngineError>;

/// Containers that are looked at side by side; each takes a connection of its own.
const AT_ONCE: usize = 8;

/// Time to read a log. The last lines of a container that writes faster than it is read have no end.
const LOG_LIMIT: Duration = Duration::from_secs(20);

#[async_trait]
impl Containers for Docker {
    async fn start_container(&self, spec: &ContainerSpec) -> Result<String> {
        let (docker, spec) = (self.clone(), spec.clone());
        self.creations.carry_out(async move { docker.new_container(&spec).await }).await
    }

    async fn containers(&self, selector: &Selector) -> Result<Vec<ContainerState>> {
        self.listed(Some(selector)).await
    }

    async fn all_containers(&self) -> Result<Vec<ContainerState>> {
        self.listed(None).await
    }

    async fn container(&self, id: &str) -> Result<ContainerState> {
        let failed = self.failed("inspect", "container", id);
        let found = self.client.inspect_container(id, None::<InspectContainerOptions>).await;
        found.map(container_state::state).map_err(failed)
    }

    async fn disk(&self, selector: &Selector) -> Result<Vec<ContainerDisk>> {
        let options = ListContainersOptions {
            all: true,
            size: true,
            filters: Some(filters(selector)),
            ..ListContainersOptions::default()
        };
        let failed = self.failed("measure", "containers", "");
        let found = self.client.list_containers(Some(options)).await.map_err(failed)?;
        let found = found
            .into_iter()
            .filter(|container| selector.matches(&sorted(container.labels.clone())));
        let mut found: Vec<_> = found.map(disk).collect();
        found.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(found)
    }

    async fn exec(&self, id: &str, exec: &ExecSpec) -> Result<ExecOutput> {
        self.execute(id, exec, None).await
    }

    async fn exec_into(
        &self,
        id: &str,
        exec: &ExecSpec,
        stdout: Sender<Vec<u8>>,
    ) -> Result<ExecOutput> {
        self.execute(id, exec, Some(stdout)).await
    }

    async fn logs(&self, id: &str, tail: u32) -> Result<Vec<u8>> {
        let options = LogsOptions {
            stdout: true,
            stderr: true,
            tail: tail.to_string(),
            ..LogsOptions::default()
        };
        let failed = self.failed("read the logs of", "container", id);
        let mut pieces = std::pin::pin!(self.client.logs(id, Some(options)).map_err(failed));
        let mut end = LogEnd::new(self.bounds.output);
        let until = Instant::now() + LOG_LIMIT;
        // What came in time is worth more than an error: a flood is read for as long as it is allowed.
        while let Ok(Some(piece)) = timeout_at(until, pieces.next()).await {
            end.add(piece?.as_ref());
        }
        Ok(end.bytes())
    }

    async fn stats(&self, id: &str) -> Result<Stats> {
        let options = StatsOptions { stream: false, one_shot: true };
        let asked = self.asked("measure", "container", id);
        let sample = self.client.stats(id, Some(options)).next().await;
        let sample = sample.ok_or_else(|| asked.nonsense("it sent no sample"))?;
        let sample = sample.map_err(|error| asked.refused(error))?;
        stats::read(&sample).ok_or_else(|| EngineError::Conflict {
            object: asked.object().to_owned(),
            message: "it is not running".to_owned(),
        })
    }

    async fn kill(&self, id: &str, signal: &str) -> Result<()> {
        let options = KillContainerOptions { signal: signal.to_owned() };
        let failed = self.failed("kill", "container", id);
        match self.client.kill_container(id, Some(options)).await.map_err(failed) {
            // The only conflict that a signal can meet is a process that has ended.
            Err(EngineError::Conflict { .. }) => Ok(()),
            other => other,
        }
    }

    async fn connect(&self, id: &str, network: &str, aliases: &[String]) -> Result<()> {
        let endpoint_config = (!aliases.is_empty()).then(|| known_as(aliases));
        let request = NetworkConnectRequest { container: id.to_owned(), endpoint_config };
        let failed = self.failed(&format!("connect to network {network}"), "container", id);
        self.client.connect_network(network, request).await.map_err(failed)
    }

    async fn put(&self, id: &str, folder: &str, archive: Vec<u8>) -> Result<()> {
        let options = UploadToContainerOptions { path: folder.to_owned(), ..Default::default() };
        let failed = self.failed(&format!("unpack into {folder} of"), "container", id);
        self.client
            .upload_to_container(id, Some(options), body_full(archive.into()))
            .await
            .map_err(failed)
    }
}

impl Docker {
    /// Containers in every state as the engine lists them; all where there is no selector.
    pub(crate) async fn container_summaries(
        &self,
        selector: Option<&Selector>,
    ) -> Result<Vec<ContainerSummary>> {
        let options = ListContainersOptions {
            all: true,
            filters: selector.map(filters),
            ..ListContainersOptions::default()
        };
        let failed = self.failed("list", "containers", "");
        self.client.list_containers(Some(options)).await.map_err(failed)
    }

    /// The engine's list knows neither exit codes nor limits, so every container is looked at.
    async fn listed(&self, selector: Option<&Selector>) -> Result<Vec<ContainerState>> {
        let found = self.container_summaries(selector).await?;
        let ids = found.into_iter().filter_map(|container| container.id);
        let states: Vec<_> = stream::iter(ids)
            .map(|id| async move { self.container(&id).await })
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut containers = Vec::new();
        for state in states {
            match state {
                Ok(state) if selector.is_none_or(|wanted| wanted.matches(&state.labels)) => {
                    containers.push(state)
                }
                // It went away between the list and the look.
                Err(EngineError::NotFound { .. }) | Ok(_) => {}
                Err(error) => return Err(error),
            }
        }
        containers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(containers)
    }
}

fn disk(container: ContainerSummary) -> ContainerDisk {
    let name = container.names.unwrap_or_default().into_iter().next().unwrap_or_default();
    ContainerDisk {
        id: container.id.unwrap_or_default(),
        name: name.trim_start_matches('/').to_owned(),
        running: container.state == Some(ContainerSummaryStateEnum::RUNNING),
        bytes: container.size_rw.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or_default(),
    }
}
