//! From a [`ServiceObject`](cc_ci_engine::ServiceObject) to what Swarm is sent, with the semantics
//! of `docker stack deploy`.

mod capabilities;
mod container;
mod files;
mod mount;
mod policy;
mod resources;
mod service;

pub(crate) use files::FileIds;
pub(crate) use service::service_spec;
