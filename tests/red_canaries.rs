//! One recipe per tier that has to be red there, and nowhere before.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use cc_ci_docker::Docker;
use cc_ci_model::{Event, Outcome, Record, Tier};
use cc_ci_testkit::Checkout;
use rstest::rstest;
use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// Where a canary has to be red and why.
struct Red {
    tier: Tier,
    check: &'static str,
    cause: &'static str,
    /// What the reason has to name.
    names: &'static [&'static str],
}

#[rstest]
#[case::bad_deploy("bad-deploy", Red {
    tier: Tier::Deploy,
    check: "services_converge",
    cause: "config",
    names: &["service app crash-loops", "exit code 1"],
})]
#[case::bad_upgrade("bad-upgrade", Red {
    tier: Tier::Upgrade,
    check: "services_converge",
    cause: "config",
    names: &["swarm rolled service app back to the old version", "exit code 1"],
})]
#[case::lost_volume("lost-volume", Red {
    tier: Tier::Upgrade,
    check: "data_intact.files_content",
    cause: "migration",
    names: &["data lost in files:content", "no service of the new version mounts volume content"],
})]
#[case::stale_label("stale-label", Red {
    tier: Tier::Upgrade,
    check: "version_moved",
    cause: "config",
    names: &["service app did not move", "0.1.0+1.22.1", "0.2.0+1.26.3"],
})]
#[case::bad_backup("bad-backup", Red {
    tier: Tier::Backup,
    check: "dumps_readable",
    cause: "backup",
    names: &["dump content/dump.sql is empty"],
})]
#[case::bad_restore("bad-restore", Red {
    tier: Tier::Restore,
    check: "data_back.sqlite_data_mumble-server.sqlite",
    cause: "restore",
    names: &["data lost in sqlite:data/mumble-server.sqlite", "damaged"],
})]
#[tokio::test]
async fn a_canary_is_red_at_its_own_tier(#[case] recipe: &str, #[case] red: Red) {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("red");
    let path = format!("{PROJECT}/tests/fixtures/recipes/{recipe}");
    checkout.say(folder.words(["run", &path])).await.expect(10);
    node.left_of(&folder.run()).await.assert_none();

    let records = folder.records();
    for attempt in [1, 2] {
        assert_eq!(tiers(&records, attempt), expected(red.tier), "attempt {attempt}");
        let fault = first_fault(&records, attempt);
        assert_eq!(fault.0, (red.tier, red.check.to_owned()), "attempt {attempt}");
        for part in red.names {
            assert!(fault.1.contains(part), "{part:?} in {:?}", fault.1);
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
        json!({ "clean_teardown": true, "no_secret_leak": true, "deploys": 1 })
    );
    node.finish().await;
}

/// The outcomes of one attempt's tiers, as words.
fn tiers(records: &[Record], attempt: u32) -> Vec<(Tier, &'static str)> {
    let of_attempt = records.iter().filter(|record| record.attempt == attempt);
    let tier = |record: &Record| match &record.event {
        Event::TierFinished { tier, outcome, .. } => Some((*tier, outcome.word())),
        _ => None,
    };
    of_attempt.filter_map(tier).collect()
}

/// All that lies before the red tier holds, all that rests on it is blocked. The fixtures have no
/// checks of their own.
fn expected(red: Tier) -> Vec<(Tier, &'static str)> {
    let word = |tier: Tier| match tier {
        _ if tier == red => "failed",
        _ if tier.rests_on().contains(&red) => "blocked",
        Tier::Custom => "not_run",
        Tier::Lint
        | Tier::Deploy
        | Tier::Upgrade
        | Tier::Backup
        | Tier::Restore
        | Tier::Restart
        | Tier::Rollback
        | Tier::Recovery
        | Tier::Interrupt
        | Tier::Teardown => "passed",
    };
    let unasked = Tier::ALL.into_iter().filter(|tier| !tier.is_opt_in());
    unasked.map(|tier| (tier, word(tier))).collect()
}

fn first_fault(records: &[Record], attempt: u32) -> ((Tier, String), String) {
    let fault = |record: &Record| match &record.event {
        Event::CheckFinished {
            tier, check, outcome: Outcome::Failed { fault }, evidence, ..
        } => {
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
    assert_eq!(cases[0]["check"], red.check);
    for case in cases {
        let words = ["tier", "class", "owner", "repeat", "cause"].map(|word| &case[word]);
        assert_eq!(words, [red.tier.as_str(), "recipe", "recipe", "deterministic", red.cause]);
        for list in ["because", "ruled_out", "evidence"] {
            assert!(!case[list].as_array().unwrap().is_empty(), "{list}: {case:#}");
        }
    }
}
