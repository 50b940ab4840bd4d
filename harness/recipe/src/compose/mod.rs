//! Compose files, read into a stack with the semantics of `docker stack deploy`.

mod attach;
mod bytes;
mod content;
mod context;
mod deploy;
mod duration;
mod file;
mod health;
mod keys;
mod merge;
mod merge_list;
pub(crate) mod mounts;
pub(crate) mod networks;
mod objects;
mod pairs;
mod policy;
pub(crate) mod ports;
mod refs;
mod service;
mod ulimits;
mod volumes;
mod words;

#[cfg(test)]
mod error_tests;
#[cfg(test)]
mod form_tests;
#[cfg(test)]
pub(crate) mod try_read;

pub(crate) use bytes::bytes;
pub(crate) use content::{MAX_BYTES, inside, read_inside};
pub(crate) use context::{Context, Notes};
pub(crate) use duration::duration;
pub(crate) use file::build;
pub(crate) use merge::merge;
pub(crate) use words::command;
