//! What is said to an engine and what it says about itself.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use cc_ci_model::{Ceiling, Ceilings, Secret, ServiceSpec};

/// The label by which Docker's own tools know a stack's objects.
pub const LABEL_NAMESPACE: &str = "com.docker.stack.namespace";
/// The run that owns an object.
pub const LABEL_RUN: &str = "cc-ci.run";
/// The unit that owns an object.
pub const LABEL_UNIT: &str = "cc-ci.unit";
/// The recipe that an object belongs to.
pub const LABEL_RECIPE: &str = "cc-ci.recipe";
/// Everything that outlives a run; its value is `registry` or `edge`.
pub const LABEL_INFRA: &str = "cc-ci.infra";
/// The lease of a run: a config that says on which host the run lives and when it last said so. Its
/// value is the version of the lease's labels.
pub const LABEL_LEASE: &str = "cc-ci.lease";

/// What the node that answers can do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct NodeState {
    /// Engine version, as `20.10.24`.
    pub version: String,
    /// Negotiated API version, as `1.41`.
    pub api: String,
    /// Operating system, for a reader.
    pub os: String,
    /// Kernel release.
    pub kernel: String,
    /// CPU architecture.
    pub arch: String,
    /// The node's host name.
    pub name: String,
    /// Where the engine keeps its data.
    pub data_root: String,
    /// CPUs.
    pub cpus: u64,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// `inactive`, `pending`, `active`, `error`, `locked`.
    pub swarm: String,
    /// True where this node can create services.
    pub manager: bool,
    /// Warnings that the engine reports about itself.
    pub warnings: Vec<String>,
    /// The engine's own time when it answered, RFC 3339; empty where it does not say.
    #[serde(default)]
    pub time: String,
}

/// A secret to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretObject {
    /// Name on the engine.
    pub name: String,
    /// Its value.
    pub data: Secret,
    /// `golang` or nothing.
    pub template_driver: Option<String>,
    /// All labels.
    pub labels: BTreeMap<String, String>,
}

/// A config to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigObject {
    /// Name on the engine.
    pub name: String,
    /// Its content.
    pub data: Vec<u8>,
    /// `golang` or nothing.
    pub template_driver: Option<String>,
    /// All labels.
    pub labels: BTreeMap<String, String>,
}

/// A service to create or update. Names in the specification are resolved: networks, secrets,
/// configs and volumes are those of the engine, not of the compose file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceObject {
    /// Name on the engine, `<stack>_<service>`.
    pub name: String,
    /// What runs.
    pub spec: ServiceSpec,
    /// Labels of the service on top of the specification's.
    pub labels: BTreeMap<String, String>,
    /// Labels of its containers on top of the specification's.
    pub container_labels: BTreeMap<String, String>,
    /// Labels of the volumes that its mounts create.
    pub volume_labels: BTreeMap<String, String>,
    /// Changes to force new tasks although nothing else did.
    pub force: u64,
}

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

/// A task of a service as the engine knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaskState {
    /// Id.
    pub id: String,
    /// Id of its service.
    pub service: String,
    /// Copy number; 0 for global services.
    pub slot: u64,
    /// `new pending assigned accepted preparing ready starting running complete shutdown failed
    /// rejected remove orphaned`.
    pub state: String,
    /// What the engine wants it to be: `running`, `shutdown`, `complete`, `remove`, …
    pub desired: String,
    /// The engine's own words on a failure.
    pub error: String,
    /// What it is doing.
    pub message: String,
    /// Exit code, where a process ran and ended.
    pub exit_code: Option<i64>,
    /// Container, once there is one.
    pub container: Option<String>,
    /// Image that it runs.
    pub image: String,
    /// When it was created, RFC 3339.
    pub created: String,
    /// When its state last changed, RFC 3339.
    pub changed: String,
}

impl TaskState {
    /// True once the task will not run any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(
            self.state.as_str(),
            "complete" | "shutdown" | "failed" | "rejected" | "remove" | "orphaned"
        )
    }
}

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

/// A command to run in a container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExecSpec {
    /// The command and its arguments; no shell unless it names one.
    pub command: Vec<String>,
    /// Environment: names and values.
    pub environment: BTreeMap<String, Secret>,
    /// User; the container's own where absent.
    pub user: Option<String>,
    /// Bytes for its stdin.
    pub stdin: Option<Secret>,
    /// Time allowed; past it the answer is [`EngineError::Timeout`](crate::EngineError::Timeout).
    pub limit: Duration,
}

impl ExecSpec {
    /// Runs `command` with a minute's time.
    pub fn new<S: Into<String>>(command: impl IntoIterator<Item = S>) -> Self {
        Self {
            command: command.into_iter().map(Into::into).collect(),
            environment: BTreeMap::new(),
            user: None,
            stdin: None,
            limit: Duration::from_secs(60),
        }
    }

    /// Runs `script` with `/bin/sh -c` and a minute's time.
    pub fn sh(script: impl Into<String>) -> Self {
        Self::new(["/bin/sh".to_owned(), "-c".to_owned(), script.into()])
    }

    /// Sets the time allowed.
    #[must_use]
    pub fn within(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Sets a variable of its environment.
    #[must_use]
    pub fn env(mut self, name: impl Into<String>, value: impl Into<Secret>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Gives it bytes to read.
    #[must_use]
    pub fn input(mut self, bytes: impl Into<Secret>) -> Self {
        self.stdin = Some(bytes.into());
        self
    }
}

/// What a command in a container left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExecOutput {
    /// Its exit code.
    pub exit_code: i64,
    /// Its output.
    pub stdout: Vec<u8>,
    /// Its error output.
    pub stderr: Vec<u8>,
}

impl ExecOutput {
    /// True where it ended with 0.
    #[must_use]
    pub fn ok(&self) -> bool {
        self.exit_code == 0
    }

    /// Its output as text, without white space at the ends.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).trim().to_owned()
    }

    /// Error output, else output, as text: what a reader wants to see when it failed.
    #[must_use]
    ///
    /// At most its last 4,000 characters: an endless complaint is no message.
    pub fn complaint(&self) -> String {
        const MOST: usize = 4000;
        let said = if self.stderr.trim_ascii().is_empty() { &self.stdout } else { &self.stderr };
        // A character has at most four bytes.
        let end = &said[said.len().saturating_sub(4 * MOST)..];
        let text = String::from_utf8_lossy(end).trim().to_owned();
        let skip = text.chars().count().saturating_sub(MOST);
        text.chars().skip(skip).collect()
    }
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

/// Something changed on the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineEvent {
    /// `container`, `service`, `network`, `volume`, …
    pub kind: String,
    /// `start`, `die`, `update`, `health_status: healthy`, …
    pub action: String,
    /// Id of the object.
    pub id: String,
    /// Name, labels and details that the engine adds.
    pub attributes: BTreeMap<String, String>,
    /// When, in nanoseconds since 1970.
    pub time_ns: i64,
}

/// Kinds of objects, in the order in which they can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A Swarm service.
    Service,
    /// A container.
    Container,
    /// A network.
    Network,
    /// A volume.
    Volume,
    /// A secret.
    Secret,
    /// A config.
    Config,
}

impl ObjectKind {
    /// The kind's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Container => "container",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Secret => "secret",
            Self::Config => "config",
        }
    }
}

/// One object on the engine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Object {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was created, as the engine says it.
    pub created: String,
}

impl Object {
    /// What [`crate::Swarm::remove`] has to know about an object: nothing but what it is.
    #[must_use]
    pub fn known(kind: ObjectKind, id: impl Into<String>, name: impl Into<String>) -> Self {
        let (labels, created) = (BTreeMap::new(), String::new());
        Self { kind, id: id.into(), name: name.into(), labels, created }
    }
}

/// An image on the node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImageState {
    /// Id, `sha256:…`.
    pub id: String,
    /// Names with tag.
    pub tags: Vec<String>,
    /// Names with digest, `name@sha256:…`; empty for an image that no registry has.
    pub digests: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Size in bytes.
    pub bytes: u64,
}

/// An image to build with the classic builder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuildSpec {
    /// The build context as a tar archive, with the Dockerfile in it.
    pub context: Vec<u8>,
    /// Name of the Dockerfile in the context.
    pub dockerfile: String,
    /// Build arguments.
    pub args: BTreeMap<String, String>,
    /// Name and tag of the result.
    pub tag: String,
    /// Labels of the result.
    pub labels: BTreeMap<String, String>,
    /// Network mode of the build steps: `bridge`, `host` or empty for the engine's default.
    pub network: String,
}
