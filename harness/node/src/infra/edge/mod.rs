//! The edge: real Traefik in front of each leg, HTTPS with a CA of our own.

mod authority;
mod certificate;
mod kit;
mod traefik;

pub use kit::{EdgeFiles, IMAGE, files, retire};
