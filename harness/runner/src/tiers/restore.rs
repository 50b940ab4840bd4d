//! Mutated data comes back from the snapshot, and what came later is gone.

use std::sync::Arc;
use std::time::Duration;

use cc_ci_backup::{BackupPlan, HookMoment};
use cc_ci_model::{Event, Fault, Operation, Outcome};
use tokio::time::{Instant, sleep};

use super::backup::hooks;
use super::{checks, defect, ready, stable};
use crate::bench::{Bench, Stop};
use crate::canary::{self, Found, Saved, Store};
use crate::converge::{Watch, before, converge};
use crate::life::{Backup, Life};

/// Hooks that load a dump often restart their server a moment after they ended, because they
/// run inside it. The stack counts as settled only when that long nothing was restarted.
const HOOK_AFTERMATH: Duration = Duration::from_secs(3);

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let Some(backup) = life.backup.take() else {
        let message = "the restore tier runs without a snapshot".to_owned();
        bench
            .check("snapshot_at_hand", async { Err::<(), _>(Fault::Bug { message }.into()) })
            .await?;
        return Ok(());
    };
    let saved: Vec<_> =
        life.stores.iter().filter(|store| store.saved(life) == Saved::Yes).cloned().collect();
    let after = life.nonce("af");
    bench.waiting("mutation of data");
    bench.check("data_mutated", mutate(bench, life, &saved, &backup.key, &after)).await?;

    let engine = bench.world.engine.clone();
    let expected = before(engine.as_ref(), life.spec()).await?;
    let mut watch = Watch::open(engine.as_ref()).await?;
    bench.waiting("restore");
    let pre = hooks(bench, life, &backup.plan, HookMoment::BeforeRestore);
    bench.check("pre_hooks_succeed", pre).await?;
    bench
        .check("snapshot_restored", async {
            let Backup { restic, plan, snapshot, .. } = &backup;
            let restored = restic.restore((engine.as_ref(), life.toolbox()?), plan, snapshot).await;
            restored.map_err(|error| Stop::Fault(error.fault()))
        })
        .await?;
    let post = hooks(bench, life, &backup.plan, HookMoment::AfterRestore);
    bench.check("post_hooks_succeed", post).await?;

    let hooked = backup.plan.hooks(HookMoment::AfterRestore).next().is_some();
    let quiet = if hooked { stable(life).max(HOOK_AFTERMATH) } else { stable(life) };
    let limits = (life.plan.suite.timeouts.deploy, quiet);
    let tasks = converge(bench, &mut watch, life.spec(), &expected, limits);
    bench.check("services_converge", tasks).await?;
    ready(bench, life).await?;
    // A restart that a hook left behind may come later than any quiet time under load.
    let patience = if hooked { life.plan.suite.timeouts.check } else { Duration::ZERO };
    proven(bench, life, &saved, (&backup.key, &after), patience).await?;
    unproven(bench, life, &backup.plan, &saved).await?;
    checks(bench, life).await
}

/// Damages what the snapshot holds and writes what it does not hold. A restore of data that was
/// never touched proves nothing, so this is a check of its own.
async fn mutate(
    bench: &Bench<'_>,
    life: &Life<'_>,
    saved: &[Arc<dyn Store>],
    key: &str,
    after: &str,
) -> Result<(), Stop> {
    if saved.is_empty() {
        let message = "no store was found whose data the backup is meant to hold".to_owned();
        return Err(Fault::BrokenCheck { message }.into());
    }
    for store in saved {
        if store.damage(life, key).await? && store.find(life, key).await? == Found::Intact {
            let message = format!("canary data in {} cannot be damaged", store.name());
            return Err(Fault::Bug { message }.into());
        }
        store.write(life, after).await?;
        bench.say(Event::CanaryWritten {
            tier: bench.tier,
            store: store.name(),
            key: after.to_owned(),
            negative: true,
        });
    }
    Ok(())
}

/// Looks until what is found is what is wanted, or `patience` is over.
async fn find(
    life: &Life<'_>,
    store: &dyn Store,
    key: &str,
    wanted: &Found,
    patience: Duration,
) -> Result<Found, Stop> {
    let deadline = Instant::now() + patience;
    loop {
        let found = store.find(life, key).await?;
        if found == *wanted || Instant::now() >= deadline {
            return Ok(found);
        }
        sleep(Duration::from_millis(250)).await;
    }
}

/// A saved volume in which no store could be written to is not proven, and that must show.
async fn unproven(
    bench: &Bench<'_>,
    life: &Life<'_>,
    plan: &BackupPlan,
    saved: &[Arc<dyn Store>],
) -> Result<(), Stop> {
    let not_run = |name: &str, reason: String| {
        bench.note(&format!("data_back.{name}"), Outcome::NotRun { reason }, 0, Vec::new());
    };
    // An app that made its database only after the backup began has not had it proven.
    let known: Vec<_> = life.stores.iter().map(|store| store.name()).collect();
    for store in canary::discover(life).await? {
        if !known.contains(&store.name()) && store.saved(life) == Saved::Yes {
            not_run(&store.name(), "it appeared after canary data was written".to_owned());
        }
    }
    // Data in the app's own words may lie in any volume.
    let anywhere = saved.iter().any(|store| store.volume().is_none());
    for volume in &plan.volumes {
        let proven = saved.iter().any(|store| store.volume() == Some(volume.key.as_str()));
        if !proven && !anywhere {
            let (key, paths) = (&volume.key, volume.paths.join(", "));
            let reason =
                format!("of volume {key} only {paths} is saved, and no store in it is known");
            not_run(key, reason);
        }
    }
    Ok(())
}

/// What was saved is back; what came after the backup is gone.
async fn proven(
    bench: &Bench<'_>,
    life: &Life<'_>,
    saved: &[Arc<dyn Store>],
    (key, after): (&str, &str),
    patience: Duration,
) -> Result<(), Stop> {
    let mut first_failure = Ok(());
    for store in saved {
        let name = store.name();
        bench.waiting(format!("canary data in {name}"));
        let back = async {
            let found = find(life, store.as_ref(), key, &Found::Intact, patience).await?;
            let lost = defect(store.as_ref(), key, found);
            lost.map_or(Ok(()), |(store, detail)| {
                let after = Operation::Restore;
                Err(Stop::Fault(Fault::DataLost { store, detail, after }))
            })
        };
        let gone = async {
            let found = find(life, store.as_ref(), after, &Found::Gone, patience).await?;
            let detail = match found {
                Found::Gone => return Ok(()),
                Found::Intact => format!("{after} was written after the backup and is still there"),
                Found::Changed(how) => how,
            };
            Err(Stop::Fault(Fault::DataKept { store: name.clone(), detail }))
        };
        for result in [
            bench.check(&format!("data_back.{name}"), back).await,
            bench.check(&format!("later_data_gone.{name}"), gone).await,
        ] {
            match result {
                Err(Stop::Cancelled) => return Err(Stop::Cancelled),
                result => first_failure = first_failure.and(result),
            }
        }
    }
    first_failure
}
