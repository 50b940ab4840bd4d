//! Every recipe whose truth is written down is told as it is: one walk each, side by side.

use cc_ci_docker::Docker;
use cc_ci_testkit::Checkout;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// How the table calls what has to be red.
const RED: &str = "red at ";

#[tokio::test]
async fn every_red_recipe_is_red_where_and_why_it_has_to_be() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let reds: Vec<_> = std::fs::read_dir(format!("{PROJECT}/tests/fixtures/recipes"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|folder| {
            let truth = std::fs::read_to_string(folder.join("expected.toml")).unwrap_or_default();
            // What is red after a reboot has a test of its own, alone on the node.
            !truth.is_empty() && !truth.contains("tier = \"reboot\"")
        })
        .map(|folder| folder.file_name().unwrap().to_string_lossy().into_owned())
        .collect();
    assert!(reds.len() >= 18, "fixtures are missing: {reds:?}");
    let fixed = ["bench", "soundness", "--rounds", "1", "--jobs", "4", "--json", "--root", PROJECT];
    let words = fixed.into_iter().chain(reds.iter().map(String::as_str));
    let ended = checkout.say(words).await;
    let said: serde_json::Value = serde_json::from_str(ended.expect(0).stdout()).unwrap();
    let rows = said["rows"].as_array().unwrap();
    assert_eq!(rows.len(), reds.len());
    for row in rows {
        assert!(row["expected"].as_str().unwrap().starts_with(RED), "{row:#}");
        assert_eq!((&row["rounds"], &row["right"]), (&1.into(), &1.into()), "{row:#}");
    }
    node.finish().await;
}
