//! The way back: the previous version on data that the new one has written.
//!
//! It either works with the data intact, or it refuses clearly: its tasks end with an error of their
//! own, and the new version finds its data as it was. Anything between the two loses data.

use std::collections::BTreeSet;

use cc_ci_model::{Facts, Fault, Observed, Operation, Outcome, Owner};

use super::moving::{arrive, depart};
use super::{checks, ready};
use crate::bench::{Bench, Stop};
use crate::life::{Life, Stage};
use crate::{capture, proof};

/// Whatever becomes of the way back, later tiers stand on the new version: its labels say what is saved and
/// where its data lies.
pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let result = there_and_back(bench, life).await;
    let unclear = match &result {
        Ok(()) | Err(Stop::Cancelled | Stop::Fault(Fault::EngineDown { .. })) => false,
        Err(Stop::Fault(_)) => life.stage == Stage::Base,
    };
    if unclear {
        bench.waiting("the new version again; the way back ended unclearly");
        // Its checks are written down; the first failure is the one that counts.
        let _ = forward(bench, life, true).await;
    }
    bench.part("");
    life.stage = Stage::Head;
    result
}

async fn there_and_back(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let key = life.nonce("rb");
    bench.waiting("canary data");
    let stores = bench.check("canary_data_written", proof::write_all(bench, life, &key)).await?;
    bench.part("back.");
    let mut back = depart(bench, life, Stage::Base).await?;
    let refusal = match arrive(bench, life, &mut back).await {
        Ok(_) => None,
        Err(Stop::Fault(fault)) if is_clear(&fault) => Some(fault),
        Err(unclear) => {
            bench.part("");
            bench.observe("old_version_works_or_refuses", went_back("ends unclearly"));
            return bench.check("old_version_works_or_refuses", async { Err(unclear) }).await;
        }
    };
    let Some(fault) = refusal else {
        ready(bench, life).await?;
        bench.part("");
        proof::intact(bench, life, &stores, &key, (Operation::Rollback, &|_| Ok(()))).await?;
        bench.observe("old_version_works_or_refuses", went_back("works"));
        bench.note("old_version_works_or_refuses", Outcome::Passed, 0, Vec::new());
        forward(bench, life, false).await?;
        return checks(bench, life).await;
    };
    bench.part("");
    let evidence = capture::unit(bench).await;
    bench.observe("old_version_works_or_refuses", went_back("refuses"));
    bench.note("old_version_works_or_refuses", Outcome::Passed, 0, evidence);
    bench.waiting(format!("the new version again; the old one refused: {fault}"));
    forward(bench, life, true).await?;
    proof::intact(bench, life, &stores, &key, (Operation::Rollback, &|_| Ok(()))).await?;
    checks(bench, life).await
}

/// What the old version does on the new data.
fn went_back(how: &str) -> Observed {
    let mut facts = Facts::default();
    facts.require("the old version", ["works", "refuses"]);
    facts.find("the old version", how);
    Observed::Facts(facts)
}

/// The new version again: what comes after this tier stands on it. Where the old one refused, Swarm may
/// have taken the way back by itself, and then there is nothing left to replace.
async fn forward(bench: &Bench<'_>, life: &mut Life<'_>, refused: bool) -> Result<(), Stop> {
    bench.part("forward.");
    let mut forward = depart(bench, life, Stage::Head).await?;
    if refused {
        forward.expect_nothing_replaced(BTreeSet::new());
    }
    let tasks = arrive(bench, life, &mut forward);
    bench.check("services_converge", tasks).await?;
    ready(bench, life).await?;
    bench.part("");
    Ok(())
}

/// An end with a cause of the recipe's own. Time that ran out is no answer.
fn is_clear(fault: &Fault) -> bool {
    fault.origin().0 == Owner::Recipe
}

#[cfg(test)]
#[path = "rollback_tests.rs"]
mod tests;
