//! Operations that are broken off half-way, as a deploy is when its operator's line drops and a
//! restore when the machine dies: done again, both have to end where they were to end.

use std::time::Duration;

use cc_ci_backup::HookMoment;
use cc_ci_engine::UpdateState;
use cc_ci_model::Operation;
use tokio::time::{Instant, sleep, timeout_at};

use super::backup::hooks;
use super::deploy::stand_up;
use super::kill::kill_what_runs;
use super::moving::{arrive, depart};
use super::recovery::{empty, lose};
use super::restore::{Repository, patience, restore, snapshot};
use super::{checks, ready};
use crate::bench::{Bench, Stop};
use crate::life::{Backup, Life, Stage};
use crate::proof;

/// Swarm turns to an update within a fraction of a second; after this time it is broken off
/// wherever it is.
const BEGUN: Duration = Duration::from_secs(5);
/// Time for the first hook to do something before it is cut off.
const INTO_THE_HOOK: Duration = Duration::from_millis(150);

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let backup = snapshot(bench, life).await?;
    lose(bench, life).await?;
    life.stage = Stage::Base;
    bench.part("fresh.");
    stand_up(bench, life).await?;
    bench.part("");
    upgrade(bench, life).await?;
    let saved = proof::saved(life);
    bench.check("fresh_instance_is_empty", empty(life, &saved, &backup.key)).await?;
    bench.check("restore_broken_off", break_off_restore(bench, life, &backup)).await?;
    restore(bench, life, &backup, Repository::Unseen).await?;
    let after = (Operation::Interrupt, patience(life, &backup));
    proof::back(bench, life, &saved, backup.keys(None), after).await?;
    checks(bench, life).await
}

/// The upgrade, broken off while Swarm is at it, then sent once more.
async fn upgrade(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let key = life.nonce("iu");
    let stores = bench.check("canary_data_written", proof::write_all(bench, life, &key)).await?;
    bench.part("first.");
    depart(bench, life, Stage::Head).await?;
    bench.part("");
    let killed = bench
        .check("upgrade_broken_off", async {
            begun(bench, life).await?;
            kill_what_runs(bench, life).await
        })
        .await?;
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

/// Waits until Swarm is in the middle of the update, at most [`BEGUN`].
async fn begun(bench: &Bench<'_>, life: &Life<'_>) -> Result<(), Stop> {
    let selector = life.objects();
    let deadline = Instant::now() + BEGUN;
    while Instant::now() < deadline {
        let services = bench.world.engine.services(&selector).await?;
        if services.iter().any(|service| service.update == Some(UpdateState::Updating)) {
            break;
        }
        sleep(Duration::from_millis(20)).await;
    }
    Ok(())
}

/// The restore, cut off while files are written and while its first post-hook runs.
async fn break_off_restore(
    bench: &Bench<'_>,
    life: &Life<'_>,
    backup: &Backup,
) -> Result<(), Stop> {
    let engine = bench.world.engine.clone();
    hooks(bench, life, &backup.plan, HookMoment::BeforeRestore).await?;
    let place = (engine.as_ref(), life.toolbox()?);
    let broken = backup.restic.break_off_restore(place, &backup.plan, &backup.snapshot).await;
    broken.map_err(|error| Stop::Fault(error.fault()))?;
    let cut = Instant::now() + INTO_THE_HOOK;
    let post = hooks(bench, life, &backup.plan, HookMoment::AfterRestore);
    // Whatever the hook has done by now is what a restore that is broken off leaves.
    let _ = timeout_at(cut, post).await;
    kill_what_runs(bench, life).await.map(drop)
}
