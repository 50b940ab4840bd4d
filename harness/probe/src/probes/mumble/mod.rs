//! `mumble`: joins a Mumble server as a client does, and looks around.

mod client;
mod frame;
mod message;
mod names;
mod settings;
mod wire;
mod world;

#[cfg(test)]
mod tests;

pub(crate) use client::KIND;
