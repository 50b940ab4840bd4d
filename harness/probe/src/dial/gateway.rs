//! Connections of a neighbour inside the stack's networks.

use async_trait::async_trait;
use tokio::net::UdpSocket;
use tokio_socks::Error as SocksError;
use tokio_socks::tcp::Socks5Stream;

use super::prompt::PromptStream;
use super::{BoxStream, Dial, DialError};
use crate::Gateway;

/// Asks the gateway's SOCKS5 server, which also resolves the names: what it sees is what a neighbour
/// sees of the stack.
pub(super) struct GatewayDial {
    pub(super) gateway: Gateway,
}

#[async_trait]
impl Dial for GatewayDial {
    async fn tcp(&self, host: &str, port: u16) -> Result<BoxStream, DialError> {
        let Gateway { address, user, password } = &self.gateway;
        let down = |error: &dyn std::fmt::Display| DialError::Gateway {
            message: format!("{address}: {error}"),
        };
        let stream = PromptStream::connect(*address).await.map_err(|error| down(&error))?;
        let no_answer = |detail: &str| DialError::NoAnswer {
            target: format!("{host}:{port}"),
            detail: detail.to_owned(),
        };
        match Socks5Stream::connect_with_password_and_socket(stream, (host, port), user, password)
            .await
        {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(match error {
                // RFC 1928, section 6: what the gateway met when it tried.
                SocksError::ConnectionRefused => no_answer("connection refused"),
                SocksError::HostUnreachable => no_answer("host unreachable"),
                SocksError::NetworkUnreachable => no_answer("network unreachable"),
                SocksError::TtlExpired => no_answer("timed out in the network"),
                // SOCKS5 has no code of its own for a name that does not resolve.
                SocksError::GeneralSocksServerFailure => {
                    no_answer("the stack's networks know no such name, or no way to it")
                }
                SocksError::InvalidTargetAddress(reason) => {
                    DialError::Unsupported { message: format!("{host}:{port}: {reason}") }
                }
                SocksError::ConnectionNotAllowedByRuleset => DialError::Unsupported {
                    message: format!(
                        "{host}:{port} is not an address of the unit's own tasks inside its networks \
                         (what a service of the node's own network listens on is seen with \
                         `from = \"host\"`)"
                    ),
                },
                // Everything else is said or broken by the gateway itself.
                SocksError::Io(_)
                | SocksError::ParseError(_)
                | SocksError::ProxyServerUnreachable
                | SocksError::InvalidResponseVersion
                | SocksError::NoAcceptableAuthMethods
                | SocksError::UnknownAuthMethod
                | SocksError::CommandNotSupported
                | SocksError::AddressTypeNotSupported
                | SocksError::UnknownError
                | SocksError::InvalidReservedByte
                | SocksError::UnknownAddressType
                | SocksError::InvalidAuthValues(_)
                | SocksError::PasswordAuthFailure(_)
                | SocksError::AuthorizationRequired
                | SocksError::IdentdAuthFailure
                | SocksError::InvalidUserIdAuthFailure => down(&error),
            }),
        }
    }

    async fn udp(&self, host: &str, port: u16) -> Result<UdpSocket, DialError> {
        let message = format!("no datagrams to {host}:{port} pass the gateway");
        Err(DialError::Unsupported { message })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;
    use crate::testing::{ClosedPort, Gateway as Socks, gateway_at, serve};

    #[tokio::test]
    async fn the_gateway_resolves_the_name() {
        let app = serve(|mut stream| async move {
            stream.write_all(b"hello").await.unwrap();
        })
        .await;
        let gateway = Socks::start([("app", app)]).await;
        let mut stream = GatewayDial { gateway }.tcp("app", 7).await.ok().unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        assert_eq!(said, "hello");
    }

    #[rstest]
    #[case::general(1, true)]
    #[case::network(3, true)]
    #[case::host(4, true)]
    #[case::refused(5, true)]
    #[case::ttl(6, true)]
    #[case::command(7, false)]
    #[case::address(8, false)]
    #[case::unassigned(77, false)]
    #[tokio::test]
    async fn a_reply_is_about_the_app_or_about_the_gateway(#[case] code: u8, #[case] app: bool) {
        let gateway = Socks::replying(code).await;
        let error = GatewayDial { gateway }.tcp("app", 80).await.err().unwrap();
        assert_eq!(matches!(error, DialError::NoAnswer { .. }), app, "{error:?}");
        assert_eq!(matches!(error, DialError::Gateway { .. }), !app, "{error:?}");
    }

    #[tokio::test]
    async fn a_strangers_address_is_the_checks_own_mistake() {
        let gateway = Socks::replying(2).await;
        let error = GatewayDial { gateway }.tcp("neighbour", 80).await.err().unwrap();
        assert!(matches!(error, DialError::Unsupported { .. }), "{error:?}");
        assert!(error.to_string().starts_with("neighbour:80 is not an address of the unit"));
    }

    #[tokio::test]
    async fn a_gateway_that_is_down_or_silent_or_no_socks_server_is_ours() {
        let closed = ClosedPort::new();
        let down = closed.address();
        let closes = serve(|stream| async move { drop(stream) }).await;
        let other = serve(|mut stream| async move {
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            let _ = stream.read_to_end(&mut Vec::new()).await;
        })
        .await;
        for gateway in [down, closes, other].map(gateway_at) {
            let error = GatewayDial { gateway }.tcp("app", 80).await.err();
            assert!(matches!(error, Some(DialError::Gateway { .. })), "{error:?}");
        }
    }
}
