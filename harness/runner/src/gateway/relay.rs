//! SOCKS 5 (RFC 1928, RFC 1929) on a loopback port of this process, for the clients of probes.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use cc_ci_engine::{Engine, Selector};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{sleep, timeout};

use super::resolve::{Resolved, Target, resolve};

/// Time for a caller to say what it wants; it is a probe of ours in this very process.
const GREETING: Duration = Duration::from_secs(10);
/// Longest answer line of the container.
const LINE: usize = 512;

/// What a caller is told (RFC 1928, section 6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reply {
    Connected = 0,
    /// The name is not known in the stack's networks.
    Unknown = 1,
    /// Not an address of the stack's own tasks.
    Foreign = 2,
    Unreachable = 4,
    Refused = 5,
    Timeout = 6,
    /// The engine or the container does not answer: no code of the protocol, so nothing that an app
    /// could be blamed for.
    Broken = 0xf0,
}

/// What the relay needs to know.
pub(super) struct Relay {
    pub(super) engine: Arc<dyn Engine>,
    /// The stack's own objects.
    pub(super) own: Selector,
    /// The container's socket.
    pub(super) socket: PathBuf,
    pub(super) user: String,
    pub(super) password: String,
}

/// A relay at work; dropping it ends every connection.
#[derive(Debug)]
pub(super) struct Working(JoinHandle<()>);

impl Working {
    /// Ends it and waits until its port is free.
    pub(super) async fn end(mut self) {
        self.0.abort();
        let _ = (&mut self.0).await;
    }
}

impl Drop for Working {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Relay {
    /// Listens on a free loopback port.
    pub(super) async fn start(self) -> io::Result<(SocketAddr, Working)> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let relay = Arc::new(self);
        Ok((address, Working(tokio::spawn(accept(listener, relay)))))
    }

    async fn serve(&self, mut caller: TcpStream) -> io::Result<()> {
        caller.set_nodelay(true)?;
        let asked = timeout(GREETING, self.greet(&mut caller)).await;
        let Some((target, port)) = asked.map_err(|_| io::ErrorKind::TimedOut)?? else {
            return Ok(());
        };
        match self.connect(&target, port).await {
            Ok(mut app) => {
                reply(&mut caller, Reply::Connected).await?;
                copy_bidirectional(&mut caller, &mut app).await.map(drop)
            }
            Err(refusal) => reply(&mut caller, refusal).await,
        }
    }

    /// What the caller wants; nothing where it does not know the password or the protocol.
    async fn greet(&self, caller: &mut TcpStream) -> io::Result<Option<(Target, u16)>> {
        let version = caller.read_u8().await?;
        let methods = bytes(caller).await?;
        if version != 5 || !methods.contains(&2) {
            caller.write_all(&[5, 0xff]).await?;
            return Ok(None);
        }
        caller.write_all(&[5, 2]).await?;
        let version = caller.read_u8().await?;
        let (user, password) = (bytes(caller).await?, bytes(caller).await?);
        let known = user == self.user.as_bytes() && password == self.password.as_bytes();
        caller.write_all(&[1, u8::from(version != 1 || !known)]).await?;
        if version != 1 || !known {
            return Ok(None);
        }
        let mut head = [0; 4];
        caller.read_exact(&mut head).await?;
        let [5, 1, _, kind] = head else { return Ok(None) };
        let target = match kind {
            1 => Target::Address(IpAddr::V4(Ipv4Addr::from(caller.read_u32().await?))),
            3 => named(&bytes(caller).await?),
            4 => Target::Address(IpAddr::V6(Ipv6Addr::from(caller.read_u128().await?))),
            _ => return Ok(None),
        };
        Ok(Some((target, caller.read_u16().await?)))
    }

    /// Looks the target up now: addresses change with every task.
    async fn connect(&self, target: &Target, port: u16) -> Result<UnixStream, Reply> {
        let endpoints = self.engine.endpoints(&self.own).await.map_err(|_| Reply::Broken)?;
        let addresses = match resolve(&endpoints, target) {
            Resolved::Addresses(addresses) => addresses,
            Resolved::Unknown => return Err(Reply::Unknown),
            Resolved::Foreign => return Err(Reply::Foreign),
        };
        let mut refusal = Reply::Unknown;
        for address in addresses {
            match dial(&self.socket, address, port).await {
                Ok(stream) => return Ok(stream),
                Err(reply) => refusal = reply,
            }
        }
        Err(refusal)
    }
}

async fn accept(listener: TcpListener, relay: Arc<Relay>) {
    let mut callers = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((caller, _)) => {
                let relay = Arc::clone(&relay);
                // A caller that breaks off is not missed.
                callers.spawn(async move { relay.serve(caller).await.ok() });
            }
            // Out of descriptors for a moment.
            Err(_) => sleep(Duration::from_millis(50)).await,
        }
        while callers.try_join_next().is_some() {}
    }
}

/// Asks the container behind `socket` for a connection.
async fn dial(socket: &std::path::Path, address: IpAddr, port: u16) -> Result<UnixStream, Reply> {
    let line = format!("dial {address} {port}\n");
    match ask(socket, &line).await {
        Ok((stream, answer)) => match answer.as_str() {
            "ok" => Ok(stream),
            "refused" => Err(Reply::Refused),
            "unreachable" => Err(Reply::Unreachable),
            "timeout" => Err(Reply::Timeout),
            _ => Err(Reply::Broken),
        },
        Err(_) => Err(Reply::Broken),
    }
}

/// Sends one line to the container behind `socket`; its answer is one line too.
pub(crate) async fn ask(socket: &std::path::Path, line: &str) -> io::Result<(UnixStream, String)> {
    let mut stream = UnixStream::connect(socket).await?;
    stream.write_all(line.as_bytes()).await?;
    let mut answer = Vec::new();
    loop {
        match stream.read_u8().await? {
            b'\n' => break,
            byte if answer.len() < LINE => answer.push(byte),
            _ => return Err(io::ErrorKind::InvalidData.into()),
        }
    }
    Ok((stream, String::from_utf8_lossy(&answer).into_owned()))
}

/// A name that is written as an address is one.
fn named(name: &[u8]) -> Target {
    let name = String::from_utf8_lossy(name).into_owned();
    match name.trim_matches(['[', ']']).parse() {
        Ok(address) => Target::Address(address),
        Err(_) => Target::Name(name),
    }
}

/// As many bytes as the first says.
async fn bytes(caller: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; usize::from(caller.read_u8().await?)];
    caller.read_exact(&mut bytes).await?;
    Ok(bytes)
}

async fn reply(caller: &mut TcpStream, reply: Reply) -> io::Result<()> {
    caller.write_all(&[5, reply as u8, 0, 1, 0, 0, 0, 0, 0, 0]).await
}

#[cfg(test)]
#[path = "relay_tests.rs"]
mod tests;
