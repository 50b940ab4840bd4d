//! Services that do their work and end: each is waited for and none is missed, on a real engine.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use cc_ci_docker::Docker;
use cc_ci_model::{Event, Outcome, Record, Tier};
use cc_ci_testkit::Checkout;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// What the one-shots have written when a tier looks: the file and the version in it. They take longer
/// than the app, and a check is tried once: a tier that goes on without them finds nothing, or the old
/// version's word.
const WORK: [(Tier, &str, &str); 3] = [
    (Tier::Deploy, "seeded", "0.1.0+1.22.1"),
    (Tier::Upgrade, "seeded", "0.2.0+1.26.3"),
    (Tier::Upgrade, "migrated", "0.2.0+1.26.3"),
];

#[tokio::test]
async fn one_shots_are_waited_for_and_not_missed() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    look_for_their_work(&checkout);
    let folder = checkout.run_folder("one-shots");
    // By name: a path gets no suite of a root that was only found.
    checkout.say(folder.words(["run", "one-shots"])).await.expect(0);
    node.left_of(&folder.run()).await.assert_none();

    let records = folder.records();
    let red: Vec<_> = records.iter().filter(|record| is_red(record)).collect();
    assert!(red.is_empty(), "{red:#?}");
    let tiers: Vec<_> = records.iter().filter_map(passed).collect();
    let walked = |tier: &Tier| *tier != Tier::Custom && !tier.is_opt_in();
    assert_eq!(tiers, Tier::ALL.into_iter().filter(walked).collect::<Vec<_>>());
    let kills = records.iter().find_map(|record| match &record.event {
        Event::TasksKilled { tier: Tier::Restart, services } => Some(services.clone()),
        _ => None,
    });
    assert_eq!(kills, Some(vec!["app".to_owned()]), "what has ended cannot be killed");
    node.finish().await;
}

/// The recipe with a suite that asks the app for what its one-shots wrote.
fn look_for_their_work(checkout: &Checkout) {
    checkout.copy("tests/fixtures/recipes/one-shots", "recipes/one-shots");
    let mut suite = "schema = 1\n".to_owned();
    for (tier, file, version) in WORK {
        suite += &format!(
            "[[check]]\nid = \"{tier}_{file}\"\ntier = \"{tier}\"\nprobe = \"http\"\n\
             from = \"network\"\n\
             with = {{ url = \"http://app/{file}\", status = 200, contains = \"{version}\" }}\n"
        );
    }
    let folder = checkout.root().join("suites/one-shots");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("suite.toml"), suite).unwrap();
}

fn is_red(record: &Record) -> bool {
    matches!(&record.event, Event::CheckFinished { outcome: Outcome::Failed { .. }, .. })
}

fn passed(record: &Record) -> Option<Tier> {
    match &record.event {
        Event::TierFinished { tier, outcome: Outcome::Passed, .. } => Some(*tier),
        _ => None,
    }
}
