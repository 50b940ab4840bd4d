//! One recipe per tier that has to be red there, and nowhere before, with all that is written about
//! it. `soundness.rs` holds the others to their truth.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::path::PathBuf;

use cc_ci_docker::Docker;
use cc_ci_model::{Event, Outcome, Record, Tier};
use cc_ci_testkit::Checkout;
use rstest::rstest;
use serde::Deserialize;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// Where a canary has to be red and why, as its `expected.toml` says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "every key is read; these are for people and for other readers")]
struct Red {
    schema: u32,
    why: String,
    tier: Tier,
    check: String,
    cause: String,
    /// What the reason has to name.
    says: Vec<String>,
}

#[rstest]
#[tokio::test]
async fn a_canary_is_red_at_its_own_tier(
    #[files("tests/fixtures/recipes/bad-*/expected.toml")] expected_file: PathBuf,
) {
    let red: Red = toml::from_str(&std::fs::read_to_string(&expected_file).unwrap()).unwrap();
    let path = expected_file.parent().unwrap().display().to_string();
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("red");
    checkout.say(folder.words(["run", &path])).await.expect(10);
    node.left_of(&folder.run()).await.assert_none();
    // Nothing that an honest run writes looks forged.
    checkout.say(["verify", &folder.out().display().to_string()]).await.expect(0);

    let records = folder.records();
    for attempt in [1, 2] {
        assert_eq!(tiers(&records, attempt), expected(red.tier), "attempt {attempt}");
        let fault = first_fault(&records, attempt, red.tier);
        assert_eq!(fault.0, (red.tier, red.check.clone()), "attempt {attempt}");
        for part in &red.says {
            assert!(fault.1.contains(part.as_str()), "{part:?} in {:?}", fault.1);
        }
    }
    assert!(records.iter().all(|record| record.attempt <= 2), "one rerun answers");
    let alone = |record: &&Record| record.event == Event::UnitStarted { isolated: true };
    assert_eq!(records.iter().filter(alone).map(|record| record.attempt).collect::<Vec<_>>(), [2]);
    classified(&folder.json("classification.json"), &red);
    let unit = &folder.json("results.json")["units"][0];
    assert_eq!(unit["outcome"], "failed");
    assert_eq!(
        unit["flags"],
        json!({ "clean_teardown": true, "no_secret_leak": true, "deploys": deploys(red.tier) })
    );
    node.finish().await;
}

/// Recovery deploys once more, and begins where there is a snapshot.
fn deploys(red: Tier) -> u32 {
    if Tier::Recovery.rests_on().contains(&red) { 1 } else { 2 }
}

/// The outcomes of one attempt's tiers, as words. What the rules say of the files is left out: some
/// defects can be read before anything runs.
fn tiers(records: &[Record], attempt: u32) -> Vec<(Tier, &'static str)> {
    let of_attempt = records.iter().filter(|record| record.attempt == attempt);
    let tier = |record: &Record| match &record.event {
        Event::TierFinished { tier: Tier::Lint, .. } => None,
        Event::TierFinished { tier, outcome, .. } => Some((*tier, outcome.word())),
        _ => None,
    };
    let mut tiers: Vec<_> = of_attempt.filter_map(tier).collect();
    // Legs run beside each other, and whichever ends first is written first.
    tiers.sort();
    tiers
}

/// All that lies before the red tier holds, all that rests on it is blocked. The fixtures have no
/// checks of their own.
fn expected(red: Tier) -> Vec<(Tier, &'static str)> {
    let word = |tier: Tier| match tier {
        _ if tier == red => "failed",
        _ if tier.rests_on().contains(&red) => "blocked",
        // What a restore in place does not bring back, a restore elsewhere does not bring back either.
        Tier::Recovery if red == Tier::Restore => "failed",
        Tier::Custom => "not_run",
        Tier::Lint
        | Tier::Deploy
        | Tier::Upgrade
        | Tier::Backup
        | Tier::Restore
        | Tier::Restart
        | Tier::Reboot
        | Tier::Rollback
        | Tier::Recovery
        | Tier::Interrupt
        | Tier::Teardown => "passed",
    };
    let walked = |tier: &Tier| *tier != Tier::Lint && !tier.is_opt_in();
    Tier::ALL.into_iter().filter(walked).map(|tier| (tier, word(tier))).collect()
}

/// The first fault of the red tier.
fn first_fault(records: &[Record], attempt: u32, red: Tier) -> ((Tier, String), String) {
    let fault = |record: &Record| match &record.event {
        Event::CheckFinished {
            tier, check, outcome: Outcome::Failed { fault }, evidence, ..
        } if *tier == red => {
            assert!(!evidence.is_empty(), "nothing was captured of {check}");
            Some(((*tier, check.to_string()), fault.to_string()))
        }
        _ => None,
    };
    records.iter().filter(|record| record.attempt == attempt).find_map(fault).unwrap()
}

/// Every case is the maintainer's, and the reviewer is told why.
fn classified(classification: &Value, red: &Red) {
    let cases = classification["cases"].as_array().unwrap();
    let cases: Vec<_> = cases.iter().filter(|case| case["tier"] != "lint").collect();
    assert_eq!(cases[0]["check"], red.check);
    for case in cases {
        let words = ["tier", "class", "owner", "repeat", "cause"].map(|word| &case[word]);
        assert_eq!(words, [red.tier.as_str(), "recipe", "recipe", "deterministic", &red.cause]);
        for list in ["because", "ruled_out", "evidence"] {
            assert!(!case[list].as_array().unwrap().is_empty(), "{list}: {case:#}");
        }
    }
}
