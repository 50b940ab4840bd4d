//! Mutated data comes back from the snapshot, and what came later is gone.

use std::time::Duration;

use cc_ci_backup::HookMoment;
use cc_ci_model::{Facts, Fault, Observed, Operation};

use super::backup::{exit_code, hooks};
use super::refusals::refused;
use super::{checks, ready, stable};
use crate::bench::{Bench, Stop};
use crate::converge::{Watch, before, converge};
use crate::life::Life;
use crate::phases::Backup;
use crate::proof;

/// Hooks that load a dump often restart their server a moment after they ended, because they
/// run inside it. The stack counts as settled only when that long nothing was restarted.
const HOOK_AFTERMATH: Duration = Duration::from_secs(3);

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let backup = snapshot(bench, life).await?;
    let saved = proof::saved(life);
    let later = life.nonce("af");
    bench.waiting("mutation of data");
    let mutated = proof::mutate(bench, life, &saved, &backup.key, &later);
    bench.check("data_mutated", mutated).await?;
    // The backup tier has verified every blob, and it was the last to touch the repository.
    let complaints = restore(bench, life, &backup, Repository::Verified).await?;
    let after = (Operation::Restore, patience(life, &backup));
    proof::back(bench, life, &saved, backup.keys(Some(&later), &complaints), after).await?;
    proof::unproven(bench, life, &backup.plan, &saved).await?;
    let checked = match checks(bench, life).await {
        Err(Stop::Cancelled) => return Err(Stop::Cancelled),
        checked => checked,
    };
    // What the restore has left is what a broken backup must not harm.
    let refused = refused(bench, life, &backup, &saved).await;
    checked.and(refused)
}

/// The snapshot that the backup tier has left.
pub(super) async fn snapshot(bench: &Bench<'_>, life: &Life<'_>) -> Result<Backup, Stop> {
    if let Some(backup) = &life.backup {
        return Ok(backup.clone());
    }
    let message = "a snapshot is to be restored and there is none".to_owned();
    bench.check("snapshot_at_hand", async { Err(Fault::Bug { message }.into()) }).await
}

/// A restart that a hook left behind may come later than any quiet time under load.
pub(super) fn patience(life: &Life<'_>, backup: &Backup) -> Duration {
    if backup.has_post_hook() { life.plan.suite.timeouts.check } else { Duration::ZERO }
}

/// What is known about a repository before something is restored from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Repository {
    /// It was read back whole a moment ago.
    Verified,
    /// Somebody may have been at it since.
    Unseen,
}

/// Puts the snapshot back as the contract says (hooks, files, hooks) and waits until the app serves. The answer
/// are the errors that post-hooks printed although they succeeded.
pub(super) async fn restore(
    bench: &Bench<'_>,
    life: &Life<'_>,
    backup: &Backup,
    repository: Repository,
) -> Result<Vec<String>, Stop> {
    let engine = bench.world.site.engine.clone();
    let expected = before(engine.as_ref(), life.spec()).await?;
    let mut watch = Watch::open(&bench.world.site).await?;
    bench.waiting("restore");
    let pre = hooks(bench, life, &backup.plan, HookMoment::BeforeRestore);
    bench.check("pre_hooks_succeed", pre).await?;
    bench
        .check("snapshot_restored", async {
            let Backup { restic, plan, snapshot, .. } = &backup;
            let place = (engine.as_ref(), life.toolbox()?);
            let restored = match repository {
                Repository::Verified => restic.restore_verified(place, plan, snapshot).await,
                Repository::Unseen => restic.restore(place, plan, snapshot).await,
            };
            if let Some(code) = exit_code(&restored) {
                let facts = Facts::default().with("exit code of restic restore", 0, code);
                bench.observe("snapshot_restored", Observed::Facts(facts));
            }
            restored.map_err(|error| Stop::Fault(error.fault()))
        })
        .await?;
    let post = hooks(bench, life, &backup.plan, HookMoment::AfterRestore);
    let complaints = bench.check("post_hooks_succeed", post).await?;

    let quiet = stable(life);
    let quiet = if backup.has_post_hook() { quiet.max(HOOK_AFTERMATH) } else { quiet };
    let limits = (life.plan.suite.timeouts.deploy, quiet);
    let tasks = converge(bench, &mut watch, life.spec(), &expected, limits);
    bench.check("services_converge", tasks).await?;
    ready(bench, life).await?;
    Ok(complaints)
}
