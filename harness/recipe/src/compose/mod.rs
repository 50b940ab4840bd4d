//! Compose files, read into a stack with the semantics of `docker stack deploy`.

mod attach;
mod bytes;
mod content;
mod context;
mod deploy;
mod duration;
mod file;
mod health;
mod merge;
mod merge_key;
mod mounts;
mod networks;
mod objects;
mod pairs;
mod policy;
mod ports;
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
mod try_read;

pub(crate) use content::read_inside;
pub(crate) use context::{Context, Notes};
pub(crate) use file::build;
pub(crate) use merge::merge;
