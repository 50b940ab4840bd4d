//! A small SOCKS5 server (RFC 1928) with a table instead of a resolver.

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::serve;

pub(crate) struct Gateway;

/// A gateway of the tests: its server asks for a password and takes any.
pub(crate) fn gateway_at(address: SocketAddr) -> crate::Gateway {
    crate::Gateway { address, user: "probe".to_owned(), password: "s3cret".to_owned() }
}

impl Gateway {
    /// Knows the given names, on any port, and answers "general failure" to all others.
    pub(crate) async fn start<const N: usize>(names: [(&str, SocketAddr); N]) -> crate::Gateway {
        let names: HashMap<_, _> =
            names.into_iter().map(|(name, address)| (name.to_owned(), address)).collect();
        let names = Arc::new(names);
        let address = serve(move |mut client| {
            let names = Arc::clone(&names);
            async move {
                let (name, _) = request(&mut client).await;
                let Some(address) = names.get(&name) else {
                    return reply(&mut client, 1).await;
                };
                let Ok(mut app) = TcpStream::connect(address).await else {
                    return reply(&mut client, 5).await;
                };
                reply(&mut client, 0).await;
                let _ = tokio::io::copy_bidirectional(&mut client, &mut app).await;
            }
        })
        .await;
        gateway_at(address)
    }

    /// Leads every name to this machine, to the port that is asked for.
    pub(crate) async fn to_this_machine() -> crate::Gateway {
        let address = serve(move |mut client| async move {
            let (_, port) = request(&mut client).await;
            let Ok(mut app) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await else {
                return reply(&mut client, 5).await;
            };
            reply(&mut client, 0).await;
            let _ = tokio::io::copy_bidirectional(&mut client, &mut app).await;
        })
        .await;
        gateway_at(address)
    }

    /// Answers `code` to every request.
    pub(crate) async fn replying(code: u8) -> crate::Gateway {
        let address = serve(move |mut client| async move {
            request(&mut client).await;
            reply(&mut client, code).await;
        })
        .await;
        gateway_at(address)
    }
}

/// The name and the port that are asked for.
async fn request(client: &mut TcpStream) -> (String, u16) {
    let mut head = [0; 2];
    client.read_exact(&mut head).await.unwrap();
    client.read_exact(&mut vec![0; usize::from(head[1])]).await.unwrap();
    client.write_all(&[5, 2]).await.unwrap();
    for _ in ["user", "password"] {
        // The version of the sub-negotiation stands before the first of them.
        if head[1] > 0 {
            client.read_u8().await.unwrap();
            head[1] = 0;
        }
        let length = client.read_u8().await.unwrap();
        client.read_exact(&mut vec![0; usize::from(length)]).await.unwrap();
    }
    client.write_all(&[1, 0]).await.unwrap();
    let mut head = [0; 5];
    client.read_exact(&mut head).await.unwrap();
    assert_eq!(head[..4], [5, 1, 0, 3], "CONNECT to a name");
    let mut name = vec![0; usize::from(head[4])];
    client.read_exact(&mut name).await.unwrap();
    (String::from_utf8(name).unwrap(), client.read_u16().await.unwrap())
}

async fn reply(client: &mut TcpStream, code: u8) {
    client.write_all(&[5, code, 0, 1, 0, 0, 0, 0, 0, 0]).await.unwrap();
}
