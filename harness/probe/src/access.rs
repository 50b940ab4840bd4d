//! The gateway and the edge, through which probes reach an instance.

use std::net::SocketAddr;

use crate::DialError;

/// The ways into one instance. A missing way is an error only for a probe that needs it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Access {
    /// The way into the stack's networks.
    pub gateway: Option<Gateway>,
    /// The edge proxy in front of the stack.
    pub edge: Option<Edge>,
}

/// A SOCKS5 server that connects to the stack's own tasks and to nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct Gateway {
    /// Where it listens.
    pub address: SocketAddr,
    /// The user name that it asks for.
    pub user: String,
    /// The password that it asks for; letters and digits only, because it stands in URLs.
    pub password: String,
}

impl std::fmt::Debug for Gateway {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gateway({})", self.address)
    }
}

impl Access {
    pub(crate) fn need_gateway(&self) -> Result<&Gateway, DialError> {
        self.gateway
            .as_ref()
            .ok_or_else(|| DialError::Gateway { message: "the instance has none".to_owned() })
    }

    pub(crate) fn need_edge(&self) -> Result<&Edge, DialError> {
        self.edge.as_ref().ok_or_else(|| DialError::Edge { message: "none is set up".to_owned() })
    }
}

/// The edge proxy, and the authority of its certificates.
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
