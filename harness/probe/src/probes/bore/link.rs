//! One connection to the control port.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::message::{Ours, Theirs};
use super::tag;
use crate::escape::excerpt;
use crate::target::Target;
use crate::{Access, BoxStream, ProbeError};

/// The longest message of the protocol, in bytes (`MAX_FRAME_LENGTH` of bore-cli 0.6.0).
const LONGEST: usize = 256;

/// One connection to the control port.
pub(super) struct Link {
    pub(super) stream: BoxStream,
    target: String,
    /// Whether the server has said a word of the protocol; before that, the peer may be any program.
    spoke: bool,
}

impl Link {
    pub(super) async fn open(target: &Target, access: &Access) -> Result<Self, ProbeError> {
        let stream = target.connect(access).await?;
        Ok(Self { stream, target: target.to_string(), spoke: false })
    }

    /// The same, past the challenge.
    pub(super) async fn open_with(
        target: &Target,
        access: &Access,
        secret: Option<&str>,
    ) -> Result<Self, ProbeError> {
        let mut link = Self::open(target, access).await?;
        if let Some(secret) = secret {
            link.answer_challenge(secret).await?;
        }
        Ok(link)
    }

    /// A server with a secret speaks first.
    async fn answer_challenge(&mut self, secret: &str) -> Result<(), ProbeError> {
        let challenge = match self.receive().await? {
            Theirs::Challenge(challenge) => challenge,
            other => return Err(self.unexpected("a challenge", &other)),
        };
        let Some(answer) = tag::answer(secret, &challenge) else {
            return Err(self.unmet(&format!("sent challenge {challenge:?}, which is no UUID")));
        };
        self.send(&Ours::Authenticate(answer)).await
    }

    pub(super) async fn send(&mut self, message: &Ours) -> Result<(), ProbeError> {
        let mut text = serde_json::to_vec(message)
            .map_err(|error| ProbeError::Broken { message: error.to_string() })?;
        text.push(0);
        let sent = match self.stream.write_all(&text).await {
            Ok(()) => self.stream.flush().await,
            Err(error) => Err(error),
        };
        sent.map_err(|error| self.lost(&error.to_string()))
    }

    /// The next message; nothing where the server closed the connection between two.
    pub(super) async fn next(&mut self) -> Result<Option<Theirs>, ProbeError> {
        let mut text = Vec::new();
        loop {
            // One byte at a time: what follows the last message belongs to the visitor.
            let byte = match self.stream.read_u8().await {
                Ok(byte) => byte,
                Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                    if text.is_empty() && self.spoke {
                        return Ok(None);
                    }
                    return Err(self.lost("it closed the connection"));
                }
                Err(error) => return Err(self.lost(&error.to_string())),
            };
            match byte {
                0 => break,
                _ if text.len() == LONGEST => {
                    return Err(self.lost(&format!("{LONGEST} bytes without an end")));
                }
                byte => text.push(byte),
            }
        }
        match serde_json::from_slice(&text) {
            Ok(message) => {
                self.spoke = true;
                Ok(Some(message))
            }
            Err(_) => {
                let shown = excerpt(&text, 60);
                Err(self.lost(&format!("\"{shown}\" is none of its messages")))
            }
        }
    }

    pub(super) async fn receive(&mut self) -> Result<Theirs, ProbeError> {
        let message = self.next().await?;
        message.ok_or_else(|| self.lost("it closed the connection"))
    }

    fn lost(&self, detail: &str) -> ProbeError {
        if self.spoke {
            ProbeError::unmet(format!("bore at {} broke off: {detail}", self.target))
        } else {
            ProbeError::no_answer(&self.target, format!("no bore server: {detail}"))
        }
    }

    pub(super) fn unexpected(&self, wanted: &str, found: &Theirs) -> ProbeError {
        let found = match found {
            Theirs::Challenge(_) => "asked for a secret".to_owned(),
            Theirs::Hello(port) => format!("opened a tunnel from port {port}"),
            Theirs::Heartbeat => "sent a heartbeat".to_owned(),
            Theirs::Connection(_) => "announced a visitor".to_owned(),
            Theirs::Error(said) => format!("refused: {said:?}"),
        };
        self.unmet(&format!("{found}, expected {wanted}"))
    }

    pub(super) fn unmet(&self, detail: &str) -> ProbeError {
        ProbeError::unmet(format!("bore at {} {detail}", self.target))
    }
}
