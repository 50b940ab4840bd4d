//! The tiers, each in its own file.

mod backup;
mod coverage;
mod custom;
mod deploy;
mod dumps;
mod interrupt;
mod kill;
mod lint;
mod moving;
mod reboot;
mod recovery;
mod refusals;
mod restart;
mod restore;
mod rollback;
mod teardown;
mod upgrade;

pub(crate) use recovery::ended;
pub(crate) use teardown::{Ends, counted, leg, names};

use std::time::Duration;

use cc_ci_canary::build_probe;
use cc_ci_model::{Facts, Fault, Observed, Outcome, Proves, Tier, Vantage};
use futures_util::FutureExt as _;

use crate::bench::{Bench, Stop};
use crate::edge;
use crate::life::Life;
use crate::probing;
use crate::stretch::TimeLimit;

/// Walks through one tier, each on the heap: their futures are large. What failed is on the bench already; the error only ends the tier.
pub(crate) async fn walk(tier: Tier, bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    match tier {
        Tier::Lint => lint::run(bench, life),
        Tier::Deploy => Box::pin(deploy::run(bench, life)).await,
        Tier::Upgrade => Box::pin(upgrade::run(bench, life)).await,
        Tier::Custom => Box::pin(custom::run(bench, life)).await,
        Tier::Backup => Box::pin(backup::run(bench, life)).await,
        Tier::Restore => Box::pin(restore::run(bench, life)).await,
        Tier::Restart => Box::pin(restart::run(bench, life)).await,
        Tier::Reboot => Box::pin(reboot::run(bench, life)).await,
        Tier::Recovery => Box::pin(recovery::run(bench, life)).await,
        Tier::Rollback => Box::pin(rollback::run(bench, life)).await,
        Tier::Interrupt => Box::pin(interrupt::run(bench, life)).await,
        Tier::Teardown => {
            let message = "legs are torn down each by itself".to_owned();
            Err(Fault::Bug { message }.into())
        }
    }
}

/// Why a tier is left out although it was asked for and its ground holds.
///
/// A tier that the suite declares in `expected_na` is not applicable. Any other is not run, and holds the level down.
pub(crate) fn left_out(tier: Tier, life: &Life<'_>) -> Option<Outcome> {
    let gap = match tier {
        Tier::Upgrade if life.plan.base.is_none() => life.plan.head.base_reason.clone(),
        Tier::Custom if custom::checks(life).next().is_none() => {
            "the suite has no checks of its own for this recipe".to_owned()
        }
        Tier::Backup | Tier::Restore | Tier::Recovery | Tier::Interrupt
            if !backup::asked_for(life) =>
        {
            "no service carries backupbot.backup=true".to_owned()
        }
        Tier::Rollback if life.plan.base.is_none() => life.plan.head.base_reason.clone(),
        Tier::Interrupt if life.plan.base.is_none() => life.plan.head.base_reason.clone(),
        Tier::Lint
        | Tier::Deploy
        | Tier::Upgrade
        | Tier::Custom
        | Tier::Backup
        | Tier::Restore
        | Tier::Restart
        | Tier::Reboot
        | Tier::Rollback
        | Tier::Recovery
        | Tier::Interrupt
        | Tier::Teardown => return None,
    };
    Some(match life.plan.suite.expected_na.get(&tier) {
        Some(reason) => Outcome::NotApplicable { reason: reason.clone() },
        None => Outcome::NotRun { reason: gap },
    })
}

/// The ready probes of the side that runs now, each a check.
pub(super) async fn ready(bench: &Bench<'_>, life: &Life<'_>) -> Result<(), Stop> {
    // An app may boot for minutes behind a container that runs: it has the time of a deploy.
    let limit = life.plan.suite.timeouts.deploy;
    for ready in life.plan.suite.ready_for(life.spec()) {
        bench.waiting(format!("ready probe {}", ready.id));
        let probe = build_probe(&life.words(), &ready.probe);
        let proves = probe.as_ref().map_or(Proves::Step, |probe| probe.proves());
        let check = async {
            let explain = |fault| edge::explained(life, fault).boxed();
            let silent = (ready.probe.from == Vantage::Edge).then(|| Fault::NotServing {
                url: format!("https://{}/", life.plan.domain),
                detail: "the edge does not answer".to_owned(),
            });
            let edge = probing::Edge { explain: &explain, silent };
            let probe = probe?;
            let limit = TimeLimit::begin(bench, format!("ready probe {}", ready.id), limit);
            let held = probing::until_it_holds(probe.as_ref(), &life.access(), &limit, edge).await;
            let seen = probe.observed().or_else(|| no_answer(held.is_ok()));
            seen.into_iter().for_each(|seen| bench.observe(ready.id.as_str(), seen));
            Ok(held?)
        };
        bench.prove(ready.id.as_str(), proves, check).await?;
    }
    Ok(())
}

/// What a probe saw that did not hold and keeps nothing: it came to no answer.
fn no_answer(held: bool) -> Option<Observed> {
    (!held).then(|| Observed::Facts(Facts::default().with("answer", "some", "none")))
}

/// The suite's own checks for the bench's tier. Each is tried once, and one that fails does not
/// keep the others from being tried.
pub(super) async fn checks(bench: &Bench<'_>, life: &Life<'_>) -> Result<(), Stop> {
    let limit = life.plan.suite.timeouts.check;
    let mut first_failure = Ok(());
    for check in life.plan.suite.checks.iter().filter(|check| check.tier == bench.tier) {
        bench.waiting(format!("check {}", check.id));
        let words = life.words().with_nonce(&life.nonce("check"));
        let probe = build_probe(&words, &check.probe);
        let proves = probe.as_ref().map_or(Proves::Step, |probe| probe.proves());
        let work = async {
            let probe = probe?;
            let limit = TimeLimit::begin(bench, format!("check {}", check.id), limit);
            let result = probing::once_within(probe.as_ref(), &life.access(), &limit).await;
            let seen = probe.observed().or_else(|| no_answer(result.is_ok()));
            seen.into_iter().for_each(|seen| bench.observe(check.id.as_str(), seen));
            match result {
                Ok(()) => Ok(()),
                Err(unheld) => Err(Stop::Fault(edge::explained(life, unheld.fault()).await.0)),
            }
        };
        match bench.prove(check.id.as_str(), proves, work).await {
            Err(Stop::Cancelled) => return Err(Stop::Cancelled),
            result => first_failure = first_failure.and(result),
        }
    }
    first_failure
}

/// How long all tasks have to run without a restart.
pub(super) fn stable(life: &Life<'_>) -> Duration {
    life.plan.suite.timeouts.stable
}
