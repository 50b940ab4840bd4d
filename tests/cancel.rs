//! Broken off in every tier: torn down, reported, and nobody blamed.

#![expect(clippy::unwrap_used, reason = "a panic here is the failed test")]

#[path = "cancel/kill.rs"]
mod kill;
#[path = "cancel/shop.rs"]
mod shop;
#[path = "cancel/teardown.rs"]
mod teardown;
#[path = "cancel/waiting.rs"]
mod waiting;

use cc_ci_docker::Docker;
use cc_ci_model::{Event, Outcome, Side, Tier};
use cc_ci_testkit::{Ended, RunFolder, Signal};
use quick_junit::{Report, TestCaseStatus};
use rstest::rstest;

use crate::shop::Shop;

const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// The moment at which the user has had enough.
#[derive(Clone, Copy)]
enum Moment {
    /// The tier has only begun.
    Begun,
    /// This side was sent to the engine, which is at work.
    Sent(Side),
}

impl Moment {
    fn is(self, tier: Tier, event: &Event) -> bool {
        match self {
            Self::Begun => *event == Event::TierStarted { tier },
            Self::Sent(which) => matches!(event, Event::Deployed { side, .. } if *side == which),
        }
    }
}

#[rstest]
#[case::deploy(Tier::Deploy, "deploy", Moment::Begun, Signal::INT)]
#[case::deployed(Tier::Deploy, "deploy", Moment::Sent(Side::Head), Signal::TERM)]
#[case::upgrade(Tier::Upgrade, "deploy,upgrade", Moment::Begun, Signal::INT)]
#[case::upgrading(Tier::Upgrade, "deploy,upgrade", Moment::Sent(Side::Head), Signal::INT)]
#[case::custom(Tier::Custom, "deploy,custom", Moment::Begun, Signal::INT)]
#[case::backup(Tier::Backup, "deploy,backup", Moment::Begun, Signal::INT)]
#[case::restore(Tier::Restore, "deploy,backup,restore", Moment::Begun, Signal::INT)]
#[tokio::test]
async fn a_run_is_broken_off(
    #[case] tier: Tier,
    #[case] tiers: &str,
    #[case] moment: Moment,
    #[case] signal: Signal,
) {
    let node = cc_ci_testkit::node(PROGRAM).hold(Docker::connect).await;
    let Shop { checkout, .. } = &Shop::open().await;
    let folder = checkout.run_folder("run");
    let words = folder.words(["run", "shop", "--tiers", tiers]);
    let mut running = checkout.start(words);
    running.until(&folder, |record| moment.is(tier, &record.event)).await;
    running.signal(signal);
    was_cancelled(&running.end().await, &folder, tier, tiers);
    node.left_of(&folder.run()).await.assert_none();
    node.finish().await;
}

/// The exit code, the journal and the reports of a run that was broken off in `tier`.
fn was_cancelled(ended: &Ended, folder: &RunFolder, tier: Tier, tiers: &str) {
    ended.expect(130);
    assert!(ended.stderr().contains("cancelling: tearing down"), "{ended}");
    let records = folder.records();
    let last = &records.last().unwrap().event;
    assert!(matches!(last, Event::RunFinished { cancelled: true, .. }), "{last:?}");
    let rerun = records.iter().any(|record| record.attempt > 1);
    assert!(!rerun, "nothing is tried again of what was broken off");
    let finished = records.iter().filter_map(|record| match &record.event {
        Event::TierFinished { tier, outcome, .. } => Some((*tier, outcome.clone())),
        _ => None,
    });
    let finished: Vec<_> = finished.collect();
    let walked: Vec<_> = Tier::ALL.into_iter().filter(|tier| !tier.is_opt_in()).collect();
    assert_eq!(finished.iter().map(|(at, _)| *at).collect::<Vec<_>>(), walked);
    for (at, outcome) in finished {
        assert_eq!(outcome, expected(at, tier, tiers), "{at}");
    }
    nobody_is_blamed(folder);
}

/// What becomes of the tier `at` where `tier` was broken off and only `tiers` were asked for.
fn expected(at: Tier, tier: Tier, tiers: &str) -> Outcome {
    let not_run = |reason: &str| Outcome::NotRun { reason: reason.to_owned() };
    match at {
        Tier::Teardown => Outcome::Passed,
        _ if !tiers.split(',').any(|asked| asked == at.as_str()) => not_run("not asked for"),
        _ if at >= tier && tier != Tier::Teardown => not_run("cancelled"),
        _ => Outcome::Passed,
    }
}

/// The reports are there, and nothing in them is red.
fn nobody_is_blamed(folder: &RunFolder) {
    let classification = folder.json("classification.json");
    assert_eq!(classification["cases"].as_array().unwrap().len(), 0, "{classification:#}");
    let unit = &folder.json("results.json")["units"][0];
    assert_eq!(unit["outcome"], "not_run", "{unit:#}");
    let junit = Report::deserialize_from_str(&folder.read("junit.xml")).unwrap();
    let cases: Vec<_> = junit.test_suites.iter().flat_map(|suite| &suite.test_cases).collect();
    let red = |status: &TestCaseStatus| matches!(status, TestCaseStatus::NonSuccess { .. });
    assert!(!cases.is_empty() && !cases.iter().any(|case| red(&case.status)), "{cases:?}");
    assert!(folder.page("BACKLOG-run.md").is_file());
}
