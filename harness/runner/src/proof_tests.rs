use std::sync::Mutex;

use cc_ci_canary::Standing;
use cc_ci_model::{Cause, Owner, Record, Tier, Unread};
use cc_ci_suite::Suite;

use super::*;
use crate::testing::{Rows, Scene, services};

#[rstest::rstest]
#[case::a_sound_restore(&["bk"], &[])]
#[case::nothing_came_back(&[], &["data_back.rows"])]
#[case::what_was_deleted_came_back(&["bk", "rm"], &["deleted_data_gone.rows"])]
#[case::what_came_later_stayed(&["bk", "af"], &["later_data_gone.rows"])]
#[tokio::test(start_paused = true)]
async fn each_part_of_a_restore_is_proven(#[case] restored: &[&str], #[case] red: &[&str]) {
    let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
    let life = scene.life().await;
    let bench = scene.bench(Tier::Restore);
    let stores: Stores = vec![Arc::new(Rows::with(restored))];
    let emptied = BTreeSet::from(["rows".to_owned()]);
    let keys = Keys {
        saved: "bk",
        later: Some("af"),
        removed: ("rm", &emptied),
        unloaded: &[],
        hooked: &BTreeSet::new(),
        complaints: &[],
    };
    let after = (Operation::Restore, Duration::ZERO);
    let result = back(&bench, &life, &stores, keys, after).await;
    assert_eq!(result.is_err(), !red.is_empty());
    let checks = scene.checks();
    assert_eq!(checks.len(), 3);
    // Each check says what it saw, and that makes its outcome.
    let seen = scene.world.journal.read(|records| {
        let saw = |pair: &[Record]| match (&pair[0].event, &pair[1].event) {
            (Event::Observed { observed, .. }, Event::CheckFinished { outcome, .. }) => {
                Some(observed.holds() == outcome.is_pass() && !observed.refutes(outcome))
            }
            _ => None,
        };
        records.windows(2).filter_map(saw).collect::<Vec<_>>()
    });
    assert_eq!(seen, [true; 3]);
    let failed: Vec<_> = checks.iter().filter(|(_, word, _)| *word == "failed").collect();
    assert_eq!(failed.iter().map(|(id, ..)| id.as_str()).collect::<Vec<_>>(), red);
    if let Some((_, _, reason)) = failed.iter().find(|(id, ..)| id.starts_with("deleted")) {
        let said = "the restore did not take rows back: rm was deleted before the backup and is \
                    there again";
        assert_eq!(reason.as_deref(), Some(said));
    }
}

/// A store that was not emptied before the backup has nothing that could come back.
#[tokio::test(start_paused = true)]
async fn only_what_was_deleted_is_looked_for() {
    let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
    let life = scene.life().await;
    let bench = scene.bench(Tier::Recovery);
    let stores: Stores = vec![Arc::new(Rows::with(&["bk"]))];
    let keys = Keys {
        saved: "bk",
        later: None,
        removed: ("rm", &BTreeSet::new()),
        unloaded: &[],
        hooked: &BTreeSet::new(),
        complaints: &[],
    };
    back(&bench, &life, &stores, keys, (Operation::Recovery, Duration::ZERO)).await.unwrap();
    assert_eq!(scene.checks().len(), 1);
}

/// Data that lies where nothing outlives its container is the recipe's own doing, and is told as such.
#[rstest::rstest]
#[case::in_a_volume(Some("db"), "data lost in db: rs was written and is gone", Cause::Upstream)]
#[case::in_none(
    None,
    "data lost in db: rs was written and is gone; it lies in no volume of the stack",
    Cause::Config
)]
#[tokio::test(start_paused = true)]
async fn what_a_restart_loses_is_told_with_where_it_lay(
    #[case] volume: Option<&'static str>,
    #[case] said: &str,
    #[case] cause: Cause,
) {
    let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
    let (life, bench) = (scene.life().await, scene.bench(Tier::Restart));
    let stores: Stores = vec![Arc::new(Rows("db", volume, Mutex::default()))];
    let result = intact(&bench, &life, &stores, "rs", (Operation::Restart, &|_| Ok(()))).await;
    let Err(Stop::Fault(fault)) = result else { panic!("nothing was lost") };
    assert_eq!((fault.to_string().as_str(), fault.origin().1), (said, cause));
}

/// A dump that nobody loads explains why the data of its store is not back, and nothing else.
#[rstest::rstest]
#[case::its_dump("postgres:db/app", Some("db"), true)]
#[case::in_no_volume_that_is_known("app:channel", None, true)]
#[case::the_dump_of_another("postgres:other/app", Some("other"), false)]
#[case::a_like_name("postgres:d/app", Some("d"), false)]
#[case::plain_files("files:db", Some("db"), false)]
fn a_dump_that_nobody_loads_is_named(
    #[case] name: &'static str,
    #[case] volume: Option<&'static str>,
    #[case] named: bool,
) {
    let store = Rows(name, volume, Mutex::default());
    let (emptied, hooked) = (BTreeSet::new(), BTreeSet::new());
    let keys = |unloaded| {
        let removed = ("rm", &emptied);
        Keys { saved: "bk", later: None, removed, unloaded, hooked: &hooked, complaints: &[] }
    };
    let dumps = ["db/dump.sql".to_owned()];
    let said = why_not_back(&store, &keys(&dumps));
    let expected = "; the snapshot holds the dump db/dump.sql, but no \
                    backupbot.restore.post-hook loads it";
    assert_eq!(said == expected, named, "{said}");
    assert_eq!(said.contains("dump"), named, "{said}");
    assert!(!why_not_back(&store, &keys(&[])).contains("dump"));
}

/// `psql` ends with 0 where each of its statements failed.
#[test]
fn what_a_hook_complained_of_explains_data_that_is_not_back() {
    let (emptied, hooked) = (BTreeSet::new(), BTreeSet::new());
    let said =
        "backupbot.restore.post-hook of service db ended with 0 and said: ERROR:  relation exists";
    let complaints = [said.to_owned()];
    let removed = ("rm", &emptied);
    let keys = Keys {
        saved: "bk",
        later: None,
        removed,
        unloaded: &[],
        hooked: &hooked,
        complaints: &complaints,
    };
    let why = |name| why_not_back(&Rows(name, Some("db"), Mutex::default()), &keys);
    assert_eq!(why("postgres:db/app"), format!("; {said}"));
    assert_eq!(why("files:db"), "");
}

/// A server that runs does not see the files that were put back under it, unless a hook sees to that. The dump
/// of a database may be loaded by a hook of any service.
#[rstest::rstest]
#[case::redis("redis:queue", &[], true)]
#[case::redis_with_a_hook_elsewhere("redis:queue", &["app"], true)]
#[case::redis_with_its_own_hook("redis:queue", &["queue"], false)]
#[case::postgres("postgres:db/app", &[], true)]
#[case::postgres_with_a_hook_elsewhere("postgres:db/app", &["app"], false)]
#[case::mariadb("mariadb:db/app", &[], true)]
#[case::a_file_is_read_in_place("sqlite:data/app.db", &[], false)]
fn a_restore_under_a_running_server_is_explained(
    #[case] name: &'static str,
    #[case] hooked: &[&str],
    #[case] said: bool,
) {
    let store = Rows(name, Some("data"), Mutex::default());
    let hooked: BTreeSet<String> = hooked.iter().map(|word| (*word).to_owned()).collect();
    let removed = ("rm", &BTreeSet::new());
    let keys =
        Keys { saved: "bk", later: None, removed, unloaded: &[], hooked: &hooked, complaints: &[] };
    let after = Operation::Restore;
    let why = why_not_back(&store, &keys);
    let words = fault(&store, "bk", (Found::Gone, after), &why).unwrap().to_string();
    let expected = format!("data lost in {name}: bk was written and is gone");
    if said {
        let part = "; its files were put back into volume data under the running server";
        assert!(words.starts_with(&format!("{expected}{part}")), "{words}");
    } else {
        assert_eq!(words, expected);
    }
}

/// What cannot be looked at is neither lost nor kept, and never a bug of the harness.
#[rstest::rstest]
#[case::login(Unread::Refused, Owner::Recipe)]
#[case::no_server(Unread::NoServer, Owner::Recipe)]
#[case::no_way_to_ask(Unread::Closed, Owner::Unknown)]
#[case::full(Unread::DiskFull, Owner::Harness)]
#[case::broken_disk(Unread::Io, Owner::Harness)]
#[tokio::test(start_paused = true)]
async fn what_cannot_be_looked_at_is_a_finding_of_its_own(
    #[case] why: Unread,
    #[case] owner: Owner,
) {
    let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
    let (life, bench) = (scene.life().await, scene.bench(Tier::Restore));
    let stores: Stores = vec![Arc::new(Closed(why))];
    let emptied = BTreeSet::from(["closed".to_owned()]);
    let (removed, hooked) = (("rm", &emptied), BTreeSet::new());
    let keys = Keys {
        saved: "bk",
        later: Some("af"),
        removed,
        unloaded: &[],
        hooked: &hooked,
        complaints: &[],
    };
    let after = (Operation::Restore, Duration::ZERO);
    assert!(back(&bench, &life, &stores, keys, after).await.is_err());
    let checks = scene.checks();
    assert_eq!(checks.len(), 3);
    for (id, word, reason) in checks {
        let said = "data in closed cannot be read: its words";
        assert_eq!((word, reason.as_deref()), ("failed", Some(said)), "{id}");
    }
    let found = Found::Unreadable(why, "its words".to_owned());
    let fault = fault(stores[0].as_ref(), "bk", (found, Operation::Restore), "").unwrap();
    assert_eq!(fault.origin().0, owner);
}

/// A store that cannot be looked at.
struct Closed(Unread);

#[async_trait::async_trait]
impl Store for Closed {
    fn name(&self) -> String {
        "closed".to_owned()
    }
    fn volume(&self) -> Option<&str> {
        None
    }
    fn is_read_in_place(&self) -> bool {
        false
    }
    fn saved(&self, _: &Standing<'_>) -> Saved {
        Saved::Yes
    }
    async fn write(&self, _: &Standing<'_>, _: &str) -> Result<(), Fault> {
        Ok(())
    }
    async fn find(&self, _: &Standing<'_>, _: &str) -> Result<Found, Fault> {
        Ok(Found::Unreadable(self.0, "its words".to_owned()))
    }
    async fn damage(&self, _: &Standing<'_>, _: &str) -> Result<bool, Fault> {
        Ok(true)
    }
    fn forgets(&self) -> bool {
        true
    }
    async fn clear(&self, _: &Standing<'_>, _: &str) -> Result<(), Fault> {
        Ok(())
    }
}
