//! The port: what a container engine must do for us, with a scripted fake and one contract suite
//! that runs on both.
//!
//! The port speaks of single objects. What is built from them (deploy a whole stack, take it down
//! and prove that nothing is left) stands beside it in [`stack`] and works on any engine.

#[cfg(any(test, feature = "fake"))]
pub mod contract;
mod endpoint;
mod error;
#[cfg(any(test, feature = "fake"))]
pub mod fake;
mod placed;
mod port;
mod selector;
pub mod stack;
mod state;
mod traced;
mod words;

pub use endpoint::{Endpoint, TaskEndpoint, Window};
pub use error::{EngineError, PullFailure};
pub use placed::Placed;
pub use port::{Containers, Engine, Images, Node, Swarm};
pub use selector::{Selector, Term};
pub use state::{
    BuildSpec, ConfigObject, ContainerDisk, ContainerSpec, ContainerState, EngineEvent, ExecOutput,
    ExecSpec, Health, HostPort, ImageState, KILLED, LABEL_INFRA, LABEL_LEASE, LABEL_LEG,
    LABEL_NAMESPACE, LABEL_RECIPE, LABEL_RUN, LABEL_UNIT, Mount, NodeId, NodeState, Object,
    ObjectKind, OwnLimits, SecretObject, ServiceObject, ServiceState, Stats, TaskState,
    UpdateState,
};
pub use traced::Traced;
pub use words::{exhausted, networking_fails, only_host_ports_taken, taken_port};
