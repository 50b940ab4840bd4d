//! What is said to an engine and what it answers.

mod container;
mod event;
mod exec;
mod image;
mod labels;
mod node;
mod object;
mod own;
mod service;
mod task;
mod wanted;

pub use container::{ContainerDisk, ContainerState, Health, Stats};
pub use event::EngineEvent;
pub use exec::{ExecOutput, ExecSpec, KILLED};
pub use image::{BuildSpec, ImageState};
pub use labels::{
    LABEL_INFRA, LABEL_LEASE, LABEL_LEG, LABEL_NAMESPACE, LABEL_RECIPE, LABEL_RUN, LABEL_UNIT,
};
pub use node::{NodeId, NodeState};
pub use object::{Object, ObjectKind};
pub use own::{ContainerSpec, HostPort, Mount, OwnLimits};
pub use service::{ServiceState, UpdateState};
pub use task::TaskState;
pub use wanted::{ConfigObject, SecretObject, ServiceObject};
