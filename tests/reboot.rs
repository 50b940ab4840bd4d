//! The engine's daemon is restarted under a running app. Nothing else may run on the node meanwhile, and
//! nobody's daemon is restarted by a test that he did not ask for: `cargo test --test reboot -- --ignored`.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use cc_ci_docker::Docker;
use cc_ci_testkit::Checkout;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// A green recipe comes back with its data, and one whose volume lies in memory does not.
#[tokio::test]
#[ignore = "stops every container on this machine for a moment"]
async fn a_reboot_is_survived_or_told() {
    let node = cc_ci_testkit::node(PROGRAM).alone().hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);

    let green = checkout.run_folder("green");
    let words = ["run", "custom-html", "--tiers", "deploy,reboot", "--restart-daemon"];
    checkout.say(green.words(words)).await.expect(0);
    node.left_of(&green.run()).await.assert_none();
    let unit = &green.json("results.json")["units"][0];
    let walked = checks(unit, "reboot");
    for expected in ["passed daemon_restarted", "passed data_intact.files_content"] {
        assert!(walked.iter().any(|check| check == expected), "{expected} is not in {walked:?}");
    }

    let fixed = ["bench", "soundness", "--rounds", "1", "--json", "--root", PROJECT];
    let words = fixed.into_iter().chain(["--restart-daemon", "tmpfs-volume"]);
    let said = checkout.say(words).await;
    let said: Value = serde_json::from_str(said.expect(0).stdout()).unwrap();
    let rows = said["rows"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["right"]), (1, &1.into()), "{said:#}");
    node.finish().await;
}

/// `passed data_intact.files_content` of every check of a tier.
fn checks(unit: &Value, tier: &str) -> Vec<String> {
    let tiers = unit["tiers"].as_array().unwrap();
    let tier = tiers.iter().find(|known| known["tier"] == tier).unwrap();
    let checks = tier["checks"].as_array().unwrap().iter();
    let words = |check: &Value| format!("{} {}", check["outcome"], check["id"]).replace('"', "");
    checks.map(words).collect()
}
