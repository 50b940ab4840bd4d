//! A folder that knows nothing of this project, tested with what a named root knows of its name.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use cc_ci_docker::Docker;
use cc_ci_model::{Adaptation, Event};
use cc_ci_testkit::{Checkout, NodeGuard};
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// The control port is the machine's.
async fn node() -> NodeGuard<Docker> {
    cc_ci_testkit::node(PROGRAM).alone().hold(Docker::connect).await
}

#[tokio::test]
async fn a_folder_gets_image_and_suite_of_a_named_root_by_its_name() {
    let node = node().await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("foreign");
    let path = format!("{PROJECT}/tests/fixtures/foreign/bore");
    let root = checkout.root().display().to_string();
    checkout.say(folder.words(["run", &path, "--root", &root])).await.expect(0);
    node.left_of(&folder.run()).await.assert_none();

    let unit = &folder.json("results.json")["units"][0];
    let tier = |name: &str| {
        let tiers = unit["tiers"].as_array().unwrap();
        tiers.iter().find(|tier| tier["tier"] == name).unwrap_or_else(|| panic!("{unit:#}"))
    };
    let walked = ["deploy", "custom", "teardown"].map(|name| tier(name)["outcome"].clone());
    assert_eq!(walked, ["passed"; 3], "{unit:#}");
    assert_eq!(tier("upgrade")["outcome"], "not_run", "{unit:#}");
    let checks = |name: &str| -> Vec<_> {
        tier(name)["checks"].as_array().unwrap().iter().map(outcome).collect()
    };
    assert!(checks("deploy").contains(&"serves_over_the_edge passed".to_owned()), "{unit:#}");
    assert_eq!(checks("custom").len(), 7, "{unit:#}");
    assert_eq!(unit["flags"]["deploys"], json!(1));

    // The substitute comes from the catalogue: the folder names none.
    let stand_in = |event: &Event| match event {
        Event::Adapted { what: Adaptation::Image, from, to, .. } => {
            from == "ekzhang/bore:0.6.0" && to.contains("/cc-ci/bore@sha256:")
        }
        _ => false,
    };
    assert!(folder.records().iter().any(|record| stand_in(&record.event)));
    node.finish().await;
}

/// The tenth tunnel's label names a port that no tunnel has.
#[tokio::test]
async fn a_tunnel_that_the_edge_does_not_find_is_red() {
    let node = node().await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    checkout.copy("tests/fixtures/foreign/bore", "bore");
    checkout.edit(
        "bore/compose.yml",
        "t10.loadbalancer.server.port=10",
        "t10.loadbalancer.server.port=11",
    );
    let folder = checkout.run_folder("foreign-red");
    let root = checkout.root().display().to_string();
    checkout.say(folder.words(["run", "./bore", "--root", &root])).await.expect(10);
    let cases = &folder.json("classification.json")["cases"];
    let case = &cases.as_array().unwrap()[0];
    assert_eq!(case["case"], json!("bore@0.1.0+0.6.0/custom/last_tunnel_is_served"), "{cases:#}");
    let reason = folder.read("classification.md");
    assert!(reason.contains("the edge itself answers"), "{reason}");
    assert_eq!(cases.as_array().unwrap().len(), 1, "{cases:#}");
    node.left_of(&folder.run()).await.assert_none();
    node.finish().await;
}

fn outcome(row: &Value) -> String {
    format!("{} {}", row["id"].as_str().unwrap(), row["outcome"].as_str().unwrap())
}

#[tokio::test]
async fn a_name_without_files_says_where_they_have_to_come_from() {
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let parts = ["the files of recipe \"bore\" are not here", "cc-ci run PATH/bore"];
    checkout.say(["run", "bore"]).await.expect_refusal(2, &parts);
    let listed = checkout.say(["list"]).await;
    assert!(!listed.expect(0).stdout().contains("bore"), "{listed}");
}
