//! Stores that were found and hold no canary data, and what that means.

use cc_ci_model::{Fault, Operation, Unread};

use crate::home::Home;
use crate::process::{Kind, Server};
use crate::standing::Standing;
use crate::unread::{Meaning, meaning};
use crate::{Discovery, Inhabited, Saved};

/// What it means that a store cannot be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gap {
    /// Data may be lost there unseen. This holds the level down, unless the suite declares it.
    Open,
    /// By its own configuration it keeps nothing that could be lost.
    ByDesign,
}

/// A store that was found and holds no canary data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unwritten {
    /// Its name, as a store that can be written to has one.
    pub name: String,
    /// Why, in the server's own words where it has some.
    pub reason: String,
    /// What that means.
    pub gap: Gap,
    /// Compose name of the volume that holds it, where one does.
    pub volume: Option<String>,
    /// Whether the backup is meant to hold its data.
    pub saved: Saved,
}

impl Unwritten {
    /// True where `volume` holds this store, so that a report of the store covers the volume.
    #[must_use]
    pub fn is_told(&self, volume: Option<&str>) -> bool {
        self.volume.as_deref() == volume
    }
}

/// A server in whose container no script can run.
pub(crate) fn closed(standing: &Standing<'_>, server: &Server) -> Discovery {
    let prefix = match server.kind {
        Kind::Postgres => "postgres",
        Kind::Mysql => "mysql",
        Kind::Redis => "redis",
    };
    unasked(standing, server, prefix, server.closed.clone().unwrap_or_default())
}

/// A server that could not be asked about anything, not even where its data lies.
pub(crate) fn unasked(
    standing: &Standing<'_>,
    server: &Server,
    prefix: &str,
    why: String,
) -> Discovery {
    let home = Home::somewhere(standing, &server.service);
    let name = format!("{prefix}:{}", server.service);
    let saved = home.saved(standing, &server.service);
    let volume = home.volume.clone();
    let inhabited = Inhabited { kind: server.kind, home };
    let unwritten = Unwritten { name, reason: why, gap: Gap::Open, volume, saved };
    Discovery { unwritten: vec![unwritten], homes: vec![inhabited], ..Discovery::default() }
}

/// The fault of a store that was writable when it was found and refuses now.
pub(crate) fn refused(store: &str, words: String) -> Fault {
    match meaning(&words) {
        Meaning::Unread(Unread::DiskFull) => {
            return Fault::NodeExhausted { what: "disk space".to_owned(), message: words };
        }
        Meaning::Unread(why @ Unread::Io) => {
            let (store, after) = (store.to_owned(), Operation::Nothing);
            return Fault::DataUnreadable { store, detail: words, after, why };
        }
        Meaning::Damaged => {
            let (store, after) = (store.to_owned(), Operation::Nothing);
            return Fault::DataLost { store, detail: words, after };
        }
        Meaning::Unread(Unread::Refused | Unread::NoServer | Unread::Closed) => {}
    }
    Fault::CheckFailed { message: format!("{store} takes no canary data any more: {words}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::its_own("db", true)]
    #[case::another("files", false)]
    fn what_is_told_about_a_volume(#[case] volume: &str, #[case] told: bool) {
        let store = Unwritten {
            name: "postgres:db".to_owned(),
            reason: String::new(),
            gap: Gap::Open,
            volume: Some("db".to_owned()),
            saved: Saved::Yes,
        };
        assert_eq!(store.is_told(Some(volume)), told);
    }

    #[test]
    fn a_full_disk_is_the_machines() {
        let full = refused("postgres:db/app", "ERROR:  53100: No space left on device".to_owned());
        assert!(matches!(full, Fault::NodeExhausted { .. }), "{full}");
        let io = refused("postgres:db/app", "ERROR:  58030: Input/output error".to_owned());
        assert_eq!(io.origin(), (cc_ci_model::Owner::Harness, cc_ci_model::Cause::Node));
        let damaged = refused("mariadb:db/app", "ERROR 1932 (42S02): no engine".to_owned());
        assert!(matches!(damaged, Fault::DataLost { .. }), "{damaged}");
        let other = refused("postgres:db/app", "ERROR:  42501: permission denied".to_owned());
        assert!(other.to_string().contains("postgres:db/app takes no canary data"), "{other}");
    }
}
