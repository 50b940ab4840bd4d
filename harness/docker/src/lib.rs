//! The only crate that names bollard: the Swarm adapter of the engine port.

mod build;
mod client;
mod container_body;
mod container_state;
mod containers;
mod creations;
mod endpoints;
mod error;
mod event;
mod exec;
mod image_state;
mod images;
mod import;
mod inventory;
mod log_end;
mod maps;
mod network;
mod node;
mod pull;
mod push;
mod raw;
mod reference;
mod refusal;
mod remove;
mod secrets;
mod selector;
mod service_state;
mod services;
mod spec;
mod stats;
mod swarm;
mod task;
mod window;

pub use client::Docker;
