//! Who must act: what does not come again is a flake, what the machine lacks is the harness's.

use std::net::TcpListener;

use cc_ci_docker::Docker;
use cc_ci_model::Event;
use cc_ci_testkit::{Checkout, RunFolder, Server};
use quick_junit::{Report, TestCaseStatus};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

#[tokio::test]
async fn what_does_not_come_again_is_a_flake() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let server = Server::listen(|at| async move { if at == 0 { 503 } else { 200 } }).await;
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    checkout.copy("recipes/custom-html", "recipes/shop");
    let suite = format!(
        "schema = 1\n[timeouts]\nstable = 1\n\
         [[check]]\nid = \"sells\"\ntier = \"custom\"\nprobe = \"http\"\nfrom = \"host\"\n\
         with = {{ url = \"{}\" }}\n",
        server.url()
    );
    checkout.write("suites/shop/suite.toml", suite);
    let folder = checkout.run_folder("run");
    let words = ["run", "shop", "--tiers", "deploy,custom", "--fail-on-flake"];
    checkout.say(folder.words(words)).await.expect(13);
    node.left_of(&folder.run()).await.assert_none();
    assert_eq!(server.asked(), 2, "one rerun answers");

    let out = folder.out().display().to_string();
    checkout.say(folder.words(["report", &out])).await.expect(0);
    let case = &folder.json("classification.json")["cases"][0];
    let words = ["tier", "check", "class", "repeat"].map(|word| &case[word]);
    assert_eq!(words, ["custom", "sells", "flake", "once"], "{case:#}");
    let unit = &folder.json("results.json")["units"][0];
    assert_eq!(unit["outcome"], "passed", "{unit:#}");

    let junit = Report::deserialize_from_str(&folder.read("junit.xml")).unwrap();
    let cases = junit.test_suites.iter().flat_map(|suite| &suite.test_cases);
    let sells = cases.into_iter().find(|case| case.name.as_str() == "sells").unwrap();
    let TestCaseStatus::Success { flaky_runs } = &sells.status else { panic!("{sells:?}") };
    assert_eq!(flaky_runs.len(), 1);
    assert!(flaky_runs[0].message.as_ref().unwrap().contains("503"), "{flaky_runs:?}");
    node.finish().await;
}

#[tokio::test]
async fn a_port_that_a_stranger_holds_is_the_machines_fault() {
    let node = cc_ci_testkit::node(PROGRAM).alone().hold(Docker::connect).await;
    let _stranger = TcpListener::bind(("0.0.0.0", 64738)).unwrap();
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let folder = checkout.run_folder("run");
    let words = folder.words(["run", "mumble", "--tiers", "deploy"]);
    let ended = checkout.say(words).await;
    ended.expect(11);
    node.left_of(&folder.run()).await.assert_none();
    let case = &folder.json("classification.json")["cases"][0];
    let words = ["tier", "class", "owner", "cause"].map(|word| &case[word]);
    assert_eq!(words, ["deploy", "harness", "harness", "state"], "{case:#}");
    assert!(case["because"][0].as_str().unwrap().contains("port 64738 is taken"), "{case:#}");
    let junit = folder.read("junit.xml");
    assert!(junit.contains("type=\"harness.state\""), "{junit}");
    node.finish().await;
}

/// Whoever comes second waits: a port that one of ours holds is nobody's fault.
#[tokio::test]
async fn two_runs_that_want_one_port_take_turns() {
    let node = cc_ci_testkit::node(PROGRAM).alone().hold(Docker::connect).await;
    let checkout = Checkout::of(PROJECT, PROGRAM);
    let [first, second] = ["first", "second"].map(|name| checkout.run_folder(name));
    let words = ["run", "mumble", "--tiers", "deploy"];
    let mut running = checkout.start(first.words(words));
    running.until(&first, |record| matches!(record.event, Event::UnitStarted { .. })).await;
    checkout.say(second.words(words)).await.expect(0);
    running.end().await.expect(0);
    for folder in [&first, &second] {
        node.left_of(&folder.run()).await.assert_none();
    }
    let waits = |folder: &RunFolder| {
        let records = folder.records().into_iter();
        let waits = records.filter_map(|record| match record.event {
            Event::UnitWaits { on } => Some(on),
            _ => None,
        });
        waits.collect::<Vec<_>>()
    };
    assert_eq!(waits(&first), Vec::<String>::new());
    // The wait names the run that has the port or its ticket.
    let holder = format!("port 64738 of the node: run {} (pid ", first.run());
    let waited = waits(&second);
    assert!(waited.len() == 1 && waited[0].starts_with(&holder), "{waited:?}");
    node.finish().await;
}
