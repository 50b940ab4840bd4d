//! Another user of the engine, and another program of this project, beside a living run of root.
//!
//! These tests change users, so they need root; without it they fail.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use cc_ci_docker::Docker;
use cc_ci_lock::{LeaseState, Place, Sharing, Who, unheard};
use cc_ci_model::Event;
use cc_ci_testkit::{Checkout, Signal, TempState};
use serde_json::Value;

use crate::stage::{PROGRAM, PROJECT};

/// `nobody` of every Linux.
const STRANGER: u32 = 65534;

/// A place that every user can read, with a copy of the program that every user can run.
struct Open {
    state: TempState,
}

impl Open {
    fn new() -> Self {
        let state = TempState::new();
        let all = fs::Permissions::from_mode(0o755);
        fs::set_permissions(state.path(), all.clone()).unwrap();
        fs::copy(PROGRAM, state.join("cc-ci")).unwrap();
        fs::set_permissions(state.join("cc-ci"), all).unwrap();
        // A folder that only exists for the stranger.
        fs::create_dir(state.join("own")).unwrap();
        chown(state.join("own"), Some(STRANGER), Some(STRANGER))
            .expect("this test changes users: run it as root");
        Self { state }
    }

    fn program(&self) -> PathBuf {
        self.state.join("cc-ci")
    }

    /// Runs a command as the stranger, who is in the group of the engine's socket, with umask 077.
    fn as_stranger(&self, words: &[&str]) -> Output {
        let socket = fs::metadata("/var/run/docker.sock").unwrap();
        let script = "umask 077; exec \"$@\"";
        let mut command = Command::new("setpriv");
        command.args([&format!("--reuid={STRANGER}"), &format!("--regid={}", socket.gid())]);
        command.args(["--clear-groups", "--inh-caps=-all", "sh", "-c", script, "sh"]).args(words);
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", self.state.join("own"));
        command.current_dir(self.state.join("own")).output().unwrap()
    }
}

fn text(output: &Output) -> String {
    let Output { status, stdout, stderr } = output;
    let [stdout, stderr] =
        [stdout, stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    format!("{status}\n{stdout}\n{stderr}")
}

/// What `reap --json` says about `run`.
fn state_of(output: &Output, run: &str) -> Option<String> {
    let rows: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(output)));
    let rows = rows.as_array().unwrap();
    let row = rows.iter().find(|row| row["run"] == run);
    row.map(|row| row["state"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn another_users_reap_leaves_a_living_run_of_root_alone() {
    // The stranger removes whatever it may, also what other tests keep.
    let node = cc_ci_testkit::node(PROGRAM).alone().hold(Docker::connect).await;
    let open = Open::new();
    // The run itself is started with the umask that once hid its lease.
    let tight =
        open.state.write("tight", format!("#!/bin/sh\numask 077\nexec {PROGRAM} \"$@\"\n")).await;
    fs::set_permissions(&tight, fs::Permissions::from_mode(0o755)).unwrap();
    let checkout = Checkout::of(PROJECT, &tight);
    let folder = checkout.run_folder("living");
    let mut running = checkout.start(folder.words(["run", "custom-html", "--tiers", "deploy"]));
    running.until(&folder, |r| matches!(r.event, Event::Deployed { .. })).await;
    // A stopped process holds its lock and renews nothing.
    running.signal(Signal::STOP);
    let run = folder.run();
    let before = node.left_of(&run).await.to_string();
    assert!(!before.is_empty());

    for words in [&["reap", "--json", "--yes"][..], &["reap", "--json", "--yes", "--kept"]] {
        let program = open.program().display().to_string();
        let words: Vec<&str> =
            [program.as_str()].into_iter().chain(words.iter().copied()).collect();
        let reaped = open.as_stranger(&words);
        assert_eq!(state_of(&reaped, run.as_str()).as_deref(), Some("living"), "{}", text(&reaped));
    }
    assert_eq!(node.left_of(&run).await.to_string(), before, "the living run lost something");

    // The stranger can neither remove nor change what says that the run lives, nor hold it in its place.
    let lease = Place::machine().path().join(format!("leases/{run}.lock"));
    let path = lease.display().to_string();
    let stolen = open.state.join("own/stolen").display().to_string();
    let harm = [
        vec!["rm", "-f", &path],
        vec!["sh", "-c", "echo > \"$0\"", &path],
        vec!["mv", &path, &stolen],
        vec!["flock", "-n", &path, "true"],
    ];
    for words in harm {
        let tried = open.as_stranger(&words);
        assert!(!tried.status.success(), "{words:?}: {}", text(&tried));
    }
    assert!(matches!(Place::machine().lease_state(run.as_str()), LeaseState::Held(_)));

    running.signal(Signal::CONT);
    running.signal(Signal::INT);
    running.end().await.expect(130);
    node.left_of(&run).await.assert_none();
    assert!(!lease.exists());
    node.finish().await;
}

/// Every tier that the floor asks for, on an engine that root uses too.
#[tokio::test]
async fn another_user_runs_a_recipe_green() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let open = Open::new();
    let (root, out) = (open.state.join("root"), open.state.join("own/run"));
    fs::create_dir(&root).unwrap();
    for folder in ["recipes", "suites"] {
        let from = Path::new(PROJECT).join(folder);
        let copied = Command::new("cp").arg("-r").arg(from).arg(&root).status().unwrap();
        assert!(copied.success());
    }
    let readable = Command::new("chmod").args(["-R", "a+rX"]).arg(&root).status().unwrap();
    assert!(readable.success());
    let [program, root, folder] =
        [&open.program(), &root, &out].map(|path| path.display().to_string());
    let tiers = "deploy,upgrade,custom,backup,restore,restart,teardown";
    let words = ["run", "custom-html", "--tiers", tiers, "--out", folder.as_str()];
    let words: Vec<&str> =
        [program.as_str(), "--root", root.as_str()].into_iter().chain(words).collect();
    let ended = open.as_stranger(&words);
    assert!(ended.status.success(), "{}", text(&ended));
    let results = fs::read(out.join("results.json")).unwrap();
    let results: Value = serde_json::from_slice(&results).unwrap();
    assert_eq!(results["units"][0]["outcome"], "passed");
    assert_eq!(fs::metadata(&out).unwrap().uid(), STRANGER);
    node.finish().await;
}

#[tokio::test]
async fn locks_are_shared_between_users_whatever_the_umask() {
    let open = Open::new();
    let place = Place::at(open.state.join("locks"));
    let who = Who::run("root's");
    let soon = Duration::from_secs(5);
    let held = place.take("node", Sharing::Shared, &who, soon, &unheard).await.unwrap();
    let folder = place.path().join("queues/node");
    for path in [place.path(), &place.path().join("queues"), &folder] {
        let meta = fs::metadata(path).unwrap();
        assert_eq!((meta.mode() & 0o7777, meta.uid()), (0o1777, 0), "{}", path.display());
    }
    // What the stranger makes in the folder of root cannot mislead root.
    let door = folder.join("door").display().to_string();
    let ticket = folder.join("000000000001.shared").display().to_string();
    for words in [["rm", "-f", &door], ["rm", "-f", &ticket]] {
        assert!(!open.as_stranger(&words).status.success(), "{words:?}");
    }
    // A ticket that root cannot take for a lock is named with the way out, and blocks nobody silently.
    let link = folder.join("000000000002.alone").display().to_string();
    let made = open.as_stranger(&["ln", "-s", "/etc/passwd", &link]);
    assert!(made.status.success(), "{}", text(&made));
    let taken = place.take("node", Sharing::Shared, &who, soon, &unheard).await;
    let error = taken.unwrap_err().to_string();
    assert!(error.contains("it is a link") && error.contains("hint:"), "{error}");
    fs::remove_file(&link).unwrap();
    drop(held);
}

#[test]
fn a_folder_of_locks_that_a_stranger_made_first_is_taken_over() {
    let open = Open::new();
    let shared = open.state.join("shared");
    fs::create_dir(&shared).unwrap();
    fs::set_permissions(&shared, fs::Permissions::from_mode(0o1777)).unwrap();
    let locks = shared.join("cc-ci");
    let path = locks.display().to_string();
    assert!(open.as_stranger(&["mkdir", "-p", &format!("{path}/leases")]).status.success());
    let place = Place::at(&locks);
    let state = open.state.join("state");
    let lease = place.lease(&Who::run("r1"), Path::new(&state)).unwrap();
    for path in [&locks, &locks.join("leases")] {
        let meta = fs::metadata(path).unwrap();
        assert_eq!((meta.mode() & 0o7777, meta.uid()), (0o1777, 0), "{}", path.display());
    }
    assert!(!open.as_stranger(&["rm", "-rf", &path]).status.success());
    assert!(matches!(place.lease_state("r1"), LeaseState::Held(_)));
    drop(lease);

    // A link in the place of the folder is refused, and what it leads to stays as it is.
    let link = shared.join("link").display().to_string();
    fs::create_dir(open.state.join("victim")).unwrap();
    let victim = open.state.join("victim").display().to_string();
    assert!(open.as_stranger(&["ln", "-s", &victim, &link]).status.success());
    assert!(Place::at(&link).open().unwrap_err().to_string().contains("it is no folder"));
    assert_eq!(fs::metadata(&victim).unwrap().mode() & 0o1000, 0);
}

/// The folder as the version before leases and fair locks left it: the edge's certificates, lock files that
/// only their owner may write, a record of the last green that knows no source.
#[tokio::test]
async fn a_state_folder_of_an_earlier_version_is_taken_over() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let state = checkout.beside("state");
    let words = |tiers| {
        let state = state.to_str().unwrap();
        ["run", "custom-html", "--tiers", tiers, "--state", state]
    };
    let first = checkout.run_folder("first");
    checkout.say(first.words(words("deploy,teardown"))).await.expect(0);
    for entry in fs::read_dir(&state).unwrap() {
        let entry = entry.unwrap();
        match (entry.file_name().to_str().unwrap(), entry.file_type().unwrap().is_dir()) {
            ("edge", _) => {}
            (_, true) => fs::remove_dir_all(entry.path()).unwrap(),
            (_, false) => fs::remove_file(entry.path()).unwrap(),
        }
    }
    for lock in ["edge.lock", "registry.lock", "images.lock"] {
        fs::write(state.join(lock), "").unwrap();
        fs::set_permissions(state.join(lock), fs::Permissions::from_mode(0o644)).unwrap();
    }
    fs::create_dir(state.join("green")).unwrap();
    let record = r#"{"schema":1,"recipe":"custom-html","version":"1.0.0+1.22.1","run":"r1"}"#;
    fs::write(state.join("green/custom-html.json"), record).unwrap();
    let authority = fs::read(state.join("edge/ca.pem")).unwrap();

    let second = checkout.run_folder("second");
    checkout.say(second.words(words("deploy,upgrade,teardown"))).await.expect(0);
    assert_eq!(fs::read(state.join("edge/ca.pem")).unwrap(), authority);
    let Event::RunStarted { units, .. } = &second.records()[0].event else { panic!("no start") };
    let base = units[0].base.as_ref().map(ToString::to_string);
    assert_eq!(base.as_deref(), Some("1.0.0+1.22.1"));
    assert!(units[0].base_reason.contains("green"), "{}", units[0].base_reason);
    node.finish().await;
}
