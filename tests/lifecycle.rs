//! Two real recipes through their whole life on a real engine, and what is written about it.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

#[path = "lifecycle/evidence.rs"]
mod evidence;
#[path = "lifecycle/junit.rs"]
mod junit;
#[path = "lifecycle/order.rs"]
mod order;
#[path = "lifecycle/results.rs"]
mod results;

use cc_ci_docker::Docker;
use cc_ci_engine::{Containers as _, ExecSpec, LABEL_RUN, LABEL_UNIT, Selector};
use cc_ci_model::{Event, Tier};
use cc_ci_testkit::{Checkout, NodeGuard, RunFolder};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");
const MUMBLE: &str = "mumble@0.2.0+1.5.735";

/// One run serves all of these: it takes most of a minute.
#[tokio::test]
async fn two_recipes_live_and_all_that_is_written_holds() {
    // The port of mumble is the machine's.
    let node = cc_ci_testkit::node(PROGRAM).alone().hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("green");

    let words = folder.words(["run", "custom-html", "mumble"]);
    let mut running = checkout.start(words);
    running.until(&folder, in_custom_of_mumble).await;
    let secret = superuser_password(&node, &folder).await;
    running.end().await.expect(0);
    checkout.say(["verify", &folder.out().display().to_string()]).await.expect(0);

    node.left_of(&folder.run()).await.assert_none();
    results::everything_passed(&folder.json("results.json"));
    junit::says_the_same(&folder.read("junit.xml"), &folder.json("results.json"));
    evidence::is_whole(&folder);
    evidence::never_holds(&folder, &secret);
    order::is_known(&folder.records());
    order::is_without_twins(&folder.records());
    reports_come_from_the_events_alone(&checkout, &folder).await;
    node.finish().await;
}

fn in_custom_of_mumble(record: &cc_ci_model::Record) -> bool {
    let of_mumble = record.unit.as_ref().is_some_and(|unit| unit.as_str() == MUMBLE);
    of_mumble && record.event == Event::TierStarted { tier: Tier::Custom }
}

/// The secret that was made up for this run, read where the app reads it.
async fn superuser_password(node: &NodeGuard<Docker>, folder: &RunFolder) -> String {
    let wanted = Selector::label(LABEL_RUN, folder.run().as_str()).and(LABEL_UNIT, MUMBLE);
    let containers = node.engine().containers(&wanted).await.unwrap();
    let app = containers
        .iter()
        .find(|container| container.state == "running" && container.name.contains("_app."));
    let app = app.unwrap_or_else(|| panic!("no app among {containers:?}"));
    let cat = ExecSpec::new(["sh", "-c", "cat /run/secrets/MUMBLE_SUPERUSER_PASSWORD"]);
    let output = node.engine().exec(&app.id, &cat).await.unwrap();
    let secret = String::from_utf8(output.stdout).unwrap().trim().to_owned();
    assert!(output.exit_code == 0 && secret.len() >= 8, "no secret: {secret:?}");
    secret
}

/// A copy of the journal, without its evidence and on no engine, gives the same files.
async fn reports_come_from_the_events_alone(checkout: &Checkout, folder: &RunFolder) {
    let again = checkout.run_folder("again");
    let journal = checkout.run_folder("journal");
    std::fs::create_dir_all(journal.out()).unwrap();
    std::fs::copy(folder.out().join("events.jsonl"), journal.out().join("events.jsonl")).unwrap();
    let out = journal.out().display().to_string();
    let no_engine = ("DOCKER_HOST", "unix:///nonexistent/engine.sock");
    checkout.say_with(no_engine, again.words(["report", &out])).await.expect(0);
    for file in ["junit.xml", "results.json", "classification.json", "classification.md"] {
        assert_eq!(folder.read(file), again.read(file), "{file}");
    }
}
