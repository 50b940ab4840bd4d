//! A run that was killed cannot tear down; `reap` does, and lets the living live.

use cc_ci_docker::Docker;
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
    let tiers = ["run", "shop", "--tiers", "deploy,custom"];
    let mut first = checkout.start(killed.words(tiers));
    let mut second = checkout.start(living.words(tiers));
    let in_custom = |r: &Record| r.event == Event::TierStarted { tier: Tier::Custom };
    first.until(&killed, in_custom).await;
    second.until(&living, in_custom).await;

    first.signal(Signal::KILL);
    let _ = first.end().await;
    assert!(!node.left_of(&killed.run()).await.is_empty(), "nobody tore it down");
    let before = node.left_of(&living.run()).await;
    let ended = checkout.say(["reap", "--json"]).await;
    let reaped: Value = serde_json::from_str(ended.expect(0).stdout()).unwrap();
    let state = |run: &str| {
        let rows = reaped.as_array().unwrap();
        rows.iter().find(|row| row["run"] == run).map(|row| row["state"].clone())
    };
    assert_eq!(state(killed.run().as_str()), Some("removed".into()), "{reaped:#}");
    assert_eq!(state(living.run().as_str()), Some("living".into()), "{reaped:#}");
    node.left_of(&killed.run()).await.assert_none();
    assert_eq!(node.left_of(&living.run()).await, before, "the living lost something");
    assert!(!before.is_empty());

    second.signal(Signal::INT);
    second.end().await.expect(130);
    node.left_of(&living.run()).await.assert_none();
    node.finish().await;
}
