//! Services that do their work and end: each is waited for and none is missed, on a real engine.

use cc_ci_docker::Docker;
use cc_ci_model::{Event, Outcome, Record, Tier};
use cc_ci_testkit::Checkout;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

#[tokio::test]
async fn one_shots_are_waited_for_and_not_missed() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("one-shots");
    let recipe = format!("{PROJECT}/tests/fixtures/recipes/one-shots");
    checkout.say(folder.words(["run", &recipe])).await.expect(0);
    node.left_of(&folder.run()).await.assert_none();

    let records = folder.records();
    let red: Vec<_> = records.iter().filter(|record| is_red(record)).collect();
    assert!(red.is_empty(), "{red:#?}");
    // Both take longer than the app; a stack that counts as up before they ended never names them.
    for tier in [Tier::Deploy, Tier::Upgrade, Tier::Recovery] {
        for service in ["migrate", "seed"] {
            assert!(waits(&records, tier, service), "{tier} does not wait for {service}");
        }
    }
    assert_eq!(folder.json("results.json")["units"][0]["outcome"], "passed");
    node.finish().await;
}

fn is_red(record: &Record) -> bool {
    matches!(&record.event, Event::CheckFinished { outcome: Outcome::Failed { .. }, .. })
}

/// True where at some moment of the tier nothing but one-shot services was waited for, this one
/// among them.
fn waits(records: &[Record], in_tier: Tier, service: &str) -> bool {
    records.iter().any(|record| match &record.event {
        Event::Waiting { tier, on } => {
            let waited: Vec<_> = on.split("; ").collect();
            let one_shot = |what: &&str| what.starts_with("migrate") || what.starts_with("seed");
            *tier == in_tier
                && waited.iter().all(one_shot)
                && waited.iter().any(|what| what.starts_with(service))
        }
        _ => false,
    })
}
