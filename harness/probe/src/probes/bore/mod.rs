//! `bore`: opens a tunnel through a bore server, and sends something through it.

mod client;
mod link;
mod message;
mod settings;
mod tag;
mod visitor;

#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;

pub(crate) use client::KIND;
