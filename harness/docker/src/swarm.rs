//! The Swarm part of the port.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use async_trait::async_trait;
use bollard::models::SwarmInitRequest;
use bollard::query_parameters::{ListServicesOptions, ListTasksOptions};
use cc_ci_engine::{
    ConfigObject, Endpoint, EngineError, EngineEvent, Node, NodeId, NodeState, Object,
    SecretObject, Selector, ServiceObject, ServiceState, Swarm, TaskState, Window,
};
use cc_ci_model::{NetworkSpec, VolumeSpec};
use futures_util::stream::BoxStream;

use crate::selector::filters;
use crate::{Docker, node, service_state, task};

type Result<T> = std::result::Result<T, EngineError>;

#[async_trait]
impl Swarm for Docker {
    async fn answers(&self) -> Result<()> {
        let failed = self.failed("answer", "the engine's ping", "");
        self.client.ping().await.map(|_| ()).map_err(failed)
    }

    async fn node(&self) -> Result<NodeState> {
        let failed = self.failed("describe", "the engine", "");
        let (version, info) = tokio::join!(self.client.version(), self.client.info());
        let api = self.client.client_version();
        Ok(node::state(version.map_err(&failed)?, info.map_err(&failed)?, api))
    }

    async fn nodes(&self) -> Result<Vec<NodeId>> {
        let failed = self.failed("list", "nodes", "");
        let found = self.client.list_nodes(None).await.map_err(failed)?;
        let mut nodes: Vec<_> =
            found.into_iter().filter_map(|node| NodeId::new(node.id?)).collect();
        nodes.sort();
        Ok(nodes)
    }

    /// A daemon acts on the containers of its own node. The others of the Swarm have daemons of their own.
    async fn at(&self, node: &NodeId) -> Result<Arc<dyn Node>> {
        if !self.is_own(node) {
            // A machine that left its Swarm and joined another has a new id.
            let own = self.node().await?.id;
            let reached = || match &own {
                Some(own) => format!("its own node {own}"),
                None => "a machine outside of a swarm".to_owned(),
            };
            self.remember(own.clone());
            if own.as_ref() != Some(node) {
                return Err(EngineError::OtherNode { node: node.clone(), reached: reached() });
            }
        }
        Ok(Arc::new(self.clone()))
    }

    async fn start_swarm(&self, advertise: &str) -> Result<()> {
        let request = SwarmInitRequest {
            listen_addr: Some(node::listen_address(advertise)),
            advertise_addr: Some(advertise.to_owned()),
            ..SwarmInitRequest::default()
        };
        let failed = self.failed("start", "a swarm on", advertise);
        self.client.init_swarm(request).await.map(|_| ()).map_err(failed)
    }

    async fn create_network(
        &self,
        spec: &NetworkSpec,
        labels: &[(String, String)],
    ) -> Result<String> {
        let (docker, spec, labels) = (self.clone(), spec.clone(), labels.to_vec());
        self.creations.carry_out(async move { docker.new_network(&spec, &labels).await }).await
    }

    async fn create_volume(&self, spec: &VolumeSpec, labels: &[(String, String)]) -> Result<()> {
        let (docker, spec, labels) = (self.clone(), spec.clone(), labels.to_vec());
        self.creations.carry_out(async move { docker.new_volume(&spec, &labels).await }).await
    }

    async fn create_secret(&self, secret: &SecretObject) -> Result<String> {
        let (docker, secret) = (self.clone(), secret.clone());
        self.creations.carry_out(async move { docker.new_secret(&secret).await }).await
    }

    async fn create_config(&self, config: &ConfigObject) -> Result<String> {
        let (docker, config) = (self.clone(), config.clone());
        self.creations.carry_out(async move { docker.new_config(&config).await }).await
    }

    async fn relabel_config(&self, name: &str, labels: &BTreeMap<String, String>) -> Result<()> {
        self.set_config_labels(name, labels).await
    }

    async fn create_service(&self, service: &ServiceObject) -> Result<String> {
        let (docker, service) = (self.clone(), service.clone());
        self.creations.carry_out(async move { docker.new_service(&service).await }).await
    }

    async fn creations_ended(&self) {
        self.creations.ended().await;
    }

    /// A `force` of 0 keeps the engine's own counter: an ordinary update after a forced one must
    /// not replace tasks because of the counter alone.
    async fn update_service(&self, service: &ServiceObject) -> Result<()> {
        self.replace_service(service).await
    }

    async fn services(&self, selector: &Selector) -> Result<Vec<ServiceState>> {
        let options = ListServicesOptions { filters: Some(filters(selector)), status: None };
        let failed = self.failed("list", "services", "");
        let found = self.client.list_services(Some(options)).await.map_err(failed)?;
        let mut services: Vec<_> = found
            .into_iter()
            .map(service_state::state)
            .filter(|service| selector.matches(&service.labels))
            .collect();
        services.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(services)
    }

    async fn tasks(&self, selector: &Selector) -> Result<Vec<TaskState>> {
        // The engine compares the label filter of tasks with the labels of their service, and goes
        // on to tell of tasks whose service has been removed until their containers are gone.
        let options = ListTasksOptions { filters: Some(filters(selector)) };
        let (tasks, services) =
            tokio::join!(self.client.list_tasks(Some(options)), self.services(selector));
        let present: HashSet<String> = services?.into_iter().map(|service| service.id).collect();
        let mut tasks: Vec<_> = tasks
            .map_err(self.failed("list", "tasks", ""))?
            .into_iter()
            .map(task::state)
            .filter(|task| present.contains(&task.service))
            .collect();
        tasks.sort_by_cached_key(|task| (task::created(task), task.id.clone()));
        Ok(tasks)
    }

    async fn endpoints(&self, selector: &Selector) -> Result<Vec<Endpoint>> {
        self.reachable(selector).await
    }

    async fn open_window(&self, window: &Window) -> Result<Box<dyn Send + Sync>> {
        self.window(window)
    }

    async fn events(&self) -> Result<BoxStream<'static, Result<EngineEvent>>> {
        self.event_stream().await
    }

    async fn inventory(&self, selector: &Selector) -> Result<Vec<Object>> {
        self.objects(Some(selector)).await
    }

    async fn everything(&self) -> Result<Vec<Object>> {
        self.objects(None).await
    }

    async fn remove(&self, object: &Object) -> Result<()> {
        self.remove_object(object).await
    }
}
