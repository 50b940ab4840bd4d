//! The fake's side of the port: the Swarm.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_model::{NetworkSpec, VolumeSpec};
use futures_util::stream::BoxStream;

use super::engine::FakeEngine;
use super::events;
use super::objects::missing;
use super::service::Service;
use super::task::Desired;
use super::world::World;
use crate::{
    ConfigObject, Endpoint, EngineError, EngineEvent, Node, NodeId, NodeState, Object, ObjectKind,
    SecretObject, Selector, ServiceObject, ServiceState, Swarm, TaskState, Window,
};

type Result<T> = std::result::Result<T, EngineError>;

#[async_trait]
impl Swarm for FakeEngine {
    async fn answers(&self) -> Result<()> {
        self.read("answers", "", |_| Ok(()))
    }

    async fn node(&self) -> Result<NodeState> {
        self.read("node", "", |world| {
            Ok(NodeState {
                id: world.nodes.first().filter(|_| world.swarm).cloned(),
                version: "20.10.24".to_owned(),
                api: "1.41".to_owned(),
                os: "a fake".to_owned(),
                kernel: "6.1".to_owned(),
                arch: "x86_64".to_owned(),
                name: "fake".to_owned(),
                data_root: "/var/lib/docker".to_owned(),
                cpus: 2,
                memory_bytes: 8 << 30,
                swarm: if world.swarm { "active" } else { "inactive" }.to_owned(),
                manager: world.swarm,
                warnings: Vec::new(),
                time: world.clock.text(world.now),
            })
        })
    }

    async fn nodes(&self) -> Result<Vec<NodeId>> {
        self.read("nodes", "", |world| {
            world.needs_swarm("list nodes")?;
            let mut nodes = world.nodes.clone();
            nodes.sort();
            Ok(nodes)
        })
    }

    async fn at(&self, node: &NodeId) -> Result<Arc<dyn Node>> {
        let found = self.read("at", node.as_str(), |world| {
            let found = world.nodes.iter().position(|known| known == node);
            let all: Vec<&str> = world.nodes.iter().map(NodeId::as_str).collect();
            let reached = format!("nodes {}", all.join(", "));
            found.ok_or_else(|| EngineError::OtherNode { node: node.clone(), reached })
        })?;
        Ok(Arc::new(Self { node: found, ..self.clone() }))
    }

    async fn start_swarm(&self, advertise: &str) -> Result<()> {
        self.change("start_swarm", advertise, |world| {
            if world.swarm {
                let message = "This node is already part of a swarm.".to_owned();
                return Err(EngineError::Conflict { object: "swarm".to_owned(), message });
            }
            world.swarm = true;
            Ok(())
        })
    }

    async fn create_network(
        &self,
        spec: &NetworkSpec,
        labels: &[(String, String)],
    ) -> Result<String> {
        self.change("create_network", &spec.name, |world| {
            if spec.driver != "bridge" {
                world.needs_swarm("create an overlay network")?;
            }
            world.add_network(spec, labels)
        })
    }

    async fn create_volume(&self, spec: &VolumeSpec, labels: &[(String, String)]) -> Result<()> {
        self.change("create_volume", &spec.name, |world| world.add_volume(spec, labels))
    }

    async fn create_secret(&self, secret: &SecretObject) -> Result<String> {
        self.change("create_secret", &secret.name, |world| {
            world.needs_swarm("create a secret")?;
            let (labels, data) = (secret.labels.clone(), secret.data.reveal().to_vec());
            world.add_thing(ObjectKind::Secret, &secret.name, labels, data)
        })
    }

    async fn create_config(&self, config: &ConfigObject) -> Result<String> {
        self.change("create_config", &config.name, |world| {
            world.needs_swarm("create a config")?;
            let (labels, data) = (config.labels.clone(), config.data.clone());
            world.add_thing(ObjectKind::Config, &config.name, labels, data)
        })
    }

    async fn relabel_config(&self, name: &str, labels: &BTreeMap<String, String>) -> Result<()> {
        self.change("relabel_config", name, |world| {
            let config = world.things.iter_mut().find(|thing| {
                thing.kind == ObjectKind::Config && (thing.name == name || thing.id == name)
            });
            let config = config.ok_or_else(|| missing(ObjectKind::Config, name))?;
            config.labels = labels.clone();
            Ok(())
        })
    }

    async fn create_service(&self, service: &ServiceObject) -> Result<String> {
        self.change("create_service", &service.name, |world| {
            world.needs_swarm("create a service")?;
            world.check_references(service)?;
            if world.services.iter().any(|found| found.object.name == service.name) {
                return Err(EngineError::Conflict {
                    object: format!("service {}", service.name),
                    message: "name conflicts with an existing object".to_owned(),
                });
            }
            let id = world.short_id("service");
            let created = world.now;
            world.services.push(Service {
                id: id.clone(),
                object: service.clone(),
                previous: None,
                version: 1,
                template: 1,
                update: None,
                created,
            });
            world.emit("service", "create", &id, [("name", service.name.clone())]);
            for slot in world.services[world.services.len() - 1].slots() {
                world.spawn(&id, slot, Desired::Running);
            }
            Ok(id)
        })
    }

    /// The fake creates within one poll.
    async fn creations_ended(&self) {}

    async fn update_service(&self, service: &ServiceObject) -> Result<()> {
        self.change("update_service", &service.name, |world| {
            world.check_references(service)?;
            let found = world.services.iter().find(|found| found.object.name == service.name);
            let Some(id) = found.map(|found| found.id.clone()) else {
                return Err(missing(ObjectKind::Service, &service.name));
            };
            world.replace(&id, service.clone());
            Ok(())
        })
    }

    async fn services(&self, selector: &Selector) -> Result<Vec<ServiceState>> {
        self.unless_it_hangs("services").await;
        self.read("services", "", |world| {
            let all = world.services.iter().map(|service| service.state(&world.clock));
            let mut found: Vec<_> = all.filter(|s| selector.matches(&s.labels)).collect();
            found.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(found)
        })
    }

    async fn tasks(&self, selector: &Selector) -> Result<Vec<TaskState>> {
        self.unless_it_hangs("tasks").await;
        self.read("tasks", "", |world| {
            let tasks = world.tasks.iter().filter(|task| {
                let service = world.services.iter().find(|service| service.id == task.service);
                let object = service.map_or(&task.object, |service| &service.object);
                selector.matches(&object.all_labels())
            });
            Ok(tasks.map(|task| task.state(&world.clock, &world.nodes)).collect())
        })
    }

    async fn endpoints(&self, selector: &Selector) -> Result<Vec<Endpoint>> {
        self.read("endpoints", "", |world| Ok(world.endpoints(selector)))
    }

    /// The fake shows nothing: no proxy reads it.
    async fn open_window(&self, window: &Window) -> Result<Box<dyn Send + Sync>> {
        self.change("open_window", &window.stack, |_| Ok(Box::new(()) as Box<dyn Send + Sync>))
    }

    async fn events(&self) -> Result<BoxStream<'static, Result<EngineEvent>>> {
        self.read("events", "", |_| Ok(()))?;
        Ok(events::stream(self))
    }

    async fn inventory(&self, selector: &Selector) -> Result<Vec<Object>> {
        self.read("inventory", "", |world| Ok(world.inventory(Some(selector))))
    }

    async fn everything(&self) -> Result<Vec<Object>> {
        self.read("everything", "", |world| Ok(world.inventory(None)))
    }

    async fn remove(&self, object: &Object) -> Result<()> {
        let name = format!("{} {}", object.kind.as_str(), object.name);
        self.change("remove", &name, |world| world.remove(object))
    }
}

impl World {
    fn needs_swarm(&self, action: &str) -> Result<()> {
        if self.swarm {
            return Ok(());
        }
        Err(EngineError::Refused {
            action: action.to_owned(),
            status: Some(503),
            message: "This node is not a swarm manager.".to_owned(),
        })
    }

    /// Networks, secrets and configs of a service have to exist; volumes come with its tasks.
    fn check_references(&self, service: &ServiceObject) -> Result<()> {
        let spec = &service.spec;
        let networks = spec.networks.iter().map(|n| (ObjectKind::Network, &n.network));
        let secrets = spec.secrets.iter().map(|s| (ObjectKind::Secret, &s.source));
        let configs = spec.configs.iter().map(|c| (ObjectKind::Config, &c.source));
        for (kind, name) in networks.chain(secrets).chain(configs) {
            self.thing(kind, name)?;
        }
        Ok(())
    }
}
