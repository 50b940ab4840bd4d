//! Stores that were found and hold no canary data, and what that means.

use cc_ci_model::{Event, Fault, Operation, Outcome, Unread};

use super::home::Home;
use super::process::{Kind, Server};
use super::unread::{Meaning, meaning};
use super::{Discovery, Inhabited, Saved};
use crate::bench::Bench;
use crate::life::Life;

/// What it means that a store cannot be proven.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gap {
    /// Data may be lost there and nobody would see it: it holds the level down, unless the suite
    /// declares it.
    Open,
    /// By its own configuration it keeps nothing that could be lost.
    ByDesign,
}

/// A store that was found and holds no canary data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unwritten {
    /// Its name, as a store that can be written to has one.
    pub(crate) name: String,
    /// Why, in the server's own words where it has some.
    pub(crate) reason: String,
    /// What that means.
    pub(crate) gap: Gap,
    /// Compose name of the volume that holds it, where one does.
    pub(crate) volume: Option<String>,
    /// Whether the backup is meant to hold its data.
    pub(crate) saved: Saved,
}

impl Unwritten {
    /// True where it is all there is to say about what `volume` holds.
    pub(crate) fn is_told(&self, volume: Option<&str>) -> bool {
        self.volume.as_deref() == volume
    }
}

/// A server to which nobody can be sent in.
pub(super) fn closed(life: &Life<'_>, server: &Server) -> Discovery {
    let prefix = match server.kind {
        Kind::Postgres => "postgres",
        Kind::Mysql => "mysql",
        Kind::Redis => "redis",
    };
    unasked(life, server, prefix, server.closed.clone().unwrap_or_default())
}

/// A server that could not be asked about anything, not even where its data lies.
pub(super) fn unasked(life: &Life<'_>, server: &Server, prefix: &str, why: String) -> Discovery {
    let home = Home::somewhere(life, &server.service);
    let name = format!("{prefix}:{}", server.service);
    let saved = home.saved(life, &server.service);
    let volume = home.volume.clone();
    let inhabited = Inhabited { kind: server.kind, home };
    let unwritten = Unwritten { name, reason: why, gap: Gap::Open, volume, saved };
    Discovery { unwritten: vec![unwritten], homes: vec![inhabited], ..Discovery::default() }
}

/// Tells of every store that `needed` by the bench's tier and cannot be proven: as an event, and
/// where it is a gap as the check `store_proven.<store>`.
pub(crate) fn tell(
    bench: &Bench<'_>,
    life: &mut Life<'_>,
    unwritten: &[Unwritten],
    needed: impl Fn(&Unwritten) -> bool,
) {
    let tier = bench.tier;
    let mut excused = life.excused.take().unwrap_or_default();
    for store in unwritten {
        let (name, reason) = (store.name.clone(), store.reason.clone());
        let declared = life.plan.suite.unproven_stores.get(&store.name);
        if declared.is_some() && store.gap == Gap::Open {
            excused.insert(store.name.clone());
        }
        if !needed(store) {
            let Saved::No(reason) = store.saved.clone() else { continue };
            bench.say(Event::CanarySkipped { tier, store: name, reason });
            continue;
        }
        bench.say(Event::CanarySkipped { tier, store: name.clone(), reason: reason.clone() });
        let outcome = outcome(store.gap, reason, declared);
        bench.note(&format!("store_proven.{name}"), outcome, 0, Vec::new());
    }
    life.excused = Some(excused);
}

fn outcome(gap: Gap, reason: String, declared: Option<&String>) -> Outcome {
    match (gap, declared) {
        (Gap::ByDesign, _) => Outcome::NotApplicable { reason },
        (Gap::Open, Some(why)) => Outcome::NotApplicable { reason: format!("{why} ({reason})") },
        (Gap::Open, None) => {
            Outcome::NotRun { reason: format!("it cannot be written to: {reason}") }
        }
    }
}

/// The fault of a store that was writable when it was found and refuses now.
pub(super) fn refused(store: &str, words: String) -> Fault {
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
    #[case::a_gap_holds_the_level_down(Gap::Open, None, "not_run")]
    #[case::a_declared_gap_does_not(Gap::Open, Some("no client"), "not_applicable")]
    #[case::a_cache_keeps_nothing(Gap::ByDesign, None, "not_applicable")]
    fn what_an_unproven_store_means(
        #[case] gap: Gap,
        #[case] declared: Option<&str>,
        #[case] word: &str,
    ) {
        let declared = declared.map(str::to_owned);
        let outcome = outcome(gap, "why".to_owned(), declared.as_ref());
        assert_eq!(outcome.word(), word);
    }

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
