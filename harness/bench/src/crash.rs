//! How long a crash loop takes to be seen.

use std::path::Path;

use cc_ci_model::{Event, Outcome, Record, Tier};
use cc_ci_plan::{Asked, UnitPlan, Wish};
use cc_ci_session::{Failure, Kind, Node};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::sync::CancellationToken;

use super::stage::Stage;

/// A recipe whose one service ends at once, again and again.
const FIXTURE: &str = "tests/fixtures/recipes/bad-deploy";
/// The check that has to see it.
const CHECK: &str = "services_converge";

/// A crash loop that was seen.
#[derive(Debug, PartialEq)]
pub(super) struct Crash {
    /// From the deploy to the red check.
    pub(super) seconds: f64,
    /// Why it is red, as a report says it.
    pub(super) reason: String,
}

/// Deploys the fixture and waits until it is red.
///
/// # Errors
/// It does not go red, or not as it should.
pub(super) async fn measure(stage: &Stage<'_>, round: u32) -> Result<Crash, Failure> {
    let out = stage.folder(&format!("crash-{round}"))?;
    let path = stage.ground().checkout()?.join(FIXTURE);
    let unit = unit(stage, &path).await?;
    let node = Node::ready(stage.ground().session).await?;
    let _turn = stage.alone().await?;
    let (watcher, records) = unbounded_channel();
    let cancel = stage.cancel().child_token();
    let walk = stage.walk(&node, unit, &out, (cancel.clone(), Some(watcher)));
    let (records, ()) = tokio::join!(walk, end_when_red(records, cancel));
    crash(&records?).map_err(|reason| Failure::message(Kind::Bug, format!("{FIXTURE}: {reason}")))
}

async fn unit(stage: &Stage<'_>, path: &Path) -> Result<UnitPlan, Failure> {
    let asked = Asked { recipe: path.display().to_string(), version: None };
    let wish = Wish { tiers: vec![Tier::Deploy, Tier::Teardown], ..Wish::default() };
    Ok(stage.ground().planner.plan(&stage.run, &asked, &wish).await?.unit)
}

/// What comes after the red check (a rerun alone, to tell a flake) is not measured.
async fn end_when_red(mut records: UnboundedReceiver<Record>, cancel: CancellationToken) {
    while let Some(record) = records.recv().await {
        if let Event::CheckFinished { check, .. } = &record.event
            && check.as_str() == CHECK
        {
            cancel.cancel();
        }
        if matches!(record.event, Event::RunFinished { .. }) {
            return;
        }
    }
}

/// Reads time and reason from what happened in the first attempt.
fn crash(records: &[Record]) -> Result<Crash, String> {
    let mut deployed = None;
    for record in records.iter().filter(|record| record.attempt == 1) {
        match &record.event {
            Event::Deployed { .. } => deployed = deployed.or(Some(record.at)),
            Event::CheckFinished { check, outcome, .. } if check.as_str() == CHECK => {
                let Outcome::Failed { fault } = outcome else {
                    return Err(format!("{CHECK} is {}, not failed", outcome.word()));
                };
                let deployed = deployed.ok_or("it was never deployed")?;
                let seconds = record.at.duration_since(deployed).as_secs_f64();
                return Ok(Crash { seconds, reason: fault.to_string() });
            }
            Event::CheckFinished { check, outcome: Outcome::Failed { fault }, .. } => {
                return Err(format!("{check} failed first: {fault}"));
            }
            _ => {}
        }
    }
    Err(format!("{CHECK} was never tried"))
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{CheckId, EvidenceKind, EvidenceRef, Fault, Side, Version};

    use super::*;

    fn record(attempt: u32, millis: i64, event: Event) -> Record {
        let at = jiff::Timestamp::from_millisecond(millis).unwrap();
        Record::new(0, at, (None, attempt), event)
    }

    fn deployed(millis: i64) -> Record {
        let evidence = EvidenceRef {
            sha256: "0".repeat(64),
            kind: EvidenceKind::Spec,
            name: "stack".into(),
            bytes: 1,
        };
        let version = Version::new("1").unwrap();
        record(1, millis, Event::Deployed { side: Side::Head, version, evidence })
    }

    fn check(attempt: u32, millis: i64, name: &str, outcome: Outcome) -> Record {
        let (tier, check) = (Tier::Deploy, CheckId::slug(name));
        let (proves, evidence) = (cc_ci_model::Proves::Step, Vec::new());
        let event = Event::CheckFinished { tier, check, outcome, millis: 1, proves, evidence };
        record(attempt, millis, event)
    }

    fn failed() -> Outcome {
        Outcome::Failed { fault: Fault::CheckFailed { message: "no".into() } }
    }

    #[test]
    fn time_runs_from_the_deploy_to_the_red_check() {
        let opens = check(1, 2000, "gateway_opens", Outcome::Passed);
        let records = [deployed(1000), opens, check(1, 7250, CHECK, failed())];
        let Outcome::Failed { fault } = failed() else { unreachable!() };
        let expected = Crash { seconds: 6.25, reason: fault.to_string() };
        assert_eq!(crash(&records), Ok(expected));
    }

    #[rstest::rstest]
    #[case::nothing(vec![], "services_converge was never tried")]
    #[case::green(
        vec![deployed(1), check(1, 2, CHECK, Outcome::Passed)],
        "services_converge is passed, not failed"
    )]
    #[case::never_deployed(vec![check(1, 2, CHECK, failed())], "it was never deployed")]
    #[case::only_in_the_rerun(
        vec![deployed(1), check(2, 2, CHECK, failed())],
        "services_converge was never tried"
    )]
    fn red_for_another_reason_is_not_measured(#[case] records: Vec<Record>, #[case] message: &str) {
        assert_eq!(crash(&records).unwrap_err(), message);
    }

    #[test]
    fn another_red_check_is_told() {
        let records = [check(1, 1, "images_available", failed())];
        let message = crash(&records).unwrap_err();
        assert!(message.starts_with("images_available failed first: "), "{message}");
    }

    #[tokio::test]
    async fn the_run_ends_at_the_red_check() {
        let (sender, receiver) = unbounded_channel();
        let cancel = CancellationToken::new();
        sender.send(deployed(1)).unwrap();
        sender.send(check(1, 2, CHECK, failed())).unwrap();
        sender.send(record(0, 3, Event::RunFinished { millis: 1, cancelled: true })).unwrap();
        // The sender lives on, as the journal does: the end of the run is what counts.
        end_when_red(receiver, cancel.clone()).await;
        assert!(cancel.is_cancelled());
    }
}
