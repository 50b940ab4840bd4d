//! Runs that are killed all over their life leave nothing that `reap` does not remove.

use cc_ci_docker::Docker;
use cc_ci_model::RunId;
use cc_ci_testkit::Checkout;
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

#[tokio::test]
async fn ten_killed_runs_are_reaped_without_a_trace() {
    // Whatever is on the engine without a living run is removed here.
    let node = cc_ci_testkit::node(PROGRAM).alone().hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let kept = checkout.beside("kills.jsonl");
    let keep = kept.display().to_string();
    let words = ["bench", "kill", "-n", "10", "custom-html", "--keep", &keep, "--json"];
    let ended = checkout.say(words).await;
    let table: Value = serde_json::from_str(ended.expect(0).stdout()).unwrap();
    assert_eq!((&table["killed"], &table["clean"]), (&10.into(), &10.into()), "{table:#}");
    assert!(table["met"] == true && table["lacking"] == serde_json::json!({}), "{table:#}");
    let moments: Vec<_> =
        table["groups"].as_array().unwrap().iter().map(|group| &group["moment"]).collect();
    for tier in ["backup", "restore", "teardown"] {
        assert!(moments.iter().any(|moment| *moment == tier), "{tier} in {moments:?}");
    }

    // What the bench says is seen here once more, by the names that it wrote down.
    let lines = std::fs::read_to_string(&kept).unwrap();
    let runs = lines.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        line["run"].as_str().map(|run| RunId::new(run).unwrap())
    });
    for run in runs {
        node.left_of(&run).await.assert_none();
    }

    // A bench that is called again with nothing left to do kills no run.
    checkout.say(words).await.expect(0);
    assert_eq!(std::fs::read_to_string(&kept).unwrap(), lines);
    node.finish().await;
}
