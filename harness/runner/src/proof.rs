//! Canary data as checks: written before an operation, looked for after it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use cc_ci_backup::BackupPlan;
use cc_ci_canary::{Found, Saved, Store, discover, unreadable};
use cc_ci_model::{Event, Facts, Fault, Observed, Operation, Outcome, Proves, Sought};
use tokio::time::{Instant, sleep};

use crate::bench::{Bench, Stop};
use crate::grace::killed_words;
use crate::life::Life;
use crate::unproven;

/// Says what is wrong with a store before its data is looked for.
pub(crate) type BeforeLook<'a> = &'a (dyn Fn(&dyn Store) -> Result<(), Fault> + Sync);

/// Stores that hold canary data.
pub(crate) type Stores = Vec<Arc<dyn Store>>;

/// Writes canary data to every store of the stack; returns the stores that hold some now.
pub(crate) async fn write_all(
    bench: &Bench<'_>,
    life: &mut Life<'_>,
    key: &str,
) -> Result<Stores, Stop> {
    let found = discover(&life.standing()).await?;
    unproven::report(bench, life, &found.unwritten, |_| true);
    life.stores = found.stores;
    for store in &life.stores {
        store.write(&life.standing(), key).await?;
        written(bench, store.as_ref(), key, false);
    }
    Ok(life.stores.clone())
}

/// Canary data in every store that the backup is meant to hold.
///
/// Data called `removed` is written and deleted again in each of them that really deletes: a backup
/// that still holds it is older than it claims to be. The answer names those stores.
pub(crate) async fn write_saved(
    bench: &Bench<'_>,
    life: &mut Life<'_>,
    (key, removed): (&str, &str),
) -> Result<BTreeSet<String>, Stop> {
    let mut emptied = BTreeSet::new();
    let found = discover(&life.standing()).await?;
    unproven::report(bench, life, &found.unwritten, |store| store.saved == Saved::Yes);
    life.stores = found.stores;
    let tier = bench.tier;
    for store in &life.stores {
        match store.saved(&life.standing()) {
            Saved::No(reason) => {
                bench.say(Event::CanarySkipped { tier, store: store.name(), reason });
            }
            Saved::Yes => {
                let store = store.as_ref();
                if store.forgets() {
                    store.write(&life.standing(), removed).await?;
                    written(bench, store, removed, true);
                }
                store.write(&life.standing(), key).await?;
                written(bench, store, key, false);
                if store.forgets() {
                    store.clear(&life.standing(), removed).await?;
                    emptied.insert(store.name());
                }
            }
        }
    }
    Ok(emptied)
}

/// The stores whose data the backup is meant to hold.
pub(crate) fn saved(life: &Life<'_>) -> Stores {
    life.stores
        .iter()
        .filter(|store| store.saved(&life.standing()) == Saved::Yes)
        .cloned()
        .collect()
}

fn written(bench: &Bench<'_>, store: &dyn Store, key: &str, negative: bool) {
    let (tier, store, key) = (bench.tier, store.name(), key.to_owned());
    bench.say(Event::CanaryWritten { tier, store, key, negative });
}

/// The fault of canary data that should be intact and is not. `why` ends the sentence of a loss.
fn fault(
    store: &dyn Store,
    key: &str,
    (found, after): (Found, Operation),
    why: &str,
) -> Option<Fault> {
    let detail = match found {
        Found::Intact => return None,
        Found::Unreadable(why, words) => return Some(unreadable(store, why, words, after)),
        Found::Gone => format!("{key} was written and is gone{why}"),
        Found::Changed(how) => format!("{how}{why}"),
    };
    let name = store.name();
    // A restore has to bring it back, wherever it lay.
    let restored = matches!(after, Operation::Restore | Operation::Recovery);
    Some(if store.is_in_no_volume() && !restored {
        Fault::InNoVolume { store: name, detail, after }
    } else {
        Fault::DataLost { store: name, detail, after }
    })
}

/// One check per store: its data lived through the operation. The data is removed after the look. Every store is
/// looked at, whatever became of the others. Where `before_look` finds a fault in a store, the store's check fails
/// with that fault and its data is not looked for.
pub(crate) async fn intact(
    bench: &Bench<'_>,
    life: &Life<'_>,
    stores: &[Arc<dyn Store>],
    key: &str,
    (after, before_look): (Operation, BeforeLook<'_>),
) -> Result<(), Stop> {
    let mut first_failure = Ok(());
    for store in stores {
        bench.waiting(format!("canary data in {}", store.name()));
        let id = format!("data_intact.{}", store.name());
        let intact = async {
            before_look(store.as_ref())?;
            let found = store.find(&life.standing(), key).await?;
            bench.observe(&id, found.observed(store.as_ref(), key, Sought::Intact));
            // All records are read for these words, so only a loss asks for them.
            let killed = match found {
                Found::Gone | Found::Changed(_) => {
                    killed_words(bench.world, bench.unit, (bench.attempt, life.leg))
                }
                Found::Intact | Found::Unreadable(..) => String::new(),
            };
            if let Some(fault) = fault(store.as_ref(), key, (found, after), &killed) {
                return Err(fault.into());
            }
            Ok(store.clear(&life.standing(), key).await?)
        };
        let result = bench.prove(&id, Proves::Data, intact).await;
        first_failure = keep_first(first_failure, result)?;
    }
    first_failure
}

/// Damages what the snapshot holds and writes what it does not hold. A restore of data that was
/// never touched proves nothing, so this is a check of its own.
pub(crate) async fn mutate(
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
    let mut facts = Facts::default();
    for store in saved {
        let kept = store.damage(&life.standing(), key).await?
            && store.find(&life.standing(), key).await? == Found::Intact;
        let found = if kept { "as it was saved" } else { "damaged or left alone" };
        facts = facts.with(&store.name(), "damaged or left alone", found);
        bench.observe("data_mutated", Observed::Facts(facts.clone()));
        if kept {
            let message = format!("canary data in {} cannot be damaged", store.name());
            return Err(Fault::Bug { message }.into());
        }
        store.write(&life.standing(), after).await?;
        written(bench, store.as_ref(), after, true);
    }
    Ok(())
}

/// Keys of canary data around a restore.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Keys<'a> {
    /// What the snapshot holds.
    pub(crate) saved: &'a str,
    /// What was written after the snapshot; `None` where nothing was.
    pub(crate) later: Option<&'a str>,
    /// What was deleted before the snapshot, and the stores that did so.
    pub(crate) removed: (&'a str, &'a BTreeSet<String>),
    /// Dumps in the snapshot that no hook of the recipe loads, by volume and path.
    pub(crate) unloaded: &'a [String],
    /// Services in which a hook runs before or after the restore.
    pub(crate) hooked: &'a BTreeSet<String>,
    /// Errors that hooks printed after the restore, although they succeeded.
    pub(crate) complaints: &'a [String],
}

/// What was saved is back; what was deleted before the backup and what came after it is gone. `patience` is for hooks whose
/// effects come after their end.
pub(crate) async fn back(
    bench: &Bench<'_>,
    life: &Life<'_>,
    saved: &[Arc<dyn Store>],
    keys: Keys<'_>,
    (after, patience): (Operation, Duration),
) -> Result<(), Stop> {
    let mut first_failure = Ok(());
    for store in saved {
        let name = store.name();
        bench.waiting(format!("canary data in {name}"));
        let id = format!("data_back.{name}");
        let back = async {
            let found = find(life, store.as_ref(), keys.saved, &Found::Intact, patience).await?;
            bench.observe(&id, found.observed(store.as_ref(), keys.saved, Sought::Intact));
            let why = why_not_back(store.as_ref(), &keys);
            let fault = fault(store.as_ref(), keys.saved, (found, after), &why);
            fault.map_or(Ok(()), |fault| Err(Stop::Fault(fault)))
        };
        let result = bench.prove(&id, Proves::Data, back).await;
        first_failure = keep_first(first_failure, result)?;
        let (removed, emptied) = keys.removed;
        if emptied.contains(&name) {
            let id = format!("deleted_data_gone.{name}");
            let seen = |seen| bench.observe(&id, seen);
            let gone = stays_gone(life, store.as_ref(), removed, (after, patience), &seen);
            let result = bench.prove(&id, Proves::Data, gone).await;
            first_failure = keep_first(first_failure, result)?;
        }
        let Some(later) = keys.later else { continue };
        let id = format!("later_data_gone.{name}");
        let gone = async {
            let found = find(life, store.as_ref(), later, &Found::Gone, patience).await?;
            bench.observe(&id, found.observed(store.as_ref(), later, Sought::Gone));
            let detail = match found {
                Found::Gone => return Ok(()),
                Found::Intact => format!("{later} was written after the backup and is still there"),
                Found::Changed(how) => how,
                Found::Unreadable(why, words) => {
                    return Err(unreadable(store.as_ref(), why, words, after).into());
                }
            };
            Err(Stop::Fault(Fault::DataKept { store: name.clone(), detail }))
        };
        let result = bench.prove(&id, Proves::Data, gone).await;
        first_failure = keep_first(first_failure, result)?;
    }
    first_failure
}

/// Why data is not back: the end of a sentence, empty where nothing is known. Plain files come back by
/// themselves.
fn why_not_back(store: &dyn Store, keys: &Keys<'_>) -> String {
    let of_it = |dump: &&String| match store.volume() {
        Some(key) => dump.strip_prefix(key).is_some_and(|rest| rest.starts_with('/')),
        None => true,
    };
    let dumps: Vec<_> = keys.unloaded.iter().filter(of_it).map(String::as_str).collect();
    let name = store.name();
    if name.starts_with("files:") {
        return String::new();
    }
    if !dumps.is_empty() {
        let dumps = dumps.join(", ");
        return format!(
            "; the snapshot holds the dump {dumps}, but no backupbot.restore.post-hook loads it"
        );
    }
    if let Some(complaint) = keys.complaints.first() {
        return format!("; {complaint}");
    }
    under_a_running_server(store, keys).unwrap_or_default()
}

/// Why the data of a server is not back whose files were put back while it runs.
fn under_a_running_server(store: &dyn Store, keys: &Keys<'_>) -> Option<String> {
    let name = store.name();
    let (kind, at) = name.split_once(':')?;
    // A hook of another service may load the dump of a database over the network; the files of Redis
    // are read by its own service alone.
    let (service, hooked, how) = match kind {
        "redis" => (at, keys.hooked.contains(at), "reads them only when it starts"),
        "postgres" | "mysql" | "mariadb" => {
            let service = at.split('/').next()?;
            (service, !keys.hooked.is_empty(), "keeps what it has read in memory")
        }
        _ => return None,
    };
    let volume = store.volume().filter(|_| !hooked)?;
    Some(format!(
        "; its files were put back into volume {volume} under the running server, which {how} and writes over \
         them: service {service} has no backupbot.restore.pre-hook or post-hook that stops it or makes it load \
         them"
    ))
}

/// What was deleted before the backup is still deleted.
async fn stays_gone(
    life: &Life<'_>,
    store: &dyn Store,
    removed: &str,
    (after, patience): (Operation, Duration),
    observe: &(dyn Fn(Observed) + Sync),
) -> Result<(), Stop> {
    let found = find(life, store, removed, &Found::Gone, patience).await?;
    observe(found.observed(store, removed, Sought::Gone));
    let detail = match found {
        Found::Gone => return Ok(()),
        Found::Intact => format!("{removed} was deleted before the backup and is there again"),
        Found::Changed(how) => how,
        Found::Unreadable(why, words) => return Err(unreadable(store, why, words, after).into()),
    };
    Err(Stop::Fault(Fault::DataKept { store: store.name(), detail }))
}

/// Breaks off when the user does; else the first failure is what counts in the end.
fn keep_first(first: Result<(), Stop>, next: Result<(), Stop>) -> Result<Result<(), Stop>, Stop> {
    match next {
        Err(Stop::Cancelled) => Err(Stop::Cancelled),
        next => Ok(first.and(next)),
    }
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
        let found = store.find(&life.standing(), key).await?;
        if found == *wanted || Instant::now() >= deadline {
            return Ok(found);
        }
        sleep(Duration::from_millis(250)).await;
    }
}

/// A saved volume in which no store could be written to is not proven, and that must show.
pub(crate) async fn unproven(
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
    let found = discover(&life.standing()).await?;
    for store in &found.stores {
        if !known.contains(&store.name()) && store.saved(&life.standing()) == Saved::Yes {
            not_run(&store.name(), "it appeared after canary data was written".to_owned());
        }
    }
    // Data in the app's own words may lie in any volume.
    let anywhere = saved.iter().any(|store| store.volume().is_none());
    for volume in &plan.volumes {
        let key = Some(volume.key.as_str());
        let proven = saved.iter().any(|store| store.volume() == key);
        // The backup tier has reported the volume under the name of a store in it.
        let told = found.unwritten.iter().any(|store| store.is_told(key));
        if !proven && !told && !anywhere {
            let (key, paths) = (&volume.key, volume.paths.join(", "));
            let reason =
                format!("of volume {key} only {paths} is saved, and no store in it is known");
            not_run(key, reason);
        }
    }
    Ok(())
}

#[cfg(test)]
#[path = "proof_tests.rs"]
mod tests;
