//! Numbers of Mumble's messages and reasons, and their names. Source: `Mumble.proto` and
//! `MumbleProtocol.h` of Mumble 1.5.

/// Types of messages on the TLS connection.
pub(super) mod kind {
    pub(in super::super) const VERSION: u16 = 0;
    pub(in super::super) const AUTHENTICATE: u16 = 2;
    pub(in super::super) const REJECT: u16 = 4;
    pub(in super::super) const SERVER_SYNC: u16 = 5;
    pub(in super::super) const CHANNEL_REMOVE: u16 = 6;
    pub(in super::super) const CHANNEL_STATE: u16 = 7;
    pub(in super::super) const USER_REMOVE: u16 = 8;
    pub(in super::super) const USER_STATE: u16 = 9;
    pub(in super::super) const PERMISSION_DENIED: u16 = 12;
    pub(in super::super) const CRYPT_SETUP: u16 = 15;
}

/// `Reject.RejectType`, by number.
pub(super) const REJECT_TYPES: [&str; 10] = [
    "None",
    "WrongVersion",
    "InvalidUsername",
    "WrongUserPW",
    "WrongServerPW",
    "UsernameInUse",
    "ServerFull",
    "NoCertificate",
    "AuthenticatorFail",
    "NoNewConnections",
];

/// `PermissionDenied.DenyType`, by number.
const DENY_TYPES: [&str; 14] = [
    "Text",
    "Permission",
    "SuperUser",
    "ChannelName",
    "TextTooLong",
    "H9K",
    "TemporaryChannel",
    "MissingCertificate",
    "UserName",
    "ChannelFull",
    "NestingLimit",
    "ChannelCountLimit",
    "ChannelListenerLimit",
    "UserListenerLimit",
];

pub(super) fn reject_word(number: u32) -> String {
    word(&REJECT_TYPES, number)
}

pub(super) fn deny_word(number: u32) -> String {
    word(&DENY_TYPES, number)
}

fn word(words: &[&str], number: u32) -> String {
    let word = usize::try_from(number).ok().and_then(|index| words.get(index));
    word.map_or_else(|| format!("reason {number}"), |word| (*word).to_owned())
}
