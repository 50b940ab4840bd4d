//! The port itself, in three parts.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use futures_util::stream::BoxStream;
use tokio::sync::mpsc::Sender;

use cc_ci_model::{NetworkSpec, VolumeSpec};

use crate::{
    BuildSpec, ConfigObject, ContainerDisk, ContainerSpec, ContainerState, Endpoint, EngineError,
    EngineEvent, ExecOutput, ExecSpec, ImageState, NodeId, NodeState, Object, SecretObject,
    Selector, ServiceObject, ServiceState, Stats, TaskState, Window,
};

type Result<T> = std::result::Result<T, EngineError>;

/// Everything a container engine does for us: the Swarm, and the node that answers.
///
/// Requests about a container of a task go to the node of the task, [`Swarm::at`]. The node that answers needs no id:
/// a machine outside of a Swarm has none, and it has a registry and images all the same.
pub trait Engine: Swarm + Node {}
impl<T: Swarm + Node> Engine for T {}

/// One node: its containers and its images.
pub trait Node: Containers + Images {}
impl<T: Containers + Images> Node for T {}

/// Services and the objects they use.
#[async_trait]
pub trait Swarm: Send + Sync + 'static {
    /// Returns as soon as the engine answers a request that asks for nothing.
    async fn answers(&self) -> Result<()>;

    /// Version, Swarm state and capabilities of the node that answers.
    async fn node(&self) -> Result<NodeState>;

    /// The nodes of the Swarm, sorted by id.
    async fn nodes(&self) -> Result<Vec<NodeId>>;

    /// The containers and images of a node. A node that this engine cannot act on is
    /// [`EngineError::OtherNode`], whether there is one of that id or not.
    async fn at(&self, node: &NodeId) -> Result<Arc<dyn Node>>;

    /// Makes the node the only manager of a new Swarm that listens on `advertise` (an address).
    async fn start_swarm(&self, advertise: &str) -> Result<()>;

    /// Creates a network with `labels` on top of its own; returns its id.
    async fn create_network(
        &self,
        spec: &NetworkSpec,
        labels: &[(String, String)],
    ) -> Result<String>;

    /// Creates a named volume with `labels` on top of its own. Creating it again is no error; a volume
    /// of that name that does not carry `labels` belongs to another creator and is
    /// [`EngineError::Conflict`].
    async fn create_volume(&self, spec: &VolumeSpec, labels: &[(String, String)]) -> Result<()>;

    /// Creates a secret; returns its id. An existing name is [`EngineError::Conflict`].
    async fn create_secret(&self, secret: &SecretObject) -> Result<String>;

    /// Creates a config; returns its id. An existing name is [`EngineError::Conflict`].
    async fn create_config(&self, config: &ConfigObject) -> Result<String>;

    /// Replaces the labels of the config that has this name. Its content stays; an engine can change
    /// nothing else of a config. A config that is not there is [`EngineError::NotFound`]; one that
    /// was changed by another request at the same moment is [`EngineError::Conflict`] or
    /// [`EngineError::Refused`].
    async fn relabel_config(&self, name: &str, labels: &BTreeMap<String, String>) -> Result<()>;

    /// Creates a service and returns at once; its tasks start later. A network, secret or config
    /// that is not there is [`EngineError::NotFound`].
    async fn create_service(&self, service: &ServiceObject) -> Result<String>;

    /// Waits until everything that this process asked the engine to create is there or refused, also
    /// where the caller of the creation went away.
    async fn creations_ended(&self);

    /// Replaces the specification of an existing service and returns at once. Until the engine
    /// turns to it the service has no update state at all.
    async fn update_service(&self, service: &ServiceObject) -> Result<()>;

    /// Services that match, sorted by name.
    async fn services(&self, selector: &Selector) -> Result<Vec<ServiceState>>;

    /// Tasks of matching services, oldest first, including ended ones that the engine still knows,
    /// and for a moment those of services that were just removed (desired state `remove`).
    async fn tasks(&self, selector: &Selector) -> Result<Vec<TaskState>>;

    /// Where the running tasks of matching services can be reached, sorted by network. A service that
    /// has no running task is listed without any.
    async fn endpoints(&self, selector: &Selector) -> Result<Vec<Endpoint>>;

    /// Serves a part of the engine's own API on a Unix socket until the answer is dropped.
    async fn open_window(&self, window: &Window) -> Result<Box<dyn Send + Sync>>;

    /// What changes from now on. The stream ends only with an error.
    async fn events(&self) -> Result<BoxStream<'static, Result<EngineEvent>>>;

    /// Every object that carries the selector's labels, of every kind, sorted.
    async fn inventory(&self, selector: &Selector) -> Result<Vec<Object>>;

    /// Every object of the engine, of every kind, sorted; ours and those of others. Only for
    /// comparisons: objects are removed by a selector.
    async fn everything(&self) -> Result<Vec<Object>>;

    /// Removes one object, whatever its kind; containers are killed first. An object that is gone
    /// already is no error. An object that is still in use is [`EngineError::Conflict`].
    async fn remove(&self, object: &Object) -> Result<()>;
}

/// Containers, those of tasks and our own.
#[async_trait]
pub trait Containers: Send + Sync + 'static {
    /// Creates and starts a container of our own; returns its id. A container of the same name is
    /// [`EngineError::Conflict`]. A container that cannot be started is removed again.
    async fn start_container(&self, spec: &ContainerSpec) -> Result<String>;

    /// Containers that match, running or not, sorted by name.
    async fn containers(&self, selector: &Selector) -> Result<Vec<ContainerState>>;

    /// Every container of the node, running or not, sorted by name; ours and those of others.
    async fn all_containers(&self) -> Result<Vec<ContainerState>>;

    /// One container by id or name.
    async fn container(&self, id: &str) -> Result<ContainerState>;

    /// What each container that matches holds on disk beside its volumes, sorted by name.
    async fn disk(&self, selector: &Selector) -> Result<Vec<ContainerDisk>>;

    /// Runs a command in a running container and waits for its end. An exit code other than 0 is
    /// not an error. A container that does not run is [`EngineError::Conflict`].
    async fn exec(&self, id: &str, exec: &ExecSpec) -> Result<ExecOutput>;

    /// As [`Containers::exec`], for a command that may print any amount: its stdout goes to `stdout` in
    /// pieces, as fast as they are taken there, and is not kept. Once the receiver is gone the rest is read
    /// and dropped.
    async fn exec_into(
        &self,
        id: &str,
        exec: &ExecSpec,
        stdout: Sender<Vec<u8>>,
    ) -> Result<ExecOutput> {
        let mut output = self.exec(id, exec).await?;
        let _ = stdout.send(std::mem::take(&mut output.stdout)).await;
        Ok(output)
    }

    /// The last `tail` lines of a container's output, stdout and stderr as they came. A container may write
    /// endless lines, or faster than they are read: the answer is bounded in length and in time.
    async fn logs(&self, id: &str, tail: u32) -> Result<Vec<u8>>;

    /// What a running container uses right now.
    async fn stats(&self, id: &str) -> Result<Stats>;

    /// Sends `signal` to a container's first process. One that does not run is no error.
    async fn kill(&self, id: &str, signal: &str) -> Result<()>;

    /// Joins a container to a network, where it is known by `aliases` too.
    async fn connect(&self, id: &str, network: &str, aliases: &[String]) -> Result<()>;

    /// Unpacks a tar archive into `folder` of a container.
    async fn put(&self, id: &str, folder: &str, archive: Vec<u8>) -> Result<()>;
}

/// Images.
#[async_trait]
pub trait Images: Send + Sync + 'static {
    /// An image on the node, by any reference.
    async fn image(&self, reference: &str) -> Result<Option<ImageState>>;

    /// Brings an image from its registry within `limit`.
    async fn pull(&self, reference: &str, limit: Duration) -> Result<ImageState>;

    /// Builds an image; `progress` gets the build's lines.
    async fn build(
        &self,
        build: &BuildSpec,
        progress: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Result<ImageState>;

    /// Makes an image from a root file system in the tar archive at `archive`.
    async fn import(
        &self,
        archive: &std::path::Path,
        tag: &str,
        labels: &[(String, String)],
    ) -> Result<ImageState>;

    /// Gives an image one more name.
    async fn tag(&self, image: &str, reference: &str) -> Result<()>;

    /// Takes a name from an image; an image without any other name goes. A name that no image has
    /// is no error.
    async fn untag(&self, reference: &str) -> Result<()>;

    /// Sends an image to the registry in its name; returns `name@sha256:…`.
    async fn push(&self, reference: &str) -> Result<String>;
}
