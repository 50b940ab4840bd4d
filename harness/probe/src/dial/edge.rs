//! Connections of a visitor, who always arrives at the edge.

use std::net::SocketAddr;

use async_trait::async_trait;
use tokio::net::UdpSocket;

use super::prompt::PromptStream;
use super::{BoxStream, Dial, DialError};

/// Connects to the edge whatever the host is called: the edge routes by the name that TLS and
/// HTTP carry.
pub(super) struct EdgeDial {
    pub(super) https: SocketAddr,
    pub(super) http: SocketAddr,
}

#[async_trait]
impl Dial for EdgeDial {
    async fn tcp(&self, host: &str, port: u16) -> Result<BoxStream, DialError> {
        let address = match port {
            443 => self.https,
            80 => self.http,
            _ => {
                let message =
                    format!("{host}:{port} is not at the edge, which has ports 80 and 443");
                return Err(DialError::Unsupported { message });
            }
        };
        match PromptStream::connect(address).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(DialError::Edge { message: format!("{address}: {error}") }),
        }
    }

    async fn udp(&self, host: &str, port: u16) -> Result<UdpSocket, DialError> {
        let message = format!("no datagrams to {host}:{port} pass the edge");
        Err(DialError::Unsupported { message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ClosedPort;

    #[tokio::test]
    async fn an_edge_that_is_down_is_ours_and_other_ports_do_not_exist() {
        let closed = ClosedPort::new();
        let down = closed.address();
        let edge = EdgeDial { https: down, http: down };
        for port in [80, 443] {
            let error = edge.tcp("app.test", port).await.err();
            assert!(matches!(error, Some(DialError::Edge { .. })), "{error:?}");
        }
        let error = edge.tcp("app.test", 8443).await.err();
        assert!(matches!(error, Some(DialError::Unsupported { .. })), "{error:?}");
        assert!(edge.udp("app.test", 443).await.is_err());
    }
}
