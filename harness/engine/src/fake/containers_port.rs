//! The fake's side of the port: containers.

use std::io::Read as _;

use async_trait::async_trait;
use tokio::time::sleep;

use super::behaviour::natural;
use super::container::Container;
use super::engine::FakeEngine;
use super::files::{Files, Tree};
use super::world::World;
use crate::{
    ContainerDisk, ContainerSpec, ContainerState, Containers, EngineError, ExecOutput, ExecSpec,
    ObjectKind, Selector, Stats,
};

type Result<T> = std::result::Result<T, EngineError>;

/// The first port that the fake gives out, Linux's own first dynamic port.
const FIRST_DYNAMIC_PORT: u64 = 32_768;

/// The containers of a node that `wanted` picks, by name.
fn listed(world: &World, node: usize, wanted: impl Fn(&Container) -> bool) -> Vec<ContainerState> {
    let found = world.containers.iter().filter(|c| c.node == node && wanted(c));
    let mut found: Vec<_> = found.map(Container::listed).collect();
    found.sort_by(|a, b| a.name.cmp(&b.name));
    found
}

#[async_trait]
impl Containers for FakeEngine {
    async fn start_container(&self, spec: &ContainerSpec) -> Result<String> {
        self.change("start_container", &spec.name, |world| world.start_own(self.node, spec))
    }

    async fn containers(&self, selector: &Selector) -> Result<Vec<ContainerState>> {
        self.read("containers", "", |world| {
            Ok(listed(world, self.node, |c| selector.matches(&c.labels)))
        })
    }

    async fn all_containers(&self) -> Result<Vec<ContainerState>> {
        self.read("all_containers", "", |world| Ok(listed(world, self.node, |_| true)))
    }

    async fn container(&self, id: &str) -> Result<ContainerState> {
        self.read("container", id, |world| Ok(world.container_on(self.node, id)?.inspected()))
    }

    async fn disk(&self, selector: &Selector) -> Result<Vec<ContainerDisk>> {
        self.read("disk", "", |world| {
            let mine = world.containers.iter().filter(|c| c.node == self.node);
            let found = mine.filter(|c| selector.matches(&c.labels));
            let bytes = |container: &Container| {
                container.files.values().map(|content| content.len() as u64).sum()
            };
            let disk = |container: &Container| ContainerDisk {
                id: container.id.clone(),
                name: container.name.clone(),
                running: container.is_running(),
                bytes: bytes(container),
            };
            let mut found: Vec<_> = found.map(disk).collect();
            found.sort_by(|a, b| a.name.cmp(&b.name));
            Ok(found)
        })
    }

    async fn exec(&self, id: &str, exec: &ExecSpec) -> Result<ExecOutput> {
        let line = self.title(id, &exec.command.join(" "));
        let call = self.change("exec", &line, |world| world.exec_call(self.node, id, exec))?;
        let scripted = self.desk().scripts.ask(&call);
        if let Some(answer) = scripted {
            return answer;
        }
        let (output, slept) = self.desk().world.run_known(&call);
        if slept > exec.limit {
            sleep(exec.limit).await;
            let seconds = exec.limit.as_secs();
            return Err(EngineError::Timeout { action: format!("run {line}"), seconds });
        }
        if !slept.is_zero() {
            sleep(slept).await;
        }
        Ok(output)
    }

    async fn logs(&self, id: &str, tail: u32) -> Result<Vec<u8>> {
        self.read("logs", id, |world| Ok(world.container_on(self.node, id)?.tail(tail)))
    }

    async fn stats(&self, id: &str) -> Result<Stats> {
        self.read("stats", id, |world| {
            let container = world.container_on(self.node, id)?;
            if !container.is_running() {
                let object = format!("container {}", container.name);
                let message = format!("Container {} is not running", container.id);
                return Err(EngineError::Conflict { object, message });
            }
            Ok(Stats { memory_bytes: 8 << 20, cpu_ns: 50_000_000, pids: 1 })
        })
    }

    async fn kill(&self, id: &str, signal: &str) -> Result<()> {
        let line = self.title(id, signal);
        self.change("kill", &line, |world| world.signal(self.node, id, signal))
    }

    async fn connect(&self, id: &str, network: &str, _aliases: &[String]) -> Result<()> {
        let line = self.title(id, network);
        self.change("connect", &line, |world| {
            let id = world.container_on(self.node, id)?.id.clone();
            world.check_attachable(network)?;
            let address = world.address();
            if let Some(container) = world.containers.iter_mut().find(|c| c.id == id) {
                container.networks.insert(network.to_owned(), address);
            }
            world.emit("network", "connect", network, [("container", id)]);
            Ok(())
        })
    }

    async fn put(&self, id: &str, folder: &str, archive: Vec<u8>) -> Result<()> {
        let line = self.title(id, folder);
        self.change("put", &line, |world| world.unpack(self.node, id, folder, &archive))
    }
}

impl FakeEngine {
    fn title(&self, id: &str, rest: &str) -> String {
        let title = self.desk().world.container_on(self.node, id).map(|c| c.title.clone());
        format!("{} {rest}", title.unwrap_or_else(|_| id.to_owned()))
    }
}

impl World {
    fn start_own(&mut self, node: usize, spec: &ContainerSpec) -> Result<String> {
        if let Ok(other) = self.container_on(node, &spec.name) {
            return Err(EngineError::Conflict {
                object: format!("container {}", spec.name),
                message: format!("the name is already in use by container {}", other.id),
            });
        }
        if self.shelves[node].find(&spec.image).is_none() {
            return Err(EngineError::NotFound { object: format!("image {}", spec.image) });
        }
        for network in &spec.networks {
            self.check_attachable(network)?;
        }
        let mut container = self.blank(node, (&spec.name, &spec.name), &spec.image);
        container.labels = spec.labels.clone();
        container.environment = spec.environment.clone();
        let limits = spec.limits.unwrap_or_default();
        (container.memory_limit, container.pids_limit) = (limits.memory_bytes, limits.pids);
        for port in &spec.ports {
            let taken = |p: u16| self.host_port_user(node, p).is_some();
            let host = match port.port {
                0 => (FIRST_DYNAMIC_PORT..65_536)
                    .filter_map(|p| u16::try_from(p).ok())
                    .find(|p| !taken(*p)),
                wanted => (!taken(wanted)).then_some(wanted),
            };
            let Some(host) = host else {
                let message = "port is already allocated".to_owned();
                return Err(EngineError::PortTaken { port: port.port, message });
            };
            container
                .ports
                .insert(format!("{}/tcp", port.target), format!("{}:{host}", port.address));
        }
        for mount in spec.mounts.iter().filter(|mount| !mount.source.starts_with('/')) {
            if self.thing(ObjectKind::Volume, &mount.source).is_err() {
                let labels = Default::default();
                self.add_thing(ObjectKind::Volume, &mount.source, labels, Vec::new())?;
            }
            container.mounts.push((mount.source.clone(), mount.target.clone()));
        }
        let networks = match spec.networks.is_empty() {
            true => vec!["bridge".to_owned()],
            false => spec.networks.clone(),
        };
        for network in networks {
            let address = self.address();
            container.networks.insert(network, address);
        }
        let id = container.id.clone();
        self.containers.push(container);
        self.emit_container(&id, "create", None);
        let command = spec.entrypoint.clone().or(spec.command.clone());
        let life = match self.behaviour(&spec.image) {
            Some(behaviour) => behaviour.life(0, None),
            None => natural(command.as_deref(), None),
        };
        self.start(&id, life);
        Ok(id)
    }

    fn host_port_user(&self, node: usize, port: u16) -> Option<&str> {
        let end = format!(":{port}");
        let running = self.containers.iter().filter(|c| c.node == node && c.is_running());
        running
            .filter(|container| container.ports.values().any(|host| host.ends_with(&end)))
            .map(|container| container.name.as_str())
            .next()
    }

    fn check_attachable(&self, network: &str) -> Result<()> {
        if matches!(network, "bridge" | "none")
            || self.thing(ObjectKind::Network, network)?.attachable
        {
            return Ok(());
        }
        Err(EngineError::Refused {
            action: format!("attach to network {network}"),
            status: Some(403),
            message: format!("network {network} not manually attachable"),
        })
    }

    fn unpack(&mut self, node: usize, id: &str, folder: &str, archive: &[u8]) -> Result<()> {
        let unreadable = |error: std::io::Error| EngineError::Refused {
            action: format!("unpack into {folder}"),
            status: Some(400),
            message: error.to_string(),
        };
        let mut content = Tree::new();
        let mut reader = tar::Archive::new(archive);
        for entry in reader.entries().map_err(unreadable)? {
            let mut entry = entry.map_err(unreadable)?;
            if entry.header().entry_type().is_file() {
                let path = entry.path().map_err(unreadable)?.to_string_lossy().into_owned();
                let mut bytes = Vec::new();
                entry.read_to_end(&mut bytes).map_err(unreadable)?;
                let path = path.trim_start_matches("./").to_owned();
                content.insert(format!("{}/{path}", folder.trim_end_matches('/')), bytes);
            }
        }
        let id = self.container_on(node, id)?.id.clone();
        let Self { containers, volumes, .. } = self;
        let Some(container) = containers.iter_mut().find(|c| c.id == id) else {
            return Ok(());
        };
        let mounts = container.mounts.clone();
        let mut files = Files { own: &mut container.files, volumes, mounts: &mounts };
        if !files.has_folder(folder) {
            return Err(EngineError::NotFound { object: format!("{folder} in container {id}") });
        }
        for (path, bytes) in content {
            files.write(&path, bytes);
        }
        Ok(())
    }
}
