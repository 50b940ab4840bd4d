//! Legs of one unit stand beside each other, and none looks at another's stack.

use cc_ci_docker::Docker;
use cc_ci_engine::{Containers as _, ExecSpec, LABEL_LEG, LABEL_RUN, Selector};
use cc_ci_model::{Event, Leg, Outcome, Record, Tier};
use cc_ci_testkit::{Checkout, Server};
use tokio::sync::watch;
use tokio::time::{Duration, sleep};

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// A check that gets its answer once `open` is sent.
async fn door() -> (Server, watch::Sender<bool>) {
    let (open, wait) = watch::channel(false);
    let server = Server::listen(move |_| {
        let mut wait = wait.clone();
        async move {
            // Who is gone opens the door too.
            let _ = wait.wait_for(|open| *open).await;
            200
        }
    });
    (server.await, open)
}

fn outcome(records: &[Record], tier: Tier, check: &str) -> Outcome {
    let found =
        records.iter().filter(|record| record.attempt == 1).find_map(|record| {
            match &record.event {
                Event::CheckFinished { tier: of, check: is, outcome, .. }
                    if *of == tier && is.as_str() == check =>
                {
                    assert_eq!(record.leg, Leg::of(tier), "{record:?}");
                    Some(outcome.clone())
                }
                _ => None,
            }
        });
    found.unwrap_or_else(|| panic!("no {tier}/{check}"))
}

/// Both legs have the unit's domain. Each waits at a door until both are there; then the page of the main leg is
/// spoilt. The main leg has to see that, and the other one must not.
#[tokio::test]
async fn a_leg_does_not_see_what_another_leg_answers() {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let checkout = Checkout::bare(PROJECT, PROGRAM);
    checkout.copy("recipes/custom-html", "recipes/shop");
    let ((main, opens_main), (other, opens_other)) = (door().await, door().await);
    let check = |id: &str, tier: &str, from: &str, with: &str| {
        format!(
            "[[check]]\nid = {id:?}\ntier = {tier:?}\nprobe = \"http\"\nfrom = {from:?}\n\
             with = {{ {with} }}\n"
        )
    };
    let page = "url = \"https://${domain}/index.html\", contains = \"nginx\"";
    let mut suite = "schema = 1\n[timeouts]\ncheck = 300\nstable = 1\n".to_owned();
    for (tier, server) in [("restart", &main), ("recovery", &other)] {
        suite += &check("door", tier, "host", &format!("url = \"{}\"", server.url()));
        suite += &check("page", tier, "edge", page);
    }
    checkout.write("suites/shop/suite.toml", suite);
    let folder = checkout.run_folder("run");
    let tiers = ["run", "shop", "--tiers", "deploy,backup,restart,recovery"];
    let running = checkout.start(folder.words(tiers));
    let both = async {
        while main.asked() == 0 || other.asked() == 0 {
            sleep(Duration::from_millis(100)).await;
        }
    };
    let met = tokio::time::timeout(Duration::from_secs(300), both).await;
    assert!(met.is_ok(), "legs do not stand at the same time: {:?}", folder.records().last());

    let of_leg = Selector::label(LABEL_RUN, folder.run().as_str()).and(LABEL_LEG, "main");
    let containers = node.engine().containers(&of_leg).await.unwrap();
    let app = containers.iter().find(|c| c.state == "running" && c.name.contains("_app."));
    let spoil = ExecSpec::new(["sh", "-c", "echo spoilt > /usr/share/nginx/html/index.html"]);
    let output = node.engine().exec(&app.unwrap().id, &spoil).await.unwrap();
    assert_eq!(output.exit_code, 0);
    opens_main.send_replace(true);
    opens_other.send_replace(true);
    // The rerun meets a page that nobody spoils.
    running.end().await.expect(0);

    let records = folder.records();
    assert!(outcome(&records, Tier::Restart, "page").fault().is_some());
    assert_eq!(outcome(&records, Tier::Recovery, "page"), Outcome::Passed);
    assert_eq!(outcome(&records, Tier::Teardown, "recovery.nothing_left"), Outcome::Passed);
    assert_eq!(outcome(&records, Tier::Teardown, "nothing_left"), Outcome::Passed);
    node.left_of(&folder.run()).await.assert_none();
    node.finish().await;
}
