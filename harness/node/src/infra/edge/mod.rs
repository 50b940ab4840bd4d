//! The edge: real Traefik on the shared network `proxy`, HTTPS with a CA of our own.

mod authority;
mod certificate;
mod ensure;
mod traefik;

pub use ensure::{EdgeState, NAME, NETWORK, ensure};
