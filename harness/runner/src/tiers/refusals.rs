//! Broken backups are refused before they touch anything: what runs is worth more than what cannot
//! be restored.

use std::sync::Arc;

use cc_ci_backup::{Flaw, flawed, refusal};
use cc_ci_model::Fault;

use crate::bench::{Bench, Stop};
use crate::canary::{Found, Store};
use crate::life::{Backup, Life};

/// One check per flaw: the restore refuses, and the data is as it was.
pub(super) async fn refused(
    bench: &Bench<'_>,
    life: &Life<'_>,
    backup: &Backup,
    stores: &[Arc<dyn Store>],
) -> Result<(), Stop> {
    let mut first_failure = Ok(());
    for flaw in Flaw::ALL {
        bench.waiting(format!("the refusal of a backup: {}", flaw.name()));
        let id = format!("{}_is_refused", flaw.name());
        match bench.check(&id, refuses(bench, life, backup, stores, flaw)).await {
            Err(Stop::Cancelled) => return Err(Stop::Cancelled),
            result => first_failure = first_failure.and(result),
        }
    }
    first_failure
}

async fn refuses(
    bench: &Bench<'_>,
    life: &Life<'_>,
    backup: &Backup,
    stores: &[Arc<dyn Store>],
    flaw: Flaw,
) -> Result<(), Stop> {
    let place = (bench.world.engine.as_ref(), life.toolbox()?);
    let bad = flawed(&backup.restic, place, flaw).await;
    let bad = bad.map_err(|error| Stop::Fault(error.fault()))?;
    let said = refusal(&bad, place, &backup.plan, &backup.snapshot).await?;
    let not_refused = |detail: String| {
        let what = format!("a restore from a backup with a flaw ({})", flaw.name());
        Stop::Fault(Fault::NotRefused { what, detail })
    };
    let Some(said) = said else { return Err(not_refused("it ended with exit code 0".to_owned())) };
    for store in stores {
        let found = store.find(life, &backup.key).await?;
        if found != Found::Intact {
            let name = store.name();
            return Err(not_refused(format!("{name} is not as it was any more, after {said:?}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cc_ci_backup::{BackupPlan, Restic};
    use cc_ci_engine::ExecOutput;
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_model::Tier;
    use cc_ci_suite::Suite;

    use super::*;
    use crate::testing::{Scene, services};

    fn says(fake: &FakeEngine, part: &str, exit_code: i64) {
        let stdout = b"/repository/copy".to_vec();
        fake.on_exec(part, ExecOutput { exit_code, stdout, ..ExecOutput::default() });
    }

    #[rstest::rstest]
    #[case::refused(12, true)]
    #[case::accepted(0, false)]
    #[tokio::test(start_paused = true)]
    async fn a_backup_that_is_accepted_in_spite_of_its_flaw_is_red(
        #[case] restic_ends_with: i64,
        #[case] held: bool,
    ) {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        says(&scene.fake, "init", 0);
        says(&scene.fake, "cp -al", 0);
        says(&scene.fake, "check --read-data", restic_ends_with);
        says(&scene.fake, "restore", 0);
        let life = scene.life().await;
        let engine = scene.world.engine.as_ref();
        let (password, limit) = ("p".to_owned(), Duration::from_secs(9));
        let restic = Restic::init(engine, life.toolbox().unwrap(), password, limit).await.unwrap();
        let plan = BackupPlan { volumes: vec![], excluded: vec![], hooks: vec![] };
        let (snapshot, key) = ("s".to_owned(), "bk".to_owned());
        let (removed, dumps) = Default::default();
        let backup = Backup { restic, plan, snapshot, key, removed, dumps };
        let bench = scene.bench(Tier::Recovery);
        let result = refuses(&bench, &life, &backup, &[], Flaw::WrongPassword).await;
        assert_eq!(result.is_ok(), held, "{result:?}");
    }
}
