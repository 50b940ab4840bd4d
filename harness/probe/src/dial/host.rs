//! Connections of a client on this machine, to published ports.

use std::net::Ipv4Addr;

use async_trait::async_trait;
use tokio::net::UdpSocket;

use super::prompt::PromptStream;
use super::{BoxStream, Dial, DialError};

/// Always connects to 127.0.0.1; the name only says what is meant.
pub(super) struct HostDial;

fn no_answer(port: u16, error: &std::io::Error) -> DialError {
    DialError::NoAnswer { target: format!("127.0.0.1:{port}"), detail: error.to_string() }
}

#[async_trait]
impl Dial for HostDial {
    async fn tcp(&self, _host: &str, port: u16) -> Result<BoxStream, DialError> {
        match PromptStream::connect((Ipv4Addr::LOCALHOST, port).into()).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(no_answer(port, &error)),
        }
    }

    async fn udp(&self, _host: &str, port: u16) -> Result<UdpSocket, DialError> {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await;
        let socket = socket.map_err(|error| DialError::Unsupported {
            message: format!("no UDP socket can be opened on this machine: {error}"),
        })?;
        match socket.connect((Ipv4Addr::LOCALHOST, port)).await {
            Ok(()) => Ok(socket),
            Err(error) => Err(no_answer(port, &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::ClosedPort;

    #[tokio::test]
    async fn nobody_on_the_port_is_no_answer() {
        let closed = ClosedPort::new();
        let error = HostDial.tcp("app", closed.address().port()).await.err();
        assert!(matches!(error, Some(DialError::NoAnswer { .. })), "{error:?}");
    }
}
