//! A small server of the protocol for the tests, which can be told to get one thing wrong.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use super::message::{Ours, Theirs};
use super::tag;
use crate::testing::serve;

pub(super) const SECRET: &str = "hush";
const CHALLENGE: &str = "00112233-4455-6677-8899-aabbccddeeff";
const VISITOR: &str = "99999999-4455-6677-8899-aabbccddeeff";

/// What the server gets wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wrong {
    Nothing,
    /// It has no secret.
    Open,
    /// It takes every answer to its challenge.
    Gullible,
    /// Its challenge is no UUID.
    BadChallenge,
    /// It opens another port than was asked for.
    OtherPort,
    /// It never announces a visitor.
    Mute,
    /// It hangs up on the visitor.
    HangsUp,
    /// It changes what passes through it.
    Garbles,
    /// It speaks some other protocol.
    Stranger,
    /// It never ends its first message.
    Endless,
}

/// Visitors of the tunnels that no client has accepted yet.
type Waiting = Arc<Mutex<Option<TcpStream>>>;

pub(super) async fn start(wrong: Wrong) -> SocketAddr {
    let waiting = Waiting::default();
    serve(move |stream| {
        let waiting = Arc::clone(&waiting);
        // A client that goes away ends the conversation, which is no error.
        async move { drop(converse(stream, wrong, waiting).await) }
    })
    .await
}

async fn converse(mut stream: TcpStream, wrong: Wrong, waiting: Waiting) -> std::io::Result<()> {
    if wrong == Wrong::Stranger {
        return stream.write_all(b"SSH-2.0-OpenSSH_9.2p1\r\n\0").await;
    }
    if wrong == Wrong::Endless {
        return stream.write_all(&[b'x'; 1000]).await;
    }
    if wrong != Wrong::Open {
        let challenge = if wrong == Wrong::BadChallenge { "guess" } else { CHALLENGE };
        say(&mut stream, &Theirs::Challenge(challenge.to_owned())).await?;
        let refused = match hear(&mut stream).await? {
            Ours::Authenticate(_) if wrong == Wrong::Gullible => None,
            Ours::Authenticate(said) if Some(&said) == tag::answer(SECRET, challenge).as_ref() => {
                None
            }
            Ours::Authenticate(_) => Some("invalid secret"),
            Ours::Hello(_) | Ours::Accept(_) => Some("server requires secret"),
        };
        if let Some(reason) = refused {
            return say(&mut stream, &Theirs::Error(reason.to_owned())).await;
        }
        if wrong == Wrong::Gullible {
            return Ok(());
        }
    }
    match hear(&mut stream).await? {
        Ours::Hello(9) => say(&mut stream, &Theirs::Error("not in allowed range".into())).await,
        Ours::Hello(port) => tunnel(stream, port, wrong, waiting).await,
        Ours::Accept(id) => {
            assert_eq!(id, VISITOR);
            let visitor = waiting.lock().unwrap().take();
            join(stream, visitor.expect("a visitor waits"), wrong).await
        }
        Ours::Authenticate(_) => Ok(()),
    }
}

async fn tunnel(
    mut stream: TcpStream,
    port: u16,
    wrong: Wrong,
    waiting: Waiting,
) -> std::io::Result<()> {
    let port = if wrong == Wrong::OtherPort { 0 } else { port };
    let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await else {
        return say(&mut stream, &Theirs::Error("port already in use".to_owned())).await;
    };
    say(&mut stream, &Theirs::Hello(listener.local_addr()?.port())).await?;
    say(&mut stream, &Theirs::Heartbeat).await?;
    let (visitor, _) = listener.accept().await?;
    if wrong == Wrong::Mute {
        loop {
            say(&mut stream, &Theirs::Heartbeat).await?;
        }
    }
    *waiting.lock().unwrap() = Some(visitor);
    say(&mut stream, &Theirs::Connection(VISITOR.to_owned())).await?;
    // The tunnel is open for as long as its client is there.
    let _ = stream.read_u8().await;
    Ok(())
}

async fn join(mut host: TcpStream, mut visitor: TcpStream, wrong: Wrong) -> std::io::Result<()> {
    if wrong == Wrong::HangsUp {
        return Ok(());
    }
    if wrong == Wrong::Garbles {
        let mut words = [0; 4096];
        let count = visitor.read(&mut words).await?;
        words[..count].make_ascii_uppercase();
        return host.write_all(&words[..count]).await;
    }
    tokio::io::copy_bidirectional(&mut host, &mut visitor).await.map(drop)
}

async fn say(stream: &mut TcpStream, message: &Theirs) -> std::io::Result<()> {
    let mut text = serde_json::to_vec(message).unwrap();
    text.push(0);
    stream.write_all(&text).await
}

async fn hear(stream: &mut TcpStream) -> std::io::Result<Ours> {
    let mut text = Vec::new();
    loop {
        match stream.read_u8().await? {
            0 => return Ok(serde_json::from_slice(&text).unwrap()),
            byte => text.push(byte),
        }
    }
}
