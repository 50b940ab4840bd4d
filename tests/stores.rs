//! Canary data in every kind of store, on a real engine, and the results that name each of them.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

use std::collections::BTreeSet;

use cc_ci_docker::Docker;
use cc_ci_engine::{Containers as _, ExecSpec, LABEL_RUN, Selector};
use cc_ci_model::{Event, Tier};
use cc_ci_testkit::{Checkout, RunFolder};
use serde_json::Value;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// The servers whose data the recipe saves, as checks call them.
const SAVED: [&str; 3] = ["mariadb_orders_shop", "postgres_app_shop", "redis_queue"];

#[tokio::test]
async fn every_store_is_proven_by_name() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    declare(&checkout);
    let folder = checkout.run_folder("stores");
    // By name: a path gets no suite of a root that was only found.
    checkout.say(folder.words(["run", "all-stores"])).await.expect(0);
    node.left_of(&folder.run()).await.assert_none();

    let unit = &folder.json("results.json")["units"][0];
    let whole = SAVED.into_iter().chain(["files_queue"]);
    let intact: BTreeSet<_> = whole.map(|store| format!("data_intact.{store}")).collect();
    assert_eq!(proofs(unit, "upgrade"), intact);
    assert_eq!(proofs(unit, "restart"), intact);
    assert_eq!(
        proofs(unit, "restore"),
        each(&["data_back", "deleted_data_gone", "later_data_gone"])
    );
    assert_eq!(proofs(unit, "recovery"), each(&["data_back", "deleted_data_gone"]));
    let cache = check(unit, "upgrade", "store_proven.redis_cache");
    assert_eq!(cache["outcome"], "not_applicable");
    let reason = cache["reason"].as_str().unwrap();
    assert!(reason.contains("(save \"\", appendonly no)"), "{reason}");
    what_holds_no_data_says_why(&folder);
    let stale = &unit["stale_declarations"];
    assert_eq!(stale.as_array().unwrap().len(), 1, "{stale}");
    assert_eq!(stale[0]["declaration"], "unproven_stores.\"postgres:gone\"");
    node.finish().await;
}

/// The recipe with a suite that declares a store which is not there.
/// The repository has one key, with a short derivation, and the real restic opens it.
#[tokio::test]
async fn a_units_own_repository_opens_at_once() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("repository");
    let words = ["run", "custom-html", "--tiers", "deploy,backup", "--keep"];
    checkout.say(folder.words(words)).await.expect(0);
    let run = folder.run().to_string();
    let engine = node.engine();
    let containers = engine.containers(&Selector::label(LABEL_RUN, &run)).await.unwrap();
    let toolbox = containers.into_iter().find(|c| c.name.ends_with("toolbox")).unwrap();
    let say = async |script: &str| {
        let exec = ExecSpec::new(["/bin/sh", "-c", script]);
        let said = engine.exec(&toolbox.id, &exec).await.unwrap();
        assert_eq!(said.exit_code, 0, "{}", said.complaint());
        said.text()
    };
    let key: Value = serde_json::from_str(&say("cat /repository/main/keys/*").await).unwrap();
    assert_eq!([&key["N"], &key["r"], &key["p"]], [1024, 8, 1]);
    say("RESTIC_PASSWORD_FILE=/run/cc-ci-restic-password restic -r /repository/main check --read-data")
        .await;
    checkout.say(["reap", &run, "--kept", "--yes"]).await.expect(0);
    node.finish().await;
}

fn declare(checkout: &Checkout) {
    checkout.copy("tests/fixtures/recipes/all-stores", "recipes/all-stores");
    let suite = checkout.root().join("suites/all-stores");
    std::fs::create_dir_all(&suite).unwrap();
    let text = "schema = 1\n[unproven_stores]\n\"postgres:gone\" = \"it has no client\"\n";
    std::fs::write(suite.join("suite.toml"), text).unwrap();
}

fn each(kinds: &[&str]) -> BTreeSet<String> {
    kinds.iter().flat_map(|kind| SAVED.map(|store| format!("{kind}.{store}"))).collect()
}

fn checks<'a>(unit: &'a Value, tier: &str) -> &'a Vec<Value> {
    let tiers = unit["tiers"].as_array().unwrap();
    let tier = tiers.iter().find(|row| row["tier"] == tier).unwrap();
    tier["checks"].as_array().unwrap()
}

fn check<'a>(unit: &'a Value, tier: &str, id: &str) -> &'a Value {
    checks(unit, tier).iter().find(|check| check["id"] == id).unwrap()
}

/// The checks on data that held in a tier.
fn proofs(unit: &Value, tier: &str) -> BTreeSet<String> {
    let held = checks(unit, tier).iter().filter(|check| check["outcome"] == "passed");
    let ids = held.map(|check| check["id"].as_str().unwrap().to_owned());
    let of_data = |id: &String| {
        ["data_intact.", "data_back.", "deleted_data_gone.", "later_data_gone."]
            .iter()
            .any(|kind| id.starts_with(kind))
    };
    ids.filter(of_data).collect()
}

/// A folder of ours in a data folder of MariaDB would be shown as a database.
fn what_holds_no_data_says_why(folder: &RunFolder) {
    let skipped = |event: Event| match event {
        Event::CanarySkipped { tier: Tier::Upgrade, store, reason } => Some((store, reason)),
        _ => None,
    };
    let skipped: Vec<_> =
        folder.records().into_iter().filter_map(|record| skipped(record.event)).collect();
    let stores: Vec<_> = skipped.iter().map(|(store, _)| store.as_str()).collect();
    assert_eq!(stores, ["redis:cache"]);
    assert!(skipped[0].1.contains("keeps nothing"), "{skipped:?}");
}
