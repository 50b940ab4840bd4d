//! Broken backups are refused before they change anything: a backup that cannot be restored must not harm the data
//! of the running app.

use std::sync::Arc;

use cc_ci_backup::{Flaw, flawed, refusal};
use cc_ci_canary::{Found, Store, unreadable};
use cc_ci_model::{Facts, Fault, Observed, Operation, Outcome};

use crate::bench::{Bench, Stop};
use crate::life::Life;
use crate::phases::Backup;

/// One check per flaw: the restore refuses, and the data is as it was. Data that an earlier tier has lost does not
/// count against these checks.
pub(super) async fn refused(
    bench: &Bench<'_>,
    life: &Life<'_>,
    backup: &Backup,
    stores: &[Arc<dyn Store>],
) -> Result<(), Stop> {
    let mut before = Vec::new();
    for store in stores {
        before.push((store, store.find(&life.standing(), &backup.key).await?));
    }
    let mut first_failure = Ok(());
    if !backup.restic.is_local() {
        let reason = "the repository is elsewhere, where nothing is broken on purpose".to_owned();
        for flaw in Flaw::ALL {
            let outcome = Outcome::NotApplicable { reason: reason.clone() };
            bench.note(&format!("{}_is_refused", flaw.name()), outcome, 0, Vec::new());
        }
        return Ok(());
    }
    for flaw in Flaw::ALL {
        bench.waiting(format!("the refusal of a backup: {}", flaw.name()));
        let id = format!("{}_is_refused", flaw.name());
        match bench.check(&id, refuses(bench, life, backup, &before, flaw)).await {
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
    before: &[(&Arc<dyn Store>, Found)],
    flaw: Flaw,
) -> Result<(), Stop> {
    let place = (bench.world.site.engine.as_ref(), life.toolbox()?);
    let bad = flawed(&backup.restic, place, flaw).await;
    let bad = bad.map_err(|error| Stop::Fault(error.fault()))?;
    let said = refusal(&bad, place, &backup.plan, &backup.snapshot).await?;
    let refused = if said.is_some() { "refused" } else { "accepted" };
    let mut facts = Facts::default().with("the restore was", "refused", refused);
    let id = format!("{}_is_refused", flaw.name());
    bench.observe(&id, Observed::Facts(facts.clone()));
    let not_refused = |detail: String| {
        let what = format!("a restore from a backup with a flaw ({})", flaw.name());
        Stop::Fault(Fault::NotRefused { what, detail })
    };
    let Some(said) = said else { return Err(not_refused("it ended with exit code 0".to_owned())) };
    for (store, was) in before {
        let found = store.find(&life.standing(), &backup.key).await?;
        let now = if found == *was { "as before" } else { "different" };
        facts = facts.with(&format!("data in {}", store.name()), "as before", now);
        bench.observe(&id, Observed::Facts(facts.clone()));
        if found != *was {
            let name = store.name();
            if let Found::Unreadable(why, words) = found {
                return Err(unreadable(store.as_ref(), why, words, Operation::Nothing).into());
            }
            return Err(not_refused(format!("{name} is not as it was any more, after {said:?}")));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cc_ci_backup::{BackupPlace, BackupPlan, Restic};
    use cc_ci_engine::ExecOutput;
    use cc_ci_model::Tier;
    use cc_ci_suite::Suite;

    use super::*;
    use crate::testing::{Rows, Scene, services};

    /// What the app has before, what restic ends with, what it does to the app's data all the same, and
    /// what is said to that.
    #[rstest::rstest]
    #[case::refused(&["bk"], 12, None, None)]
    #[case::accepted(&["bk"], 0, None, Some("it ended with exit code 0"))]
    #[case::refused_too_late(&["bk"], 12, Some("bk"), Some("rows is not as it was any more"))]
    #[case::lost_by_an_earlier_tier(&[], 12, None, None)]
    #[tokio::test(start_paused = true)]
    async fn a_backup_with_a_flaw_is_refused_and_touches_nothing(
        #[case] before: &[&str],
        #[case] exit_code: i64,
        #[case] loses: Option<&'static str>,
        #[case] said: Option<&str>,
    ) {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let (life, bench) = (scene.life().await, scene.bench(Tier::Recovery));
        let rows = Arc::new(Rows::with(before));
        let store = rows.clone();
        scene.fake.on_exec("cc-ci-toolbox", ExecOutput::default());
        scene.fake.on_exec_with(move |call| {
            call.line().contains("restic check --read-data").then(|| {
                loses.map(|key| store.2.lock().unwrap().remove(key));
                Ok(ExecOutput { exit_code, ..ExecOutput::default() })
            })
        });
        let place = (scene.world.site.engine.as_ref(), life.toolbox().unwrap());
        let (password, limit) = ("p".into(), Duration::from_secs(9));
        let restic =
            Restic::init(place.0, place.1, (&BackupPlace::default(), "u"), password, limit)
                .await
                .unwrap();
        let plan = BackupPlan { volumes: vec![], excluded: vec![], hooks: vec![] };
        let (snapshot, key) = ("s".to_owned(), "bk".to_owned());
        let (dumps, removed, hooked) = (vec![], Default::default(), Default::default());
        let backup = Backup { restic, plan, snapshot, dumps, key, removed, hooked };

        let stores: [Arc<dyn Store>; 1] = [rows];
        let result = refused(&bench, &life, &backup, &stores).await;
        let checks = scene.checks();
        assert_eq!(checks.len(), Flaw::ALL.len());
        let word = if said.is_some() { "failed" } else { "passed" };
        assert_eq!(checks[0].1, word, "{checks:?}");
        match (result, said) {
            (Ok(()), None) => {}
            (Err(Stop::Fault(fault)), Some(said)) => {
                assert!(fault.to_string().contains(said), "{fault}");
            }
            (result, _) => panic!("{result:?}"),
        }
    }
}
