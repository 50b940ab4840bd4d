//! The `mumble` probe.

use std::net::{IpAddr, Ipv4Addr};

use async_trait::async_trait;
use cc_ci_model::{Facts, Observed, Vantage};
use rustls::pki_types::ServerName;
use tokio_rustls::client::TlsStream;

use super::frame::{self, FrameError};
use super::message::{self, Message};
use super::names::{deny_word, kind, reject_word};
use super::settings::{KEYS, Settings};
use super::world::World;
use crate::params::{Params, parse_server_name};
use crate::registry::Kind;
use crate::seen::Seen;
use crate::tls::{Trust, handshake};
use crate::{Access, BoxStream, Probe, ProbeError, SpecError};

pub(crate) const KIND: Kind = Kind {
    name: "mumble",
    about: "joins a Mumble server and looks at its channels and users",
    from: &[Vantage::Network, Vantage::Host],
    keys: KEYS,
    build,
};

/// How many messages a join may take; a server with more channels and users than that does not
/// end.
const PATIENCE: u32 = 100_000;

struct Mumble {
    settings: Settings,
    /// What the last try saw.
    seen: Seen,
}

/// The name of the fact that says how the server answered the request to join.
const JOIN: &str = "answer to the wish to join";
/// The word of a client that was let in.
const LET_IN: &str = "let in";

fn build(params: &Params<'_>) -> Result<Box<dyn Probe>, SpecError> {
    Ok(Box::new(Mumble { settings: Settings::read(params)?, seen: Seen::default() }))
}

/// An open connection, and what is known through it.
struct Session {
    stream: TlsStream<BoxStream>,
    target: String,
    world: World,
    /// Whether the server has sent a message of the protocol; before that, the peer may be any program.
    spoke: bool,
}

impl Session {
    async fn open(settings: &Settings, access: &Access) -> Result<Self, ProbeError> {
        let target = settings.target.to_string();
        let stream = settings.target.connect(access).await?;
        // A server makes its own certificate, so any will do and the name does not matter.
        let name = parse_server_name(&settings.target.host)
            .unwrap_or_else(|| ServerName::from(IpAddr::from(Ipv4Addr::LOCALHOST)));
        let shaken = handshake(stream, name, Trust::AnyCertificate).await;
        let from = settings.target.from;
        let (stream, _) = shaken.map_err(|failure| failure.into_probe_error(&target, from))?;
        Ok(Self { stream, target, world: World::default(), spoke: false })
    }

    async fn send(&mut self, frames: &[(u16, Vec<u8>)]) -> Result<(), ProbeError> {
        let sent = frame::write(&mut self.stream, frames).await;
        sent.map_err(|error| self.lost(&FrameError::Lost(error).to_string()))
    }

    async fn receive(&mut self) -> Result<Message, ProbeError> {
        let (kind, body) = match frame::read(&mut self.stream).await {
            Ok(frame) => frame,
            Err(error) => return Err(self.lost(&error.to_string())),
        };
        let message = match Message::read(kind, &body) {
            Ok(message) => message,
            Err(error) => return Err(self.lost(&format!("message of type {kind} is {error}"))),
        };
        // Every server starts with its version; anything else first is another protocol.
        if !self.spoke && message != Message::Version {
            return Err(self.lost(&format!("it starts with a message of type {kind}")));
        }
        self.spoke = true;
        self.world.take(&message);
        Ok(message)
    }

    fn lost(&self, detail: &str) -> ProbeError {
        if self.spoke {
            ProbeError::unmet(format!("mumble at {} broke off: {detail}", self.target))
        } else {
            ProbeError::no_answer(&self.target, format!("no Mumble server: {detail}"))
        }
    }

    fn unmet(&self, detail: &str) -> ProbeError {
        ProbeError::unmet(format!("mumble at {} {detail}", self.target))
    }

    /// Asks to be let in; `Err` inside `Ok` is the server's refusal.
    async fn join(
        &mut self,
        username: &str,
        password: Option<&str>,
    ) -> Result<Result<(), (u32, String)>, ProbeError> {
        let authenticate = message::authenticate(username, password);
        let hello = [(kind::VERSION, message::version()), (kind::AUTHENTICATE, authenticate)];
        self.send(&hello).await?;
        for _ in 0..PATIENCE {
            match self.receive().await? {
                Message::Reject { kind, reason } => return Ok(Err((kind, reason))),
                Message::ServerSync { session } => {
                    return match self.world.missing(session) {
                        None => Ok(Ok(())),
                        Some(what) => Err(self.unmet(&format!("let {username} in without {what}"))),
                    };
                }
                _ => {}
            }
        }
        Err(self.unmet(&format!("sent {PATIENCE} messages without letting {username} in")))
    }

    async fn create(&mut self, channel: &str) -> Result<(), ProbeError> {
        let before = self.world.under_root(channel);
        self.send(&[(kind::CHANNEL_STATE, message::new_channel(channel))]).await?;
        for _ in 0..PATIENCE {
            if let Message::PermissionDenied { kind, reason } = self.receive().await? {
                let word = deny_word(kind);
                let detail = format!("refused to create channel {channel:?}: {word} {reason:?}");
                return Err(self.unmet(&detail));
            }
            if !self.world.under_root(channel).is_subset(&before) {
                return Ok(());
            }
        }
        Err(self.unmet(&format!("sent {PATIENCE} messages without channel {channel:?}")))
    }
}

/// What has to come of a try.
fn required(settings: &Settings) -> Facts {
    let mut facts = Facts::default();
    facts.require(JOIN, [settings.expect_reject.map_or(LET_IN, |(_, wanted)| wanted)]);
    if let Some(channel) = &settings.expect_channel {
        facts.require(&format!("channel {channel}"), ["there"]);
    }
    if let Some(channel) = &settings.create_channel {
        facts.require(&format!("new channel {channel}"), ["created"]);
    }
    facts
}

#[async_trait]
impl Probe for Mumble {
    async fn run(&self, access: &Access) -> Result<(), ProbeError> {
        let Self { settings, seen } = self;
        seen.forget();
        let username = settings.username();
        let mut session = Session::open(settings, access).await?;
        seen.add(|facts| *facts = required(settings));
        let joined = session.join(&username, settings.password.as_deref()).await?;
        let answer = match &joined {
            Ok(()) => LET_IN.to_owned(),
            Err((kind, _)) => reject_word(*kind),
        };
        seen.add(|facts| facts.find(JOIN, answer));
        match (joined, settings.expect_reject) {
            (Ok(()), None) => {}
            (Err((found, _)), Some((wanted, _))) if found == wanted => return Ok(()),
            (Ok(()), Some((_, wanted))) => {
                return Err(session.unmet(&format!("let {username} in instead of {wanted}")));
            }
            (Err((found, reason)), wanted) => {
                let instead = wanted.map(|(_, wanted)| format!(", not {wanted}"));
                let (found, instead) = (reject_word(found), instead.unwrap_or_default());
                let detail = format!("rejected {username}: {found}{instead}: {reason:?}");
                return Err(session.unmet(&detail));
            }
        }
        if let Some(channel) = &settings.expect_channel {
            let there = if session.world.has_channel(channel) { "there" } else { "missing" };
            seen.add(|facts| facts.find(&format!("channel {channel}"), there));
        }
        if let Some(channel) = &settings.expect_channel
            && !session.world.has_channel(channel)
        {
            let found = session.world.channel_words();
            let detail = format!("has no channel {channel:?}, only {found}");
            return Err(session.unmet(&detail));
        }
        if let Some(channel) = &settings.create_channel {
            session.create(channel).await?;
            seen.add(|facts| facts.find(&format!("new channel {channel}"), "created"));
        }
        Ok(())
    }

    fn observed(&self) -> Option<Observed> {
        self.seen.observed()
    }

    fn describe(&self) -> String {
        self.settings.describe()
    }
}
