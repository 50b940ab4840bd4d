//! Operations that are broken off half-way, as a deploy is when its operator's line drops and a
//! restore when the machine dies: done again, both have to end where they were to end.

use std::time::Duration;

use cc_ci_backup::HookMoment;
use cc_ci_engine::UpdateState;
use cc_ci_model::{Facts, Observed, Operation, Outcome};
use tokio::time::{Instant, sleep, timeout_at};

use super::backup::hooks;
use super::kill::{Killed, kill_what_runs};
use super::moving::{arrive, depart};
use super::recovery::{anew, empty};
use super::restore::{Repository, patience, restore};
use super::{checks, ready};
use crate::bench::{Bench, Stop, millis_since};
use crate::life::{Life, Stage};
use crate::phases::Backup;
use crate::proof;

/// Swarm turns to an update within a fraction of a second; after this time it is broken off
/// wherever it is.
const BEGUN: Duration = Duration::from_secs(5);
/// Time for the first hook to do something before it is cut off.
const INTO_THE_HOOK: Duration = Duration::from_millis(150);

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let backup = anew(bench, life).await?;
    upgrade(bench, life).await?;
    let saved = proof::saved(life);
    bench.check("fresh_instance_is_empty", empty(bench, life, &saved, &backup.key)).await?;
    let started = Instant::now();
    let broken = break_off_restore(bench, life, &backup).await;
    tell(bench, "restore_broken_off", started, broken).await?;
    let complaints = restore(bench, life, &backup, Repository::Unseen).await?;
    let after = (Operation::Interrupt, patience(life, &backup));
    proof::back(bench, life, &saved, backup.keys(None, &complaints), after).await?;
    checks(bench, life).await
}

/// The upgrade, broken off while Swarm is at it, then sent once more.
async fn upgrade(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let key = life.nonce("iu");
    let stores = bench.check("canary_data_written", proof::write_all(bench, life, &key)).await?;
    bench.part("first.");
    let first = depart(bench, life, Stage::Head).await?;
    bench.part("");
    let started = Instant::now();
    let mut killed = Killed::default();
    let broken = if first.replaces_nothing() {
        Ok(BrokenOff::Nothing("the new version replaces no task".to_owned()))
    } else {
        break_off_upgrade(bench, life, &mut killed).await
    };
    tell(bench, "upgrade_broken_off", started, broken).await?;
    bench.part("again.");
    let mut again = depart(bench, life, Stage::Head).await?;
    // What was replaced in between was so by the first try: nothing need be replaced any more.
    again.expect_nothing_replaced(killed.tasks);
    let tasks = arrive(bench, life, &mut again);
    bench.check("services_converge", tasks).await?;
    ready(bench, life).await?;
    bench.part("");
    proof::intact(bench, life, &stores, &key, (Operation::Interrupt, &|_| Ok(()))).await
}

/// What became of a try to break something off.
#[derive(Debug, PartialEq, Eq)]
enum BrokenOff {
    Yes,
    /// It was over before, or had not begun: what comes after it proves nothing of an interruption.
    No(String),
    /// There was nothing that could be broken off.
    Nothing(String),
}

/// Writes the try down. Only what was broken off is a pass; what comes after it is done in any case.
async fn tell(
    bench: &Bench<'_>,
    id: &str,
    started: Instant,
    broken: Result<BrokenOff, Stop>,
) -> Result<(), Stop> {
    let outcome = match broken {
        Ok(BrokenOff::Yes) => {
            let facts = Facts::default().with("broken off in the middle", "yes", "yes");
            bench.observe(id, Observed::Facts(facts));
            Outcome::Passed
        }
        Ok(BrokenOff::No(reason)) => Outcome::NotRun { reason },
        Ok(BrokenOff::Nothing(reason)) => Outcome::NotApplicable { reason },
        Err(stop) => return bench.check(id, async { Err(stop) }).await,
    };
    bench.note(id, outcome, millis_since(started), Vec::new());
    Ok(())
}

/// Kills every task while Swarm replaces some.
async fn break_off_upgrade(
    bench: &Bench<'_>,
    life: &Life<'_>,
    killed: &mut Killed,
) -> Result<BrokenOff, Stop> {
    let last = begun(bench, life).await?;
    *killed = kill_what_runs(bench, life).await?;
    if last.contains(&UpdateState::Updating) {
        return Ok(BrokenOff::Yes);
    }
    let seconds = BEGUN.as_secs();
    Ok(BrokenOff::No(if last.is_empty() {
        format!("Swarm did not begin the update within {seconds} s, so nothing was broken off")
    } else {
        "the update had ended before it could be broken off".to_owned()
    }))
}

/// Waits until Swarm is in the middle of the update, at most [`BEGUN`]; the states of the updates at the
/// last look.
async fn begun(bench: &Bench<'_>, life: &Life<'_>) -> Result<Vec<UpdateState>, Stop> {
    let selector = life.objects();
    let deadline = Instant::now() + BEGUN;
    loop {
        let services = bench.world.site.engine.services(&selector).await?;
        let states: Vec<_> = services.iter().filter_map(|service| service.update).collect();
        if states.contains(&UpdateState::Updating) || Instant::now() >= deadline {
            return Ok(states);
        }
        if bench.world.cancel.is_cancelled() {
            return Err(Stop::Cancelled);
        }
        sleep(Duration::from_millis(20)).await;
    }
}

/// The restore, cut off while files are written and while its first post-hook runs.
async fn break_off_restore(
    bench: &Bench<'_>,
    life: &Life<'_>,
    backup: &Backup,
) -> Result<BrokenOff, Stop> {
    let engine = bench.world.site.engine.clone();
    hooks(bench, life, &backup.plan, HookMoment::BeforeRestore).await?;
    let place = (engine.as_ref(), life.toolbox()?);
    let Backup { restic, plan, snapshot, key, .. } = backup;
    let killed = restic.break_off_restore(place, plan, snapshot, key).await;
    let killed = killed.map_err(|error| Stop::Fault(error.fault()))?;
    let cut = Instant::now() + INTO_THE_HOOK;
    let post = hooks(bench, life, &backup.plan, HookMoment::AfterRestore);
    // Whatever the hook has done by now is what a restore that is broken off leaves.
    let in_a_hook = match timeout_at(cut, post).await {
        Err(_) => true,
        Ok(Err(Stop::Cancelled)) => return Err(Stop::Cancelled),
        Ok(Ok(_) | Err(Stop::Fault(_))) => false,
    };
    kill_what_runs(bench, life).await?;
    Ok(if killed || in_a_hook {
        BrokenOff::Yes
    } else {
        BrokenOff::No("restic and its hooks had ended before they could be broken off".to_owned())
    })
}

#[cfg(test)]
#[path = "interrupt_tests.rs"]
mod tests;
