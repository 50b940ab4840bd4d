//! What is asked of the engine: one stack, fully resolved.
//!
//! A [`StackSpec`] has no variables, no file references and no defaults left open; two equal specs
//! deploy to equal stacks.

mod content;
mod objects;
mod policy;
mod service;

pub use content::FileContent;
pub use objects::{
    ConfigSpec, Ipam, MountSpec, MountType, NetworkSpec, ObjectSource, SecretSpec, StackSpec,
    VolumeSpec,
};
pub use policy::{
    AddedLimit, FailureAction, GenericResource, Healthcheck, Logging, Placement, Resources,
    RestartCondition, RestartPolicy, Ulimit, UpdateOrder, UpdatePolicy,
};
pub use service::{
    Attachment, EndpointMode, FileRef, Mode, PortMode, PortSpec, Protocol, ServiceSpec,
};
