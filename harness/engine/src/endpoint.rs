//! Where tasks can be reached, and what a reader of the engine may see.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

/// Where a service can be reached in one network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// The network's name on the engine.
    pub network: String,
    /// Names by which the network's resolver knows the service: its own and its aliases there.
    pub names: Vec<String>,
    /// Its virtual address, where it has one.
    pub virtual_address: Option<IpAddr>,
    /// Its running tasks.
    pub tasks: Vec<TaskEndpoint>,
}

/// Where one running task can be reached in the network of its [`Endpoint`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskEndpoint {
    /// Names by which the network's resolver knows the task's container: its name and the first
    /// twelve digits of its id.
    pub names: Vec<String>,
    /// Its address; none in a network of the node itself.
    pub address: Option<IpAddr>,
}

/// A view of the engine for a program that must not see more: the services, tasks and networks of one
/// stack, to be read and not to be changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// The Unix socket on which the engine's API is served, for as long as the window is open.
    pub socket: PathBuf,
    /// The stack.
    pub stack: String,
    /// The networks that are shown: the name on the engine → the name that is shown.
    pub networks: BTreeMap<String, String>,
}
