//! A night that is killed goes on: what has ended is not tried again, the rest is, and nothing is told twice.

use cc_ci_docker::Docker;
use cc_ci_model::{Event, Record, Tier};
use cc_ci_testkit::{Checkout, Signal};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

#[tokio::test]
async fn a_killed_night_goes_on_with_what_had_not_ended() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    for recipe in ["bakery", "library"] {
        checkout.copy("recipes/custom-html", &format!("recipes/{recipe}"));
        checkout.copy("suites/custom-html", &format!("suites/{recipe}"));
    }
    let night = checkout.run_folder("night");
    // Without its reaper, so that the second process finds what the first one left.
    let words = ["nightly", "--jobs", "1", "--no-reaper"];
    let mut running = checkout.start(night.words(words));
    let ended = |r: &Record| matches!(r.event, Event::UnitFinished { .. });
    let first = running.until(&night, ended).await.unit.unwrap();
    let deploys = |r: &Record| {
        r.unit.as_ref().is_some_and(|unit| *unit != first)
            && r.event == Event::TierStarted { tier: Tier::Deploy }
    };
    let second = running.until(&night, deploys).await.unit.unwrap();
    running.signal(Signal::KILL);
    let _ = running.end().await;
    let told = night.records().len();

    let out = night.out().display().to_string();
    let resume = ["nightly", "--resume", out.as_str()];
    checkout.say(resume).await.expect(0);
    node.left_of(&night.run()).await.assert_none();
    let records = night.records();
    let again: Vec<_> = records[told..]
        .iter()
        .filter(|record| matches!(record.event, Event::UnitStarted { .. }))
        .map(|record| (record.unit.clone().unwrap(), record.attempt))
        .collect();
    assert_eq!(again, [(second.clone(), 2)]);
    let said = Event::Resumed { ended: vec![first], again: vec![second] };
    assert!(records.iter().any(|record| record.event == said));
    let results = night.json("results.json");
    let outcomes = results["units"].as_array().unwrap().iter().map(|unit| unit["outcome"].clone());
    assert_eq!(outcomes.collect::<Vec<_>>(), ["passed", "passed"], "{results:#}");
    checkout.say(["verify", out.as_str()]).await.expect(0);

    // A night that has ended is over.
    let over = checkout.say(resume).await;
    over.expect_refusal(2, &["has ended", "cc-ci rerun"]);
    assert_eq!(night.records(), records);
    node.finish().await;
}
