//! The engine is there, but what a run needs of it is not.

use std::net::TcpListener;

use cc_ci_docker::Docker;
use cc_ci_model::{Event, Fault, Outcome, Record};
use cc_ci_testkit::Checkout;

use crate::{PROGRAM, PROJECT};

#[tokio::test]
async fn a_taken_port_of_the_registry_is_named() {
    // While runs of others are on the engine, the registry would not be moved at all.
    let node = cc_ci_testkit::node(PROGRAM).alone().hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let stranger = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = stranger.local_addr().unwrap().port().to_string();

    let folder = checkout.run_folder("taken");
    let words = ["run", "custom-html", "--tiers", "deploy", "--registry-port", &port];
    let ended = checkout.say(folder.words(words)).await;
    ended.expect_refusal(11, &[&format!("port {port} is taken"), "registry", "--registry-port"]);
    let begun = |record: &Record| matches!(record.event, Event::UnitStarted { .. });
    assert!(!folder.records().iter().any(begun), "no unit began");
    assert_eq!(folder.json("classification.json")["cases"][0]["class"], "harness");

    // With the usual port nothing is in the way: the registry that runs was left alone.
    let folder = checkout.run_folder("back");
    let words = folder.words(["run", "custom-html", "--tiers", "deploy"]);
    checkout.say(words).await.expect(0);
    node.left_of(&folder.run()).await.assert_none();
    node.finish().await;
}

#[tokio::test]
async fn an_image_that_exists_nowhere_is_a_failed_pull() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    checkout.copy("recipes/custom-html", "recipes/shop");
    let image = "127.0.0.1:5055/cc-ci/nope:1";
    for version in ["1.0.0+1.22.1", "1.1.0+1.26.3"] {
        let app = version.split_once('+').unwrap().1;
        let compose = format!("recipes/shop/versions/{version}/compose.yml");
        checkout.edit(&compose, &format!("nginx:{app}"), image);
    }
    let folder = checkout.run_folder("run");
    checkout.say(folder.words(["run", "shop"])).await.expect(10);
    node.left_of(&folder.run()).await.assert_none();

    for record in folder.records() {
        if let Event::CheckFinished { check, outcome: Outcome::Failed { fault }, .. } =
            &record.event
        {
            assert_eq!(check.as_str(), "images_available");
            assert!(
                matches!(fault, Fault::ImageMissing { reference, .. } if reference == image),
                "{fault}"
            );
        }
    }
    let classification = folder.json("classification.json");
    let case = &classification["cases"][0];
    let words = ["tier", "check", "class", "cause"].map(|word| &case[word]);
    assert_eq!(words, ["deploy", "images_available", "recipe", "image"]);
    let unit = &folder.json("results.json")["units"][0];
    let tiers = unit["tiers"].as_array().unwrap();
    // Rules can be read without an image, and nothing is left of what was never deployed.
    let apart = ["lint", "deploy", "teardown"];
    let rests = tiers.iter().filter(|tier| !apart.contains(&tier["tier"].as_str().unwrap()));
    let rests: Vec<_> = rests.map(|tier| &tier["outcome"]).collect();
    assert_eq!(rests, vec!["blocked"; tiers.len() - apart.len()]);
    assert_eq!(tiers.last().unwrap()["outcome"], "passed");
    assert_eq!(unit["flags"]["deploys"], 0);
    node.finish().await;
}
