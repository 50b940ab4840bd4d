//! A run that was killed cannot tear down; `reap` does, and lets the living live.

use cc_ci_docker::Docker;
use cc_ci_lock::Place;
use cc_ci_model::{Event, Record, Tier};
use cc_ci_testkit::Signal;
use serde_json::Value;

use crate::PROGRAM;
use crate::shop::Shop;

#[tokio::test]
async fn a_killed_run_is_reaped_and_a_living_one_is_not() {
    // Whatever is on the engine without a living run is removed here.
    let node = cc_ci_testkit::node(PROGRAM).alone().hold(Docker::connect).await;
    let Shop { checkout, .. } = &Shop::open().await;
    let (killed, living) = (checkout.run_folder("killed"), checkout.run_folder("living"));
    let tiers = ["run", "shop", "--tiers", "deploy,custom", "--no-reaper"];
    let mut first = checkout.start(killed.words(tiers));
    let mut second = checkout.start(living.words(tiers));
    let in_custom = |r: &Record| r.event == Event::TierStarted { tier: Tier::Custom };
    first.until(&killed, in_custom).await;
    second.until(&living, in_custom).await;

    first.signal(Signal::KILL);
    let _ = first.end().await;
    assert!(!node.left_of(&killed.run()).await.is_empty(), "nobody tore it down");
    // By name: the label of a lease changes with every beat.
    let before = node.left_of(&living.run()).await.to_string();
    let lease = |run: &str| Place::machine().path().join(format!("leases/{run}.lock"));
    assert!(
        lease(killed.run().as_str()).exists(),
        "the kernel lets go of the lock, not of the file"
    );
    let ended = checkout.say(["reap", "--json"]).await;
    let reaped: Value = serde_json::from_str(ended.expect(0).stdout()).unwrap();
    let state = |run: &str| {
        let rows = reaped.as_array().unwrap();
        rows.iter().find(|row| row["run"] == run).map(|row| row["state"].clone())
    };
    assert_eq!(state(killed.run().as_str()), Some("removed".into()), "{reaped:#}");
    assert_eq!(state(living.run().as_str()), Some("living".into()), "{reaped:#}");
    node.left_of(&killed.run()).await.assert_none();
    assert!(!lease(killed.run().as_str()).exists(), "its lock file is left");
    assert!(lease(living.run().as_str()).exists());
    let after = node.left_of(&living.run()).await.to_string();
    assert_eq!(after, before, "the living lost something");
    assert!(!before.is_empty());

    second.signal(Signal::INT);
    second.end().await.expect(130);
    node.left_of(&living.run()).await.assert_none();
    node.finish().await;
}

/// Without anybody's help: the run starts a process that outlives it.
#[tokio::test]
async fn what_a_killed_run_leaves_is_removed_by_its_reaper() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let Shop { checkout, .. } = &Shop::open().await;
    let folder = checkout.run_folder("killed");
    let mut running = checkout.start(folder.words(["run", "shop", "--tiers", "deploy,custom"]));
    let in_custom = |r: &Record| r.event == Event::TierStarted { tier: Tier::Custom };
    running.until(&folder, in_custom).await;
    running.signal(Signal::KILL);
    let _ = running.end().await;
    let lease = Place::machine().path().join(format!("leases/{}.lock", folder.run()));
    let gone = async {
        while lease.exists() || !node.left_of(&folder.run()).await.is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
        }
    };
    // A reaper that never comes must not hold the tests for ever; on an idle machine it takes five seconds.
    let in_time = tokio::time::timeout(std::time::Duration::from_secs(120), gone).await;
    assert!(in_time.is_ok(), "left: {}", node.left_of(&folder.run()).await);
    node.finish().await;
}

#[tokio::test]
async fn a_kept_instance_stays_until_it_is_asked_for() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let Shop { checkout, .. } = &Shop::open().await;
    let folder = checkout.run_folder("kept");
    let words = folder.words(["run", "shop", "--tiers", "deploy", "--keep"]);
    checkout.say(words).await.expect(0);
    let run = folder.run();
    let reap = async |words: &[&str]| {
        let words = ["reap", run.as_str(), "--json"].into_iter().chain(words.iter().copied());
        let ended = checkout.say(words).await;
        let rows: Value = serde_json::from_str(ended.expect(0).stdout()).unwrap();
        rows[0]["state"].as_str().unwrap().to_owned()
    };
    let kept = node.left_of(&run).await.to_string();
    assert!(!kept.is_empty());
    assert_eq!(reap(&[]).await, "kept");
    assert_eq!(reap(&["--yes"]).await, "kept");
    assert_eq!(reap(&["--kept", "--dry-run"]).await, "would_remove");
    assert_eq!(node.left_of(&run).await.to_string(), kept);
    assert_eq!(reap(&["--kept"]).await, "removed");
    node.left_of(&run).await.assert_none();
    node.finish().await;
}
