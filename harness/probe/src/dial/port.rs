//! What every way of connecting can do.

use async_trait::async_trait;
use cc_ci_model::Vantage;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::UdpSocket;

use super::DialError;
use super::edge::EdgeDial;
use super::gateway::GatewayDial;
use super::host::HostDial;
use crate::Access;

/// A connection in both directions.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection of any kind.
pub type BoxStream = Box<dyn Stream>;

/// Opens connections from one point of view.
#[async_trait]
pub trait Dial: Send + Sync {
    /// Opens a TCP connection to `host` as it is seen from there. Makes one try without a
    /// deadline; dropping the future gives up.
    ///
    /// # Errors
    /// [`DialError`] distinguishes a silent app from a gateway or edge that does not work.
    async fn tcp(&self, host: &str, port: u16) -> Result<BoxStream, DialError>;

    /// Opens a UDP socket that sends to and receives from `host` and `port` alone.
    ///
    /// # Errors
    /// [`DialError::Unsupported`] where no datagrams pass.
    async fn udp(&self, host: &str, port: u16) -> Result<UdpSocket, DialError>;
}

/// The way to connect when looking from `from`.
///
/// # Errors
/// [`DialError::Gateway`] or [`DialError::Edge`] where the instance has none.
pub fn dial(from: Vantage, access: &Access) -> Result<Box<dyn Dial>, DialError> {
    match from {
        Vantage::Host => Ok(Box::new(HostDial)),
        Vantage::Network => Ok(Box::new(GatewayDial { gateway: access.need_gateway()?.clone() })),
        Vantage::Edge => {
            let edge = access.need_edge()?;
            Ok(Box::new(EdgeDial { https: edge.https, http: edge.http }))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_door_is_ours_to_mend() {
        let none = Access::default();
        assert!(matches!(dial(Vantage::Network, &none), Err(DialError::Gateway { .. })));
        assert!(matches!(dial(Vantage::Edge, &none), Err(DialError::Edge { .. })));
        assert!(dial(Vantage::Host, &none).is_ok());
    }
}
