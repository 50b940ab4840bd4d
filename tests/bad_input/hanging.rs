//! An engine that accepts every connection and never answers.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use cc_ci_testkit::Checkout;
use rstest::rstest;

use crate::{PROGRAM, PROJECT};

/// A command that waited for the engine would take two minutes. That it takes less than 10 s is what the
/// times it is given add up to (`GREETING` in `cc-ci-docker`, `START` and `PAUSE` in `cc-ci-cli`).
const LIMIT: Duration = Duration::from_secs(60);

/// Listens at `path` for as long as the test runs, and holds what connects. The receiver hears of each
/// connection.
fn hang(path: &Path) -> (String, Receiver<()>) {
    let listener = UnixListener::bind(path).unwrap();
    let (connected, heard) = channel();
    std::thread::spawn(move || {
        let mut held = Vec::new();
        for connection in listener.incoming() {
            held.push(connection);
            let _ = connected.send(());
        }
    });
    (format!("unix://{}", path.display()), heard)
}

#[rstest]
#[case::run(&["run", "custom-html"], 20)]
#[case::nightly(&["nightly"], 20)]
#[case::rerun(&["rerun", "custom-html"], 20)]
#[case::build(&["images", "build"], 20)]
#[case::push(&["images", "push"], 20)]
#[case::images(&["images", "list"], 20)]
#[case::reap(&["reap"], 20)]
#[case::doctor(&["doctor"], 20)]
#[case::list(&["list"], 0)]
#[case::config(&["config", "mumble"], 0)]
#[case::lint(&["lint", "custom-html"], 0)]
#[tokio::test]
async fn no_command_waits_for_the_engine(#[case] words: &[&str], #[case] code: i32) {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("run");
    let (host, _) = hang(&checkout.beside("hanging.sock"));
    let writes = matches!(words[0], "run" | "nightly" | "rerun");
    let words = words.iter().copied();
    let words = if writes { folder.words(words) } else { words.collect() };
    let started = Instant::now();
    let ended = checkout.say_with(("DOCKER_HOST", &host), words).await;
    assert!(started.elapsed() < LIMIT, "{:?}: {ended}", started.elapsed());
    ended.expect(code);
    if code != 0 {
        let said = format!("{}{}", ended.stdout(), ended.stderr());
        assert!(said.contains("does not answer within"), "{ended}");
        assert!(said.contains("hanging.sock"), "{ended}");
    }
    assert_eq!(writes, folder.out().join("events.jsonl").exists(), "a run leaves a record");
}

#[rstest]
#[case::run(&["run", "custom-html", "--out", "out"])]
#[case::reap(&["reap"])]
#[case::doctor(&["doctor"])]
#[case::images(&["images", "list"])]
#[test]
fn the_user_ends_it_at_once(#[case] words: &[&str]) {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let (host, connected) = hang(&checkout.beside("hanging.sock"));
    let mut child = Command::new(PROGRAM)
        .current_dir(checkout.root())
        .env("DOCKER_HOST", host)
        .args(words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    connected.recv().unwrap();
    let pid = rustix_pid(child.id());
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    // A command that gives up by itself says so with 20; one that does not see the signal in time does.
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

fn rustix_pid(id: u32) -> rustix::process::Pid {
    rustix::process::Pid::from_raw(i32::try_from(id).unwrap()).unwrap()
}
