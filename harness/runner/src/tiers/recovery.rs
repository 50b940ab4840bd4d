//! The real disaster: only the backups are left. A fresh stack under another name, which sees nothing of the
//! first one, has to come back from a copy of them.

use std::collections::BTreeSet;

use cc_ci_backup::copy_repository;
use cc_ci_canary::{Found, Store, unreadable};
use cc_ci_engine::{Engine, EngineError};
use cc_ci_model::{Facts, Fault, Observed, Operation, Unread};

use super::checks;
use super::deploy::{adapted, stand_up};
use super::restore::{Repository, patience, restore, snapshot};
use crate::bench::{Bench, Stop};
use crate::life::Life;
use crate::phases::Backup;
use crate::proof::{self, Stores};

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let backup = anew(bench, life).await?;
    let saved = proof::saved(life);
    // Data that is there before it was restored would be found whatever the backup holds.
    bench.check("fresh_instance_is_empty", empty(bench, life, &saved, &backup.key)).await?;
    let complaints = restore(bench, life, &backup, Repository::Unseen).await?;
    let after = (Operation::Recovery, patience(life, &backup));
    proof::back(bench, life, &saved, backup.keys(None, &complaints), after).await?;
    checks(bench, life).await
}

/// Deploys the leg's stack, in which nothing is yet, and brings a copy of the backups there.
pub(super) async fn anew(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<Backup, Stop> {
    let backup = snapshot(bench, life).await?;
    // The main leg has reported the differences from the recipe already.
    life.sides = Some(adapted(life)?.0);
    bench.part("fresh.");
    stand_up(bench, life).await?;
    bench.part("");
    if backup.restic.is_local() {
        let copied =
            async { Ok(copy_repository(bench.world.site.engine.as_ref(), life.toolbox()?).await?) };
        bench.check("backups_copied", copied).await?;
    }
    Ok(backup)
}

/// Services of which a task has ended with 0: whoever is deployed anew has to wait for them again.
pub(crate) async fn ended(life: &Life<'_>) -> Result<BTreeSet<String>, EngineError> {
    let engine: &dyn Engine = life.world.site.engine.as_ref();
    let selector = life.objects();
    let (services, tasks) = tokio::try_join!(engine.services(&selector), engine.tasks(&selector))?;
    let prefix = format!("{}_", life.stack());
    let done = tasks.iter().filter(|task| task.state == "complete");
    let service = done.filter_map(|task| services.iter().find(|s| s.id == task.service));
    Ok(service.filter_map(|s| s.name.strip_prefix(&prefix).map(str::to_owned)).collect())
}

pub(super) async fn empty(
    bench: &Bench<'_>,
    life: &Life<'_>,
    saved: &Stores,
    key: &str,
) -> Result<(), Stop> {
    let mut facts = Facts::default();
    for store in saved {
        let name = store.name();
        let found = store.find(&life.standing(), key).await?;
        facts.require(&format!("data in {name}"), ["gone", "refused"]);
        facts.find(&format!("data in {name}"), word(store.as_ref(), &found));
        bench.observe("fresh_instance_is_empty", Observed::Facts(facts.clone()));
        let how = match found {
            Found::Gone => continue,
            Found::Unreadable(Unread::Refused, _) if store.has_accounts() => continue,
            Found::Intact => String::new(),
            Found::Changed(how) => format!(": {how}"),
            Found::Unreadable(why, words) => {
                return Err(unreadable(store.as_ref(), why, words, Operation::Nothing).into());
            }
        };
        let message = format!("{name} holds {key} before anything was restored{how}");
        return Err(Fault::Bug { message }.into());
    }
    Ok(())
}

/// How data was found, in a word.
fn word(store: &dyn Store, found: &Found) -> &'static str {
    match found {
        Found::Gone => "gone",
        // A fresh server knows no account of the lost one.
        Found::Unreadable(Unread::Refused, _) if store.has_accounts() => "refused",
        Found::Unreadable(..) => "unreadable",
        Found::Intact => "intact",
        Found::Changed(_) => "changed",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use async_trait::async_trait;
    use cc_ci_suite::Suite;

    use super::*;
    use crate::testing::{Scene, services};
    use cc_ci_canary::{Saved, Standing, Store};

    /// A store that always finds the same.
    struct Finds(Found, bool);

    #[async_trait]
    impl Store for Finds {
        fn name(&self) -> String {
            "test:store".to_owned()
        }
        fn volume(&self) -> Option<&str> {
            None
        }
        fn is_read_in_place(&self) -> bool {
            false
        }
        fn saved(&self, _: &Standing<'_>) -> Saved {
            Saved::Yes
        }
        async fn write(&self, _: &Standing<'_>, _: &str) -> Result<(), Fault> {
            Ok(())
        }
        async fn find(&self, _: &Standing<'_>, _: &str) -> Result<Found, Fault> {
            Ok(self.0.clone())
        }
        async fn damage(&self, _: &Standing<'_>, _: &str) -> Result<bool, Fault> {
            Ok(true)
        }
        fn forgets(&self) -> bool {
            true
        }
        fn has_accounts(&self) -> bool {
            self.1
        }
        async fn clear(&self, _: &Standing<'_>, _: &str) -> Result<(), Fault> {
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn data_in_a_fresh_instance_is_no_proof_of_a_backup() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let life = Life::new(&scene.world, &scene.plan, 1);
        let bench = scene.bench(cc_ci_model::Tier::Recovery);
        let stores = |found: Found| -> Stores { vec![Arc::new(Finds(found, false))] };
        assert_eq!(empty(&bench, &life, &stores(Found::Gone), "bk-1").await, Ok(()));
        for found in [Found::Intact, Found::Changed("other".to_owned())] {
            let stop = empty(&bench, &life, &stores(found), "bk-1").await.unwrap_err();
            let Stop::Fault(fault) = stop else { panic!("{stop:?}") };
            assert!(fault.to_string().contains("test:store holds bk-1"), "{fault}");
        }
    }

    /// The account is in the backup; a server that knows no account of the name refuses the login.
    #[tokio::test(start_paused = true)]
    async fn a_login_that_a_fresh_app_refuses_is_no_data() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let life = Life::new(&scene.world, &scene.plan, 1);
        let bench = scene.bench(cc_ci_model::Tier::Recovery);
        let look = async |why, has_accounts| {
            let found = Found::Unreadable(why, "it answered 403".to_owned());
            let stores: Stores = vec![Arc::new(Finds(found, has_accounts))];
            empty(&bench, &life, &stores, "bk-1").await
        };
        assert_eq!(look(Unread::Refused, true).await, Ok(()));
        for (why, has_accounts) in [(Unread::Refused, false), (Unread::Closed, true)] {
            let stop = look(why, has_accounts).await.unwrap_err();
            let Stop::Fault(Fault::DataUnreadable { .. }) = stop else { panic!("{stop:?}") };
        }
    }
}
