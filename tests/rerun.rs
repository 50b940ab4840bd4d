//! The same again, alone on the node: from a run's folder, for one case, or for the latest run.

use cc_ci_docker::Docker;
use cc_ci_model::{Event, RunId};
use cc_ci_testkit::{Checkout, NodeGuard, RunFolder};
use rstest::rstest;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");
/// The fastest way to be red: its image is in no registry.
const RED: &str = "shop@1.1.0+1.26.3";

/// A catalogue with a recipe that is red and one that is not asked for.
fn shops() -> Checkout {
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    for recipe in ["shop", "good"] {
        checkout.copy("recipes/custom-html", &format!("recipes/{recipe}"));
    }
    let compose = "recipes/shop/versions/1.0.0+1.22.1/compose.yml";
    checkout.edit(compose, "nginx:1.22.1", "127.0.0.1:5055/cc-ci/nope:1");
    checkout
}

async fn red_run(node: &NodeGuard<Docker>) -> (Checkout, RunFolder) {
    let checkout = shops();
    let folder = checkout.run_folder("first");
    checkout.say(folder.words(["run", "shop"])).await.expect(10);
    node.left_of(&folder.run()).await.assert_none();
    (checkout, folder)
}

#[rstest]
#[case::folder(&["OUT"])]
#[case::case_of_it(&["OUT", "shop/deploy/images_available"])]
#[case::recipe(&["shop"])]
#[tokio::test]
async fn what_was_red_is_tried_again_alone(#[case] what: &[&str]) {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let (checkout, first) = red_run(&node).await;
    let out = first.out().display().to_string();
    let again = checkout.run_folder("again");
    let what = what.iter().map(|word| if *word == "OUT" { out.as_str() } else { word });
    checkout.say(again.words(["rerun"].into_iter().chain(what))).await.expect(10);
    node.left_of(&again.run()).await.assert_none();

    assert_ne!(again.run(), first.run());
    shop_was_alone(&again);
    node.finish().await;
}

/// The newest run of the catalogue is known by a word.
#[tokio::test]
async fn the_latest_run_is_tried_again() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = shops();
    checkout.say(["run", "shop"]).await.expect(10);
    let latest = checkout.root().join(".cc-ci/runs/latest").canonicalize().unwrap();
    let run = RunId::new(latest.file_name().unwrap().to_str().unwrap()).unwrap();
    node.left_of(&run).await.assert_none();

    let again = checkout.run_folder("again");
    checkout.say(again.words(["rerun", "latest"])).await.expect(10);
    node.left_of(&again.run()).await.assert_none();
    shop_was_alone(&again);
    node.finish().await;
}

/// Nothing but the red unit was tried, and nothing ran beside it.
fn shop_was_alone(run: &RunFolder) {
    let started = run.records().into_iter().filter_map(|record| match record.event {
        Event::UnitStarted { isolated } => Some((record.unit?.to_string(), isolated)),
        _ => None,
    });
    let started: Vec<_> = started.collect();
    let alone = started.iter().all(|unit| *unit == (RED.to_owned(), true));
    assert!(!started.is_empty() && alone, "{started:?}");
}

#[tokio::test]
async fn what_the_run_does_not_have_cannot_be_tried_again() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let (checkout, first) = red_run(&node).await;
    let out = first.out().display().to_string();
    let other = ["rerun", &out, "good/deploy/serves"];
    checkout.say(other).await.expect_refusal(2, &["no unit of \"good\"", "cc-ci rerun RECIPE"]);
    let no_tier = ["rerun", "shop", "deplyo/images_available"];
    let parts = ["is not TIER/CHECK", "did you mean deploy/images_available?"];
    checkout.say(no_tier).await.expect_refusal(2, &parts);
    // The case of a recipe is tried alone, and how often it came again is said.
    let again = checkout.run_folder("case");
    let words = again.words(["rerun", "shop", "deploy/images_available"]);
    let ended = checkout.say(words).await;
    assert!(
        ended.expect(10).stderr().contains("deploy/images_available: reproduced 2 of 2"),
        "{ended}"
    );
    let again = checkout.run_folder("of-the-run");
    let words = again.words(["rerun", &out, "shop/deploy/images_available"]);
    let ended = checkout.say(words).await;
    let inputs = format!("the inputs are those of run {}", first.run());
    assert!(ended.expect(10).stderr().contains(&inputs), "{ended}");
    node.finish().await;
}

/// A kept instance lives on after its run; only `reap --kept` removes it.
#[tokio::test]
async fn an_instance_that_was_kept_lives_until_it_is_reaped() {
    // `reap` removes what other tests keep.
    let node = cc_ci_testkit::node(PROGRAM).alone().hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("kept");
    let words = ["run", "custom-html", "--tiers", "deploy", "--keep"];
    checkout.say(folder.words(words)).await.expect(0);
    let run: RunId = folder.run();
    assert!(!node.left_of(&run).await.is_empty(), "it was to be kept");
    let before = node.left_of(&run).await.to_string();
    checkout.say(["reap"]).await.expect(0);
    assert_eq!(node.left_of(&run).await.to_string(), before, "it was to be kept");
    let ended = checkout.say(["reap", "--kept"]).await;
    assert!(ended.expect(0).stdout().contains(&format!("removed {run}: ")), "{ended}");
    node.left_of(&run).await.assert_none();
    node.finish().await;
}
