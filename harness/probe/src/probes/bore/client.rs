//! The `bore` probe.

use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use cc_ci_model::{Observed, Vantage};

use super::link::Link;
use super::message::{Ours, Theirs};
use super::settings::{KEYS, Settings};
use super::visitor::Visitor;
use crate::params::Params;
use crate::registry::Kind;
use crate::seen::Seen;
use crate::{Access, BoxStream, Probe, ProbeError, SpecError};

pub(crate) const KIND: Kind = Kind {
    name: "bore",
    about: "opens a tunnel through a bore server and sends bytes through it, both ways",
    from: &[Vantage::Network, Vantage::Host],
    keys: KEYS,
    build,
};

/// Heartbeats to wait through for the news of a visitor who is connected already; at two a second
/// that is five seconds for what takes a millisecond.
const PATIENCE: u32 = 10;

/// What a server says while a port is taken. It notices that a client left at its next heartbeats.
const TAKEN: &str = "in use";

struct Bore {
    settings: Settings,
    /// A tunnel whose visitor the edge turned away, kept for the next try. The server would still hold the port
    /// of a closed tunnel, and the next answer would be about the port and not about the edge.
    held: Mutex<Option<Tunnel>>,
    /// What the last try saw.
    seen: Seen,
}

/// The fact that a client without the secret is asked for it.
const STRANGER: &str = "answer to a client without the secret";
/// The fact that says what the visitor of the tunnel got.
const VISITOR: &str = "bytes of the visitor, both ways";
/// The fact that says how the server refuses.
const REFUSAL: &str = "refusal";

/// An open tunnel; the connection keeps it open.
struct Tunnel {
    control: Link,
    port: u16,
}

fn build(params: &Params<'_>) -> Result<Box<dyn Probe>, SpecError> {
    let settings = Settings::read(params)?;
    Ok(Box::new(Bore { settings, held: Mutex::new(None), seen: Seen::default() }))
}

impl Bore {
    /// A server with a secret must not serve clients without it. Such a server speaks first, and a server
    /// without a secret waits for the client. A request that answers no challenge therefore tells the two apart
    /// without waiting for a silence.
    async fn knock(&self, access: &Access) -> Result<(), ProbeError> {
        let mut link = Link::open(&self.settings.target, access).await?;
        link.send(&Ours::Hello(self.settings.tunnel)).await?;
        match link.receive().await? {
            Theirs::Challenge(_) => {
                self.seen.add(|facts| facts.find(STRANGER, "challenge"));
                Ok(())
            }
            other => Err(link.unexpected("a challenge to every client", &other)),
        }
    }

    async fn open(&self, access: &Access) -> Result<Tunnel, ProbeError> {
        let Settings { target, secret, tunnel, .. } = &self.settings;
        let mut control = Link::open_with(target, access, secret.as_deref()).await?;
        control.send(&Ours::Hello(*tunnel)).await?;
        match control.receive().await? {
            Theirs::Hello(0) => Err(control.unmet("opened a tunnel from port 0")),
            Theirs::Hello(port) if *tunnel == 0 || port == *tunnel => Ok(Tunnel { control, port }),
            // The port's holder may release it, so this answer is not final.
            Theirs::Error(said) if said.contains(TAKEN) => {
                let detail = format!("port {tunnel} of its tunnels: {said}");
                Err(ProbeError::no_answer(target.to_string(), detail))
            }
            other => Err(control.unexpected("the tunnel", &other)),
        }
    }

    /// Takes over the visitor that the server has to announce now.
    async fn accept(&self, control: &mut Link, access: &Access) -> Result<BoxStream, ProbeError> {
        for _ in 0..=PATIENCE {
            let id = match control.receive().await? {
                Theirs::Heartbeat => continue,
                Theirs::Connection(id) => id,
                other => return Err(control.unexpected("a visitor", &other)),
            };
            let Settings { target, secret, .. } = &self.settings;
            let mut link = Link::open_with(target, access, secret.as_deref()).await?;
            link.send(&Ours::Accept(id)).await?;
            return Ok(link.stream);
        }
        Err(control.unmet(&format!("did not announce a visitor within {PATIENCE} heartbeats")))
    }

    async fn carries(&self, access: &Access) -> Result<(), ProbeError> {
        let secret = self.settings.secret.is_some();
        self.seen.add(|facts| {
            if secret {
                facts.require(STRANGER, ["challenge"]);
            }
            facts.require(VISITOR, ["as they were sent"]);
        });
        if secret {
            self.knock(access).await?;
        }
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(mut tunnel) = held {
            let visited = self.visit(&mut tunnel, access).await;
            // A server that was replaced does not know the tunnel, so a new one is opened.
            if visited.is_ok() || is_turned_away(&visited) {
                return self.hold(tunnel, visited);
            }
        }
        let mut tunnel = self.open(access).await?;
        let visited = self.visit(&mut tunnel, access).await;
        self.hold(tunnel, visited)
    }

    fn hold(&self, tunnel: Tunnel, visited: Result<(), ProbeError>) -> Result<(), ProbeError> {
        if is_turned_away(&visited) {
            *self.held.lock().unwrap_or_else(PoisonError::into_inner) = Some(tunnel);
        }
        visited
    }

    async fn visit(&self, tunnel: &mut Tunnel, access: &Access) -> Result<(), ProbeError> {
        let mut visitor = Visitor::come(&self.settings, tunnel.port, access).await?;
        let far_end = tokio::select! {
            far_end = self.accept(&mut tunnel.control, access) => far_end?,
            why = visitor.turned_away() => return Err(why),
        };
        visitor.be_served_by(far_end).await?;
        self.seen.add(|facts| facts.find(VISITOR, "as they were sent"));
        Ok(())
    }

    /// The server's answer to a client that it refuses.
    async fn refuses(&self, access: &Access, wanted: &str) -> Result<(), ProbeError> {
        self.seen.add(|facts| facts.require(REFUSAL, [wanted]));
        let Settings { target, secret, tunnel, .. } = &self.settings;
        let mut link = Link::open_with(target, access, secret.as_deref()).await?;
        // A wrong secret is not followed by a request: a server that refuses closes the connection,
        // and what it did not read would take its last words with it (RFC 1122, 4.2.2.13).
        if secret.is_none() || *tunnel != 0 {
            link.send(&Ours::Hello(*tunnel)).await?;
        }
        let mut challenged = secret.is_some();
        loop {
            match link.next().await? {
                Some(Theirs::Error(said)) if said.contains(wanted) => {
                    self.seen.add(|facts| facts.find(REFUSAL, wanted));
                    return Ok(());
                }
                Some(Theirs::Challenge(_)) if !challenged => challenged = true,
                Some(other) => return Err(link.unexpected(&format!("error {wanted:?}"), &other)),
                None => {
                    let detail = format!("accepted what it should refuse with {wanted:?}");
                    return Err(link.unmet(&detail));
                }
            }
        }
    }
}

fn is_turned_away(visited: &Result<(), ProbeError>) -> bool {
    matches!(visited, Err(ProbeError::NotServing { .. }))
}

#[async_trait]
impl Probe for Bore {
    async fn run(&self, access: &Access) -> Result<(), ProbeError> {
        self.seen.forget();
        match &self.settings.expect_reject {
            Some(wanted) => self.refuses(access, wanted).await,
            None => self.carries(access).await,
        }
    }

    fn observed(&self) -> Option<Observed> {
        self.seen.observed()
    }

    fn describe(&self) -> String {
        self.settings.describe()
    }
}
