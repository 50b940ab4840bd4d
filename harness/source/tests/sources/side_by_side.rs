//! Runs of one recipe at the same time: real processes, one state folder.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::bench::{Bench, compose, listing, program};
use cc_ci_source::{Address, Limits, SourceError, Sources};

/// How the test calls itself as another process.
const ROLE: &str = "SIDE_BY_SIDE";

/// What each of the processes does: the repository, the state and its own scratch come in a line.
/// Called by nobody it is the only run there is.
#[test]
fn one_of_several_processes() {
    let alone = Bench::with_releases();
    let role = std::env::var(ROLE).unwrap_or_else(|_| {
        let (state, scratch) = (alone.state(), alone.scratch("r"));
        let repo = alone.repo.display();
        format!("{repo}#main|{}|{}|shop:1.1.0-2", state.display(), scratch.display())
    });
    let [address, state, scratch, image] = role.split('|').collect::<Vec<_>>()[..] else {
        panic!("{role}")
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let sources = Sources::new(Path::new(state), program(), Limits::default());
        let opened = sources.open(&Address::parse(address).unwrap()).await.unwrap();
        let recipe = opened.recipe(Path::new(scratch), &[&opened.head]).await.unwrap();
        let compose = recipe.folder(&opened.head.version).join("compose.yml");
        assert!(fs::read_to_string(compose).unwrap().contains(image), "{image}");
    });
}

/// Starts this very program as another run.
fn another(bench: &Bench, address: &str, run: &str, image: &str) -> Child {
    let (state, scratch) = (bench.state(), bench.scratch(run));
    let role = format!("{address}|{}|{}|{image}", state.display(), scratch.display());
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "side_by_side::one_of_several_processes"])
        .env(ROLE, role)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The lock of the only mirror there is.
fn lock_file(bench: &Bench) -> PathBuf {
    let files = fs::read_dir(bench.state().join("sources")).unwrap();
    let mut paths = files.map(|entry| entry.unwrap().path());
    paths.find(|path| path.extension().is_some_and(|ending| ending == "lock")).unwrap()
}

#[test]
fn processes_do_not_disturb_each_other() {
    let bench = Bench::with_releases();
    for number in 0..4 {
        bench.git(&["checkout", "--quiet", "-B", &format!("b{number}"), "main"]);
        bench.commit("compose.yml", &compose("1.2.0+2", &format!("shop:b{number}")));
    }
    let run = |process: usize| {
        let branch = process % 4;
        let address = format!("{}#b{branch}", bench.repo.display());
        another(&bench, &address, &process.to_string(), &format!("shop:b{branch}"))
    };
    let children: Vec<_> = (0..8).map(run).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        assert!(output.status.success() && said.contains("1 passed"), "{said}");
    }
    // Each has its own files, and the mirror exists once.
    for process in 0..8 {
        assert_eq!(
            fs::read_dir(bench.scratch(&process.to_string()).join("shop")).unwrap().count(),
            1
        );
    }
    let mirrors = fs::read_dir(bench.state().join("sources")).unwrap();
    assert_eq!(mirrors.filter(|m| m.as_ref().unwrap().path().is_dir()).count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn tasks_of_one_run_can_want_the_same() {
    let bench = Bench::with_releases();
    let opened = std::sync::Arc::new(bench.open("#1.0.0+1").await.unwrap());
    let scratch = bench.scratch("r");
    let tasks: Vec<_> = (0..8)
        .map(|_| {
            let (opened, scratch) = (opened.clone(), scratch.clone());
            tokio::spawn(async move {
                let recipe = opened.recipe(&scratch, &[&opened.head]).await.unwrap();
                fs::read_to_string(recipe.folder(&opened.head.version).join("compose.yml")).unwrap()
            })
        })
        .collect();
    for task in tasks {
        assert!(task.await.unwrap().contains("shop:1.0.0-1"));
    }
    let left: Vec<_> = listing(&scratch.join("shop")).into_iter().map(|(path, _)| path).collect();
    assert!(left.iter().all(|path| !path.to_string_lossy().contains(".checkout-")), "{left:?}");
}

/// A fetch that moves every ref does not move what was opened before it.
#[tokio::test]
async fn what_was_opened_stays_what_it_was() {
    let bench = Bench::with_releases();
    let before = bench.open("#main").await.unwrap();
    bench.git(&["tag", "-d", "1.0.0+1"]);
    bench.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    bench.commit("compose.yml", &compose("9.0.0+9", "shop:rewritten"));
    let after = bench.open("#main").await.unwrap();
    assert_eq!((before.known.len(), after.known.len()), (2, 1));
    let points = [&before.head, &before.known[0]];
    let recipe = before.recipe(&bench.scratch("r"), &points).await.unwrap();
    for point in points {
        let text = fs::read_to_string(recipe.folder(&point.version).join("compose.yml")).unwrap();
        assert!(!text.contains("rewritten"), "{text}");
    }
}

#[tokio::test]
async fn objects_are_fetched_once() {
    let bench = Bench::with_releases();
    bench.open("#main").await.unwrap();
    let objects = || {
        let mirrors = listing(&bench.state().join("sources"));
        let objects = mirrors.into_iter().filter(|(path, size)| {
            *size > 0 && path.components().any(|part| part.as_os_str() == "objects")
        });
        objects.collect::<Vec<_>>()
    };
    let first = objects();
    assert!(!first.is_empty());
    bench.open("#main").await.unwrap();
    bench.open("#1.0.0+1").await.unwrap();
    assert_eq!(objects(), first);
    bench.commit("README.md", "new");
    bench.open("#main").await.unwrap();
    assert!(objects().len() > first.len());
}

/// Another process holds the lock; who may not wait is told so, who may gets it afterwards.
#[tokio::test]
async fn a_fetch_waits_for_that_of_another_process() {
    let bench = Bench::with_releases();
    bench.open("").await.unwrap();
    let lock = lock_file(&bench);
    let mut holder = Command::new("flock")
        .arg(&lock)
        .args(["sh", "-c", "echo held; read line"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "held\n");

    let limits = Limits { lock: Duration::ZERO, ..Limits::default() };
    let impatient = Sources::new(&bench.state(), program(), limits);
    let address = Address::parse(&bench.repo.display().to_string()).unwrap();
    let error = impatient.open(&address).await.unwrap_err();
    assert!(
        matches!(error, SourceError::Deadline { waiting_for: "another run's fetch", .. }),
        "{error}"
    );

    holder.stdin.take().unwrap().write_all(b"\n").unwrap();
    bench.open("").await.unwrap();
    holder.wait().unwrap();
}

/// A run that is killed cannot take its git with it; until that has ended, nobody else may fetch.
#[test]
fn the_lock_outlives_a_killed_run_as_long_as_its_git() {
    let bench = Bench::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/shop.git", listener.local_addr().unwrap());
    let mut run = another(&bench, &url, "r", "");
    let (stream, _) = listener.accept().unwrap();
    run.kill().unwrap();
    run.wait().unwrap();
    let lock = fs::File::options().write(true).open(lock_file(&bench)).unwrap();
    assert!(matches!(lock.try_lock(), Err(fs::TryLockError::WouldBlock)));
    drop((stream, listener));
    lock.lock().unwrap();
}

#[tokio::test]
async fn what_a_killed_git_left_does_not_keep_others_out() {
    let bench = Bench::with_releases();
    bench.open("").await.unwrap();
    let mirror = lock_file(&bench).with_extension("");
    let left = ["refs/heads/main.lock", "packed-refs.lock", "objects/pack/tmp_pack_x"];
    for left in left {
        fs::create_dir_all(mirror.join(left).parent().unwrap()).unwrap();
        fs::write(mirror.join(left), "half").unwrap();
    }
    bench.commit("README.md", "newer");
    let opened = bench.open("#main").await.unwrap();
    assert_eq!(opened.head.commit().unwrap().as_str(), bench.git(&["rev-parse", "HEAD"]));
    for left in left {
        assert!(!mirror.join(left).exists(), "{left}");
    }
}
