//! The doors through which probes reach an instance.

use std::net::SocketAddr;

use crate::DialError;

/// The doors into one instance. A door that is missing is only an error for a probe that needs it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// A SOCKS5 server inside the stack's networks, without a password.
    pub gateway: Option<SocketAddr>,
    /// The edge proxy in front of all stacks.
    pub edge: Option<Edge>,
}

impl Access {
    pub(crate) fn need_gateway(&self) -> Result<SocketAddr, DialError> {
        self.gateway
            .ok_or_else(|| DialError::Gateway { message: "the instance has none".to_owned() })
    }

    pub(crate) fn need_edge(&self) -> Result<&Edge, DialError> {
        self.edge.as_ref().ok_or_else(|| DialError::Edge { message: "none is set up".to_owned() })
    }
}

/// The edge proxy, and whom to trust when it shows a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edge {
    /// Where it serves what visitors reach on port 443.
    pub https: SocketAddr,
    /// Where it serves what visitors reach on port 80.
    pub http: SocketAddr,
    /// The certificate authority that issued its certificates, as PEM; also the one that probes
    /// trust when they verify a certificate inside the stack.
    pub ca_pem: String,
}
