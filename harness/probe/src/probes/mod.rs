//! The protocol clients, one file or folder each.

pub(crate) mod bore;
pub(crate) mod http;
pub(crate) mod http_flow;
pub(crate) mod mumble;
pub(crate) mod mumble_ping;
pub(crate) mod tcp;
pub(crate) mod tls;
