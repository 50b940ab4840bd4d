//! Servers in this process for the tests of this crate.

mod authority;
mod gateway;
mod server;
mod word;

pub(crate) use authority::Authority;
pub(crate) use gateway::{Gateway, gateway_at};
pub(crate) use server::{ClosedPort, serve};
pub(crate) use word::{error_kind, probe, spec};
