use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use cc_ci_engine::fake::ExecCall;
use cc_ci_engine::{EngineError, ExecOutput};
use cc_ci_model::StackSpec;
use cc_ci_suite::{Suite, Timeouts};

use super::*;
use crate::testing::{Scene, services};

const TOOLBOX: &str = "cc-ci-toolbox";

type Ended = Result<ExecOutput, EngineError>;

fn prints(words: &str) -> Option<Ended> {
    Some(Ok(ExecOutput { stdout: words.into(), ..ExecOutput::default() }))
}

fn complains(words: &str) -> Option<Ended> {
    Some(Ok(ExecOutput { exit_code: 1, stderr: words.into(), ..ExecOutput::default() }))
}

/// The words behind the script that was sent into a service of the stack.
fn sent(call: &ExecCall) -> Option<(&str, Vec<&str>)> {
    let service = call.title.strip_prefix("unit-abc123_").filter(|name| *name != TOOLBOX)?;
    let words: Vec<&str> = call.exec.command.iter().map(String::as_str).collect();
    match words[..] {
        ["/bin/sh", "-c", script, "sh", ref words @ ..] => {
            let looks = script.contains("/proc/[0-9]*/comm; do") && !script.contains("case $1 in");
            Some((service, if looks { vec!["who"] } else { words.to_vec() }))
        }
        _ => None,
    }
}

fn stack() -> StackSpec {
    services(&[
        ("app", "app:1", &["files:/srv"]),
        ("cache", "redis:7", &[]),
        ("db", "postgres:17", &["database:/var/lib/postgresql/data"]),
        ("orders", "mariadb:11", &["orders:/var/lib/mysql"]),
        ("queue", "redis:7", &["queue:/data"]),
        ("sealed", "quay.io/hardened/postgres:17", &["sealed:/var/lib/postgresql/data"]),
    ])
}

/// What a stack of every kind of server answers to a look.
fn everything(call: &ExecCall) -> Option<Ended> {
    match (sent(call)?.0, &sent(call)?.1[..]) {
        ("sealed", _) => {
            let stdout = "OCI runtime exec failed: no such file or directory".into();
            Some(Ok(ExecOutput { exit_code: 126, stdout, ..ExecOutput::default() }))
        }
        ("db", ["who"]) => prints("postgres\npostgres\n"),
        ("orders", ["who"]) => prints("mariadbd\n"),
        ("queue" | "cache", ["who"]) => prints("redis-server\n"),
        ("app", ["who"]) => prints(""),
        ("db", ["look", ..]) => prints(
            "own\tshop\nfolder\t/var/lib/postgresql/data\nyes\tpostgres\nyes\tshop\n\
             no\tledger\tERROR:  42501: permission denied for database ledger\n",
        ),
        ("orders", ["look", ..]) => {
            prints("server\t11.8.2-MariaDB\nfolder\t/var/lib/mysql\nyes\tshop\n")
        }
        ("queue", ["look"]) => prints("save\t3600 1\nappendonly\tno\nfolder\t/data\nyes\n"),
        ("cache", ["look"]) => prints("save\t\nappendonly\tno\nfolder\t/data\nyes\n"),
        other => panic!("nobody asks {other:?}"),
    }
}

/// A SQLite database of the app, and a file of a server that looks like one.
fn databases(call: &ExecCall) -> Option<Ended> {
    call.title.ends_with(TOOLBOX).then(|| prints("files/app.db\ndatabase/base/16384\n"))?
}

fn scene(stack: StackSpec, suite: Suite) -> Scene {
    let scene = Scene::new(stack, suite);
    scene.fake.on_exec_with(databases);
    scene.fake.on_exec_with(everything);
    scene
}

fn names(found: &Discovery) -> Vec<String> {
    found.stores.iter().map(|store| store.name()).collect()
}

fn store(found: &Discovery, name: &str) -> Arc<dyn Store> {
    found.stores.iter().find(|store| store.name() == name).unwrap().clone()
}

#[tokio::test(start_paused = true)]
async fn every_store_is_found_once() {
    let scene = scene(stack(), Suite::default());
    let found = discover(&scene.standing().await).await.unwrap();
    let expected = [
        "files:files",
        "files:queue",
        "sqlite:files/app.db",
        "postgres:db/shop",
        "mariadb:orders/shop",
        "redis:queue",
    ];
    assert_eq!(names(&found), expected);
    let unwritten: Vec<_> =
        found.unwritten.iter().map(|store| (store.name.as_str(), store.gap)).collect();
    let expected = [
        ("redis:cache", Gap::ByDesign),
        ("postgres:db/ledger", Gap::Open),
        ("postgres:sealed", Gap::Open),
    ];
    assert_eq!(unwritten, expected);
    assert_eq!(store(&found, "mariadb:orders/shop").volume(), Some("orders"));
    assert!(found.stores.iter().all(|store| !store.is_in_no_volume()));
    let words = &found.unwritten[1].reason;
    assert_eq!(words, "ERROR:  42501: permission denied for database ledger");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_starts_is_waited_for() {
    let scene = scene(stack(), Suite::default());
    let standing = scene.standing().await;
    let found = discover(&standing).await.unwrap();
    let tries = AtomicU32::new(0);
    scene.fake.on_exec_with(move |call| match sent(call)? {
        ("db", words) if words[0] == "run" => match tries.fetch_add(1, Ordering::Relaxed) {
            0 => complains("psql: error: FATAL:  the database system is starting up"),
            1 => Some(Err(EngineError::Conflict {
                object: "container db".to_owned(),
                message: "it is not running".to_owned(),
            })),
            _ => prints("written up-1"),
        },
        _ => None,
    });
    let shop = store(&found, "postgres:db/shop");
    assert_eq!(shop.find(&standing, "up-1").await, Ok(Found::Intact));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_stays_away_is_a_deadline_with_a_name() {
    let check = Duration::from_secs(7);
    let timeouts = Timeouts { check, ..Timeouts::default() };
    let scene = scene(stack(), Suite { timeouts, ..Suite::default() });
    scene.fake.on_exec_with(|call| match sent(call)? {
        ("orders", words) if words[0] == "look" => {
            complains("ERROR 2002 (HY000): Can't connect to local server through socket")
        }
        _ => None,
    });
    let fault = discover(&scene.standing().await).await.err().unwrap();
    let waiting_for = "MariaDB or MySQL of service orders to answer: ERROR 2002 (HY000): Can't \
                       connect to local server through socket";
    assert_eq!(fault, Fault::Deadline { seconds: 7, waiting_for: waiting_for.to_owned() });
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_is_told_in_the_servers_words() {
    let scene = scene(stack(), Suite::default());
    scene.fake.on_exec_with(|call| match sent(call)? {
        ("orders", words) if words[0] == "look" => complains(
            "WARNING: option --ssl-verify-server-cert is disabled\n\
             ERROR 1045 (28000): Access denied for user 'root'@'localhost'",
        ),
        _ => None,
    });
    let found = discover(&scene.standing().await).await.unwrap();
    let orders = found.unwritten.iter().find(|store| store.name == "mysql:orders").unwrap();
    assert_eq!(orders.reason, "ERROR 1045 (28000): Access denied for user 'root'@'localhost'");
    assert_eq!((orders.gap, orders.volume.as_deref()), (Gap::Open, Some("orders")));
    // Its volume is not written to either: a folder in it would be a database.
    assert!(!names(&found).contains(&"files:orders".to_owned()));
}

#[rstest::rstest]
#[case::as_written("postgres:db/shop", prints("written up-1"), Found::Intact)]
#[case::no_row("postgres:db/shop", prints(""), Found::Gone)]
#[case::no_table(
    "postgres:db/shop",
    complains("ERROR:  42P01: relation does not exist"),
    Found::Gone
)]
#[case::no_database("mariadb:orders/shop", complains("ERROR 1049 (42000): Unknown"), Found::Gone)]
#[case::another("mariadb:orders/shop", prints("damaged"), Found::Changed("row up-1 holds \"damaged\"".into()))]
#[case::login("postgres:db/shop", complains("FATAL:  password authentication failed"), Found::Unreadable(Unread::Refused, "FATAL:  password authentication failed".into()))]
#[case::damaged("postgres:db/shop", complains("ERROR:  XX001: invalid page in block 0"), Found::Changed("ERROR:  XX001: invalid page in block 0".into()))]
#[case::full("mariadb:orders/shop", complains("ERROR 3 (HY000): Error writing file (Errcode: 28 \"No space left on device\")"), Found::Unreadable(Unread::DiskFull, "ERROR 3 (HY000): Error writing file (Errcode: 28 \"No space left on device\")".into()))]
#[case::broken_disk("postgres:db/shop", complains("ERROR:  58030: could not read block: Input/output error"), Found::Unreadable(Unread::Io, "ERROR:  58030: could not read block: Input/output error".into()))]
#[case::no_client("mariadb:orders/shop", complains("there is no mariadb or mysql client in its container"), Found::Unreadable(Unread::Closed, "there is no mariadb or mysql client in its container".into()))]
#[case::no_auth("redis:queue", complains("NOAUTH Authentication required."), Found::Unreadable(Unread::Refused, "NOAUTH Authentication required.".into()))]
#[case::key("redis:queue", prints("is written up-1"), Found::Intact)]
#[case::no_key("redis:queue", prints("gone"), Found::Gone)]
#[case::other_key("redis:queue", prints("is damaged"), Found::Changed("key up-1 holds \"damaged\"".into()))]
#[tokio::test(start_paused = true)]
async fn what_is_found(#[case] name: &str, #[case] answer: Option<Ended>, #[case] expected: Found) {
    let scene = scene(stack(), Suite::default());
    let standing = scene.standing().await;
    let found = discover(&standing).await.unwrap();
    scene.fake.on_exec_with(move |call| match sent(call)?.1[0] {
        "run" | "get" => answer.clone(),
        _ => None,
    });
    assert_eq!(store(&found, name).find(&standing, "up-1").await, Ok(expected));
}

#[tokio::test(start_paused = true)]
async fn a_write_that_is_refused_names_store_and_words() {
    let scene = scene(stack(), Suite::default());
    let standing = scene.standing().await;
    let found = discover(&standing).await.unwrap();
    scene.fake.on_exec_with(|call| match sent(call)?.1[0] {
        "set" => complains("MISCONF Redis is configured to save RDB snapshots, but cannot"),
        _ => None,
    });
    let fault = store(&found, "redis:queue").write(&standing, "up-1").await.unwrap_err();
    let expected = "redis:queue takes no canary data any more: MISCONF Redis is configured";
    assert!(fault.to_string().starts_with(expected), "{fault}");
}

/// The new version calls its database by another name.
#[tokio::test(start_paused = true)]
async fn a_server_is_followed_to_another_service() {
    let scene = scene(stack(), Suite::default());
    let shop = store(&discover(&scene.standing().await).await.unwrap(), "postgres:db/shop");
    let moved = services(&[("postgres", "postgres:18", &["new:/var/lib/postgresql"])]);
    let after = Scene::new(moved, Suite::default());
    after.fake.on_exec_with(|call| match sent(call)? {
        ("postgres", words) if words[0] == "who" => prints("postgres\n"),
        ("postgres", words) if words[..2] == ["run", "shop"] => prints("written up-1"),
        other => panic!("nobody asks {other:?}"),
    });
    assert_eq!(shop.find(&after.standing().await, "up-1").await, Ok(Found::Intact));
    let gone = Scene::new(services(&[("app", "app:2", &[])]), Suite::default());
    gone.fake.on_exec_with(|_| prints(""));
    let words = "no service runs PostgreSQL any more".to_owned();
    let expected = Found::Unreadable(Unread::NoServer, words);
    assert_eq!(shop.find(&gone.standing().await, "up-1").await, Ok(expected));
}

/// Its image may make a volume without a name, which goes with the container.
#[tokio::test(start_paused = true)]
async fn a_server_whose_data_goes_with_its_container_is_known() {
    let stack = services(&[("db", "postgres:17", &["dumps:/dumps"])]);
    let scene = scene(stack, Suite::default());
    let found = discover(&scene.standing().await).await.unwrap();
    assert!(store(&found, "postgres:db/shop").is_in_no_volume());
    assert!(!store(&found, "files:dumps").is_in_no_volume());
}
