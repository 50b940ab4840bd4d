//! The messages of the Mumble protocol that a joining client needs.

use super::names::kind;
use super::wire::{Fields, Value, WireError, Writer};

/// The version we pretend to have: 1.2.19, the last before what newer servers may ask of a newer
/// client, and which all of them still let in. Two bytes, one byte, one byte.
const OUR_VERSION: u64 = 1 << 16 | 2 << 8 | 19;

/// What a server says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Message {
    Version,
    Reject {
        kind: u32,
        reason: String,
    },
    ServerSync {
        session: Option<u32>,
    },
    ChannelRemove {
        id: Option<u32>,
    },
    ChannelState {
        id: Option<u32>,
        parent: Option<u32>,
        name: Option<String>,
    },
    UserRemove {
        session: Option<u32>,
    },
    UserState {
        session: Option<u32>,
    },
    PermissionDenied {
        kind: u32,
        reason: String,
    },
    CryptSetup,
    /// Voice and whatever else a client may pass over.
    Other,
}

impl Message {
    /// Reads the body of a message of type `kind`.
    pub(super) fn read(kind: u16, body: &[u8]) -> Result<Self, WireError> {
        let fields = || Fields(body).collect::<Result<Vec<_>, _>>();
        Ok(match kind {
            kind::VERSION => fields().map(|_| Self::Version)?,
            kind::REJECT => {
                let fields = fields()?;
                let reason = text(&fields, 2).unwrap_or_default();
                Self::Reject { kind: number(&fields, 1).unwrap_or(0), reason }
            }
            kind::SERVER_SYNC => Self::ServerSync { session: number(&fields()?, 1) },
            kind::CHANNEL_REMOVE => Self::ChannelRemove { id: number(&fields()?, 1) },
            kind::CHANNEL_STATE => {
                let fields = fields()?;
                let (id, parent) = (number(&fields, 1), number(&fields, 2));
                Self::ChannelState { id, parent, name: text(&fields, 3) }
            }
            kind::USER_REMOVE => Self::UserRemove { session: number(&fields()?, 1) },
            kind::USER_STATE => Self::UserState { session: number(&fields()?, 1) },
            kind::PERMISSION_DENIED => {
                let fields = fields()?;
                let reason = text(&fields, 4).unwrap_or_default();
                Self::PermissionDenied { kind: number(&fields, 5).unwrap_or(0), reason }
            }
            kind::CRYPT_SETUP => fields().map(|_| Self::CryptSetup)?,
            _ => Self::Other,
        })
    }
}

/// The last field with that number counts, as everywhere in protobuf.
fn last<'a>(fields: &[(u64, Value<'a>)], wanted: u64) -> Option<Value<'a>> {
    fields.iter().rev().find(|(number, _)| *number == wanted).map(|(_, value)| *value)
}

fn number(fields: &[(u64, Value<'_>)], wanted: u64) -> Option<u32> {
    last(fields, wanted)?.u32()
}

fn text(fields: &[(u64, Value<'_>)], wanted: u64) -> Option<String> {
    last(fields, wanted)?.text()
}

/// `Version`: version, release, operating system.
pub(super) fn version() -> Vec<u8> {
    Writer::default().number(1, OUR_VERSION).bytes(2, b"cc-ci").bytes(3, b"cc-ci").0
}

/// `Authenticate`: user name, password, Opus.
pub(super) fn authenticate(username: &str, password: Option<&str>) -> Vec<u8> {
    let mut writer = Writer::default().bytes(1, username.as_bytes());
    if let Some(password) = password {
        writer = writer.bytes(2, password.as_bytes());
    }
    writer.number(5, 1).0
}

/// `ChannelState` without an id: a new channel that stays, under the root.
pub(super) fn new_channel(name: &str) -> Vec<u8> {
    Writer::default().number(2, 0).bytes(3, name.as_bytes()).number(8, 0).0
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::reject(4, Writer::default().number(1, 3).bytes(2, b"no"),
        Message::Reject { kind: 3, reason: "no".into() })]
    #[case::root(7, Writer::default().number(1, 0).bytes(3, b"Root"),
        Message::ChannelState { id: Some(0), parent: None, name: Some("Root".into()) })]
    #[case::wrong_type(7, Writer::default().bytes(1, b"x").number(3, 1),
        Message::ChannelState { id: None, parent: None, name: None })]
    #[case::denied(12, Writer::default().number(5, 1),
        Message::PermissionDenied { kind: 1, reason: String::new() })]
    #[case::voice_is_no_protobuf(1, Writer(vec![0xff; 20]), Message::Other)]
    #[case::unknown(999, Writer(vec![0xff; 20]), Message::Other)]
    fn messages_are_read(#[case] kind: u16, #[case] body: Writer, #[case] message: Message) {
        assert_eq!(Message::read(kind, &body.0), Ok(message));
    }

    #[test]
    fn a_new_channel_reads_back_without_an_id() {
        let read = Message::read(7, &new_channel("cc-ci"));
        let expected =
            Message::ChannelState { id: None, parent: Some(0), name: Some("cc-ci".into()) };
        assert_eq!(read, Ok(expected));
    }

    proptest! {
        #[test]
        fn hostile_bodies_are_read_or_refused(kind in 0_u16..30, body: Vec<u8>) {
            if let Ok(Message::ChannelState { name: Some(name), .. }) = Message::read(kind, &body) {
                prop_assert!(name.len() <= body.len() * 3);
            }
        }
    }
}
