//! TLS over any connection, with certificates that can be looked at afterwards.

mod certificate;
mod failure;
mod handshake;
mod verifier;

pub(crate) use certificate::Certificate;
pub(crate) use failure::TlsFailure;
pub(crate) use handshake::{Trust, client_config, handshake, trusted};
