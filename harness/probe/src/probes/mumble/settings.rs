//! The settings of the `mumble` probe.

use std::sync::atomic::{AtomicU32, Ordering};

use super::names::REJECT_TYPES;
use crate::SpecError;
use crate::params::Params;
use crate::registry::Key;
use crate::target::Target;

pub(super) const KEYS: &[Key] = &[
    Key { name: "host", about: "service or host name; 127.0.0.1 from the host" },
    Key { name: "port", about: "port number, 64738 by custom" },
    Key { name: "username", about: "user to join as, else a new one for each try" },
    Key { name: "password", about: "password of the user or of the server" },
    Key { name: "expect_channel", about: "channel that has to be there" },
    Key { name: "create_channel", about: "channel to create under the root" },
    Key { name: "expect_reject", about: "reason for which the server has to refuse" },
];

/// What to join as, and what to look for. Its text form must not show the password, so it has no
/// `Debug`.
pub(super) struct Settings {
    pub(super) target: Target,
    pub(super) username: Option<String>,
    pub(super) password: Option<String>,
    pub(super) expect_channel: Option<String>,
    pub(super) create_channel: Option<String>,
    /// Number and name of the reason.
    pub(super) expect_reject: Option<(u32, &'static str)>,
}

impl Settings {
    pub(super) fn read(params: &Params<'_>) -> Result<Self, SpecError> {
        let reasons: Vec<_> = (0..).zip(REJECT_TYPES).map(|(n, word)| (word, (n, word))).collect();
        let owned = |key| Ok::<_, SpecError>(params.text(key)?.map(ToOwned::to_owned));
        let settings = Self {
            target: Target::read(params)?,
            username: owned("username")?,
            password: owned("password")?,
            expect_channel: owned("expect_channel")?,
            create_channel: owned("create_channel")?,
            expect_reject: params.choice("expect_reject", &reasons)?,
        };
        if settings.expect_reject.is_some() {
            for key in ["expect_channel", "create_channel"] {
                if params.has(key) {
                    let expected = "nothing, because with expect_reject no client gets in";
                    return Err(params.bad(key, "set", expected));
                }
            }
        }
        Ok(settings)
    }

    /// The user to join as. Without a name of its own every try is another user, because a server
    /// may hold on to the one of a try that was broken off.
    pub(super) fn username(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        self.username.clone().unwrap_or_else(|| {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            format!("cc-ci-probe-{}-{count}", std::process::id())
        })
    }

    /// `mumble at app:64738 lets somebody in`
    pub(super) fn describe(&self) -> String {
        let who = self.username.as_deref().unwrap_or("a guest");
        let target = &self.target;
        if let Some((_, reason)) = self.expect_reject {
            return format!("mumble at {target} rejects {who} with {reason}");
        }
        let mut words = format!("mumble at {target} lets {who} in");
        if let Some(channel) = &self.expect_channel {
            words.push_str(&format!(", channel {channel:?} is there"));
        }
        if let Some(channel) = &self.create_channel {
            words.push_str(&format!(", channel {channel:?} can be created"));
        }
        words
    }
}
