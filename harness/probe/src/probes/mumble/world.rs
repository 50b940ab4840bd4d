//! What the server has reported about itself so far.

use std::collections::{BTreeMap, BTreeSet};

use super::message::Message;

/// The root channel, which every server has. Source: the Mumble protocol documentation.
const ROOT: u32 = 0;

/// How many channels a message names.
const SHOWN: usize = 20;

/// Channels, users and our own session.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct World {
    channels: BTreeMap<u32, Channel>,
    users: BTreeSet<u32>,
    version: bool,
    crypt: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Channel {
    name: String,
    parent: u32,
}

impl World {
    /// Takes a message in. States may come in parts: what a later one leaves out stays.
    pub(super) fn take(&mut self, message: &Message) {
        match message {
            Message::Version => self.version = true,
            Message::CryptSetup => self.crypt = true,
            Message::ChannelState { id: Some(id), parent, name } => {
                let channel = self.channels.entry(*id).or_default();
                channel.parent = parent.unwrap_or(channel.parent);
                if let Some(name) = name {
                    channel.name.clone_from(name);
                }
            }
            Message::ChannelRemove { id: Some(id) } => {
                self.channels.remove(id);
            }
            Message::UserState { session: Some(session) } => {
                self.users.insert(*session);
            }
            Message::UserRemove { session: Some(session) } => {
                self.users.remove(session);
            }
            Message::ChannelState { id: None, .. }
            | Message::ChannelRemove { id: None }
            | Message::UserState { session: None }
            | Message::UserRemove { session: None }
            | Message::Reject { .. }
            | Message::ServerSync { .. }
            | Message::PermissionDenied { .. }
            | Message::Other => {}
        }
    }

    /// What a client that has just joined as `session` misses, if anything; fits after "without ".
    pub(super) fn missing(&self, session: Option<u32>) -> Option<&'static str> {
        let complete = [
            (self.version, "telling its version"),
            (self.crypt, "keys for voice"),
            (self.channels.contains_key(&ROOT), "a root channel"),
            (session.is_some(), "a session"),
            (session.is_some_and(|id| self.users.contains(&id)), "our own user in the list"),
        ];
        complete.iter().find(|(there, _)| !there).map(|(_, what)| *what)
    }

    pub(super) fn has_channel(&self, name: &str) -> bool {
        self.channels.values().any(|channel| channel.name == name)
    }

    /// The ids of the channels under the root that bear the name.
    pub(super) fn under_root(&self, name: &str) -> BTreeSet<u32> {
        let named = |(id, channel): (&u32, &Channel)| {
            (*id != ROOT && channel.parent == ROOT && channel.name == name).then_some(*id)
        };
        self.channels.iter().filter_map(named).collect()
    }

    /// The channels by name, as far as a message has room for them.
    pub(super) fn channel_words(&self) -> String {
        let mut names: Vec<_> = self
            .channels
            .values()
            .take(SHOWN)
            .map(|channel| format!("{:?}", channel.name))
            .collect();
        if self.channels.len() > SHOWN {
            names.push("…".to_owned());
        }
        names.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(id: u32, name: Option<&str>) -> Message {
        Message::ChannelState { id: Some(id), parent: None, name: name.map(ToOwned::to_owned) }
    }

    #[test]
    fn a_partial_state_keeps_the_name_and_a_removal_takes_it_away() {
        let mut world = World::default();
        world.take(&state(3, Some("lobby")));
        world.take(&state(3, None));
        assert!(world.has_channel("lobby"));
        world.take(&Message::ChannelRemove { id: Some(3) });
        assert!(!world.has_channel("lobby"));
    }

    #[test]
    fn a_join_is_complete_when_nothing_is_missing() {
        let mut world = World::default();
        let mut missing = vec![world.missing(Some(9))];
        for message in [
            Message::Version,
            Message::CryptSetup,
            state(0, Some("Root")),
            Message::UserState { session: Some(9) },
        ] {
            world.take(&message);
            missing.push(world.missing(Some(9)));
        }
        let order = ["telling its version", "keys for voice", "a root channel"];
        assert_eq!(missing[..3], order.map(Some));
        assert_eq!(missing[3..], [Some("our own user in the list"), None]);
        assert_eq!(world.missing(None), Some("a session"));
        world.take(&Message::UserRemove { session: Some(9) });
        assert_eq!(world.missing(Some(9)), Some("our own user in the list"));
    }
}
