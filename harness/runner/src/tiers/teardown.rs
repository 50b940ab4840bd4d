//! Nothing of a leg is left on the engine.

use std::time::Duration;

use cc_ci_backup::Removed;
use cc_ci_engine::{EngineError, Object, ObjectKind, stack};
use cc_ci_model::{Facts, Fault, Leg, Observed, Outcome};
use tokio::time::{Instant, timeout};

use crate::Site;
use crate::bench::{Bench, millis_since};
use crate::life::Life;

/// Time for the engine to let go. It takes a fraction of a second on an idle node.
const LIMIT: Duration = Duration::from_secs(60);

/// Which of the unit's legs end after this one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ends {
    /// Another leg lives on, with the backups of the unit.
    First,
    /// None does: what the legs have in common goes too.
    Last,
}

/// Takes down one leg, while no other leg of the unit is taken down. The names of its checks begin with the leg's, but
/// for the main leg.
pub(crate) async fn leg(bench: &Bench<'_>, life: &mut Life<'_>, ends: Ends) {
    match life.leg {
        Leg::Main => bench.part(""),
        Leg::Recovery => bench.part("recovery."),
        Leg::Interrupt => bench.part("interrupt."),
    }
    if ends == Ends::Last {
        repository_removed(bench, life).await;
    }
    let started = Instant::now();
    bench.waiting("the engine to let go of the stack");
    // Not through `Bench::check`: a cancelled run is torn down all the same.
    let result = remove_all(bench, life, ends).await;
    let closed = life.close_doors().await;
    let millis = millis_since(started);
    let outcome = match &result {
        Ok(left) if left.is_empty() => {
            closed.map_or_else(|fault| Outcome::Failed { fault }, |()| Outcome::Passed)
        }
        Ok(left) => Outcome::Failed { fault: Fault::LeftBehind { objects: names(left) } },
        Err(error) => Outcome::Failed { fault: error.fault() },
    };
    if let Ok(left) = &result {
        bench.observe("nothing_left", none_left(left.len()));
    }
    bench.note("nothing_left", outcome, millis, Vec::new());
    let started = Instant::now();
    let leaked = leaked(bench, life, ends).await;
    if let Ok(leaked) = &leaked {
        bench.observe("nothing_leaked", none_left(leaked.len()));
    }
    let outcome = match leaked {
        Ok(left) if left.is_empty() => Outcome::Passed,
        Ok(objects) => Outcome::Failed { fault: Fault::LeftBehind { objects } },
        Err(fault) => Outcome::Failed { fault },
    };
    bench.note("nothing_leaked", outcome, millis_since(started), Vec::new());
}

/// The deploys that were made in all legs, held against those that were to be made.
pub(crate) fn counted(bench: &Bench<'_>, expected: u32, found: u32) {
    bench.part("");
    // A unit that failed before its deploy has none to count.
    if found > 0 {
        let outcome = if found == expected {
            Outcome::Passed
        } else {
            Outcome::Failed { fault: Fault::DeployCount { expected, found } }
        };
        let facts = Facts::default().with("deploys", expected, found);
        bench.observe("deploy_count", Observed::Facts(facts));
        bench.note("deploy_count", outcome, 0, Vec::new());
    }
}

/// What a look for objects of the unit saw.
pub(super) fn none_left(left: usize) -> Observed {
    Observed::Facts(Facts::default().with("objects of the unit on the engine", 0, left))
}

/// A repository on a backend outlives the unit's volumes, so it is removed while the toolbox still runs.
/// What cannot be removed is named.
async fn repository_removed(bench: &Bench<'_>, life: &mut Life<'_>) {
    // A unit that was broken off early may have one in the making.
    let made = std::mem::take(&mut life.repository).within(LIMIT).await;
    let Some(restic) = made.filter(|restic| !restic.goes_with_the_unit()) else { return };
    let started = Instant::now();
    bench.waiting("the backend to let go of the backups");
    let engine = bench.world.site.engine.as_ref();
    let name = format!("backup repository {}", restic.name());
    let removed = match &life.up {
        Some(up) => timeout(LIMIT, restic.remove((engine, &up.toolbox))).await.ok(),
        None => None,
    };
    let outcome = match removed {
        Some(Ok(Removed::Gone)) => Outcome::Passed,
        Some(Ok(Removed::Emptied)) => Outcome::NotApplicable {
            reason: format!("{name} is empty; its config and key stay, restic cannot remove them"),
        },
        Some(Err(error)) => {
            let objects = vec![format!("{name} ({error})")];
            Outcome::Failed { fault: Fault::LeftBehind { objects } }
        }
        None => Outcome::Failed { fault: Fault::LeftBehind { objects: vec![name] } },
    };
    bench.note("repository_removed", outcome, millis_since(started), Vec::new());
}

/// What carries no label of ours and is the leg's all the same.
async fn leaked(bench: &Bench<'_>, life: &Life<'_>, ends: Ends) -> Result<Vec<String>, Fault> {
    let (base, target) = life.plan.sides(life.leg);
    let stacks: Vec<_> = base.into_iter().chain([target]).map(|side| &side.spec).collect();
    let Site { engine, traces, .. } = &bench.world.site;
    let mut left = life.leaks.find((engine.as_ref(), traces.as_ref()), &stacks).await?;
    if ends == Ends::First {
        // The other legs have their backups from it.
        let repository =
            format!("{} {}", ObjectKind::Volume.as_str(), life.repository_volume().name);
        left.retain(|object| *object != repository);
    }
    Ok(left)
}

/// Removes by label, twice over: what carries the leg's, and what carries the stack's name. With the last leg
/// goes all that carries the unit's, the volume of the repository among it.
async fn remove_all(
    bench: &Bench<'_>,
    life: &Life<'_>,
    ends: Ends,
) -> Result<Vec<Object>, EngineError> {
    let engine = bench.world.site.engine.as_ref();
    let by_label = match ends {
        Ends::First => bench.world.objects_of_leg(bench.unit, life.leg),
        Ends::Last => bench.world.objects_of(bench.unit),
    };
    let mut left = stack::down(engine, &by_label, LIMIT).await?.left;
    let by_stack = life.objects();
    left.extend(stack::down(engine, &by_stack, LIMIT).await?.left);
    left.sort();
    left.dedup();
    Ok(left)
}

/// Kind and name of each object, for a reader.
pub(crate) fn names(left: &[Object]) -> Vec<String> {
    left.iter().map(|object| format!("{} {}", object.kind.as_str(), object.name)).collect()
}

#[cfg(test)]
mod tests {
    use cc_ci_backup::{BackupPlace, Restic};
    use cc_ci_engine::ExecOutput;
    use cc_ci_suite::Suite;

    use super::*;
    use crate::phases::Repository;
    use crate::testing::{Scene, services};

    /// The check `repository_removed` of a unit whose repository is on `backend`, where every command
    /// ends with `exit_code`.
    async fn removed(backend: &str, exit_code: i64, toolbox: bool) -> (&'static str, String) {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let mut life = scene.life().await;
        let place = BackupPlace { backend: Some(backend.into()), credentials: Default::default() };
        scene.fake.on_exec_with(move |call| {
            let makes = call.exec.command.get(1).is_some_and(|word| word == "init");
            let exit_code = if makes { 0 } else { exit_code };
            Some(Ok(ExecOutput { exit_code, ..ExecOutput::default() }))
        });
        let place = (&place, "unit-abc123-1");
        let tools = life.toolbox().unwrap().clone();
        let restic = Restic::init(&scene.fake, &tools, place, "pw".into(), LIMIT).await;
        life.repository = Repository::Made(restic.unwrap());
        if !toolbox {
            life.up = None;
        }
        repository_removed(&scene.bench(cc_ci_model::Tier::Teardown), &mut life).await;
        let (check, word, reason) = scene.checks().pop().unwrap();
        assert_eq!(check, "repository_removed");
        (word, reason.unwrap_or_default())
    }

    #[tokio::test(start_paused = true)]
    async fn a_repository_on_a_backend_is_removed_or_named() {
        let name = "backup repository unit-abc123-1";
        assert_eq!(removed("/mnt/ci", 0, true).await, ("passed", String::new()));
        let (word, reason) = removed("rest:http://ci:secret@b.test/ci", 0, true).await;
        assert!(word == "not_applicable" && reason.starts_with(name), "{reason}");
        assert!(!reason.contains("secret"), "{reason}");
        for (exit_code, toolbox) in [(1, true), (0, false)] {
            let (word, reason) = removed("s3:https://b.test/ci", exit_code, toolbox).await;
            assert!(word == "failed" && reason.contains(name), "{reason}");
        }
    }
}
