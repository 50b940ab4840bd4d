//! One service of a stack.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Healthcheck, Logging, MountSpec, Placement, Resources, RestartPolicy, Ulimit, UpdatePolicy,
};

/// One service, fully resolved.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServiceSpec {
    /// The image as the engine shall run it.
    pub image: String,
    /// Replaces the image's entry point.
    pub entrypoint: Option<Vec<String>>,
    /// Replaces the image's command.
    pub command: Option<Vec<String>>,
    /// Environment, `NAME` → value; `None` unsets a variable of the image.
    pub environment: BTreeMap<String, Option<String>>,
    /// Labels of the service (`deploy.labels`).
    pub labels: BTreeMap<String, String>,
    /// Labels of its containers (`labels`).
    pub container_labels: BTreeMap<String, String>,
    /// Host name inside the container; may hold engine templates.
    pub hostname: Option<String>,
    /// User, `uid[:gid]` or name.
    pub user: Option<String>,
    /// Further groups.
    pub groups: Vec<String>,
    /// Working directory.
    pub working_dir: Option<String>,
    /// Mounts.
    pub mounts: Vec<MountSpec>,
    /// Secrets it sees.
    pub secrets: Vec<FileRef>,
    /// Configs it sees.
    pub configs: Vec<FileRef>,
    /// Networks it joins.
    pub networks: Vec<Attachment>,
    /// Published ports.
    pub ports: Vec<PortSpec>,
    /// Health check; `None` keeps the image's.
    pub healthcheck: Option<Healthcheck>,
    /// How many copies.
    pub mode: Mode,
    /// How neighbours find it.
    pub endpoint_mode: EndpointMode,
    /// When tasks are started again.
    pub restart: Option<RestartPolicy>,
    /// How an update proceeds.
    pub update: Option<UpdatePolicy>,
    /// How a rollback proceeds.
    pub rollback: Option<UpdatePolicy>,
    /// Where tasks may run.
    pub placement: Placement,
    /// Limits and reservations.
    pub resources: Resources,
    /// Time between stop signal and kill, in nanoseconds.
    pub stop_grace_ns: Option<u64>,
    /// Stop signal.
    pub stop_signal: Option<String>,
    /// An init process reaps children.
    pub init: Option<bool>,
    /// Allocate a terminal.
    pub tty: bool,
    /// Keep stdin open.
    pub stdin_open: bool,
    /// Root file system is read-only.
    pub read_only: bool,
    /// Added capabilities.
    pub cap_add: Vec<String>,
    /// Dropped capabilities.
    pub cap_drop: Vec<String>,
    /// Kernel settings.
    pub sysctls: BTreeMap<String, String>,
    /// Process limits.
    pub ulimits: Vec<Ulimit>,
    /// Further lines of `/etc/hosts`, `ip name`.
    pub hosts: Vec<String>,
    /// Name servers.
    pub dns: Vec<String>,
    /// Search domains.
    pub dns_search: Vec<String>,
    /// Resolver options.
    pub dns_options: Vec<String>,
    /// Log driver.
    pub logging: Option<Logging>,
}

/// A secret or config as a service sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileRef {
    /// Compose name of the secret or config.
    pub source: String,
    /// File in the container; for secrets relative to `/run/secrets`.
    pub target: String,
    /// Owner.
    pub uid: String,
    /// Group.
    pub gid: String,
    /// File mode.
    pub mode: u32,
}

/// A network as a service joins it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attachment {
    /// Compose name of the network.
    pub network: String,
    /// Names under which neighbours find it there. The engine knows none on its own networks, as
    /// `host` and `bridge`.
    pub aliases: Vec<String>,
    /// Options for the network's driver.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub options: BTreeMap<String, String>,
}

/// How many copies of a service run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Mode {
    /// A number of copies.
    Replicated(u64),
    /// One on each node.
    Global,
}

impl Default for Mode {
    fn default() -> Self {
        Self::Replicated(1)
    }
}

/// How neighbours find a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndpointMode {
    /// One virtual address; needs IPVS in the kernel.
    #[default]
    Vip,
    /// The tasks' own addresses.
    Dnsrr,
}

/// Transport protocol of a published port.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Protocol {
    /// TCP.
    #[default]
    Tcp,
    /// UDP.
    Udp,
    /// SCTP.
    Sctp,
}

/// How a port is published.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PortMode {
    /// On every node, through the routing mesh.
    #[default]
    Ingress,
    /// On the task's own node.
    Host,
}

/// One published port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PortSpec {
    /// Port in the container.
    pub target: u16,
    /// Port on the host; chosen by the engine where absent.
    pub published: Option<u16>,
    /// Transport protocol.
    pub protocol: Protocol,
    /// How it is published.
    pub mode: PortMode,
}
