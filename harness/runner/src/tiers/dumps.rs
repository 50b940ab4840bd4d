//! The dumps of the pre-hooks as a check: each is read to its end, and together they hold the data of the
//! stores that nothing else saves.

use cc_ci_backup::{
    BackupPlan, DumpSource, DumpWatch, Dumps, Looked, Proof, ReadDump, check_dumps,
};
use cc_ci_canary::{Saved, Store};
use cc_ci_journal::EvidenceStore as _;
use cc_ci_model::{EvidenceKind, EvidenceRef, Facts, Fault, Observed, Outcome};
use tokio::time::Instant;

use crate::bench::{Bench, Stop, millis_since};
use crate::life::Life;
use crate::stretch::Fixed;

/// A store whose data a dump can hold.
struct Expected {
    name: String,
    source: DumpSource,
    /// What its canary data shows in a dump.
    words: String,
}

impl Expected {
    fn of(store: &dyn Store, key: &str) -> Option<Self> {
        let name = store.name();
        Some(Self { source: source(&name)?, words: store.words(key), name })
    }
}

/// A check where there is a dump to read, and a line that says why where there is none. The answer is
/// the dumps that the snapshot is going to hold, by volume and path. `key` names the canary data that was
/// written before the hooks, `strays` are dumps outside of every volume.
pub(super) async fn readable(
    bench: &Bench<'_>,
    life: &Life<'_>,
    (plan, strays, key): (&BackupPlan, Vec<String>, &str),
    watch: DumpWatch,
) -> Result<Vec<String>, Stop> {
    let started = Instant::now();
    let engine = bench.world.site.engine.as_ref();
    let limit = Fixed::ahead(bench, "the dumps to be read", life.plan.suite.timeouts.hook);
    let stores: Vec<Expected> =
        life.stores.iter().filter_map(|store| Expected::of(store.as_ref(), key)).collect();
    let words: Vec<String> = stores.iter().map(|store| store.words.clone()).collect();
    let looked = Looked { stack: life.spec(), plan, words: &words, limit: limit.limit() };
    bench.waiting("the dumps to be read");
    let found = check_dumps(engine, life.toolbox()?, looked, watch).await;
    drop(limit);
    let dumps = match found {
        Ok(Dumps::Read(dumps)) => dumps,
        // A hook that dumps to nowhere ends with 0 like any other.
        Ok(Dumps::None(_)) if !strays.is_empty() => {
            let defect =
                "in no volume: it lies in the container's own layer, which no backup holds";
            let (path, defect) = (strays.join(", "), defect.to_owned());
            let fault = Fault::BadDump { path, defect };
            return ended(bench, started, Outcome::Failed { fault }, None).await;
        }
        Ok(Dumps::None(reason)) => {
            return ended(bench, started, Outcome::NotApplicable { reason }, None).await;
        }
        Ok(Dumps::Bad(fault)) => {
            return ended(bench, started, Outcome::Failed { fault }, None).await;
        }
        Err(error) => {
            let fault = error.fault();
            return ended(bench, started, Outcome::Failed { fault }, None).await;
        }
    };
    let evidence = told(bench, &dumps, &stores);
    let only_here =
        life.stores.iter().filter(|store| is_saved_by_a_dump(store.as_ref(), life, plan));
    let only_here: Vec<_> =
        only_here.filter_map(|store| Expected::of(store.as_ref(), key)).collect();
    bench.observe("dumps_readable", Observed::Facts(facts(&dumps, &only_here)));
    match judge(&dumps, &only_here, key) {
        outcome @ Outcome::Failed { .. } => ended(bench, started, outcome, Some(evidence)).await,
        outcome @ (Outcome::Passed
        | Outcome::NotRun { .. }
        | Outcome::NotApplicable { .. }
        | Outcome::Blocked { .. }) => {
            bench.note("dumps_readable", outcome, millis_since(started), vec![evidence]);
            Ok(dumps.into_iter().map(|dump| dump.path).collect())
        }
    }
}

/// Writes down a check that leaves no dump for the snapshot, with what was read of the dumps.
async fn ended(
    bench: &Bench<'_>,
    started: Instant,
    outcome: Outcome,
    read: Option<EvidenceRef>,
) -> Result<Vec<String>, Stop> {
    bench.conclude("dumps_readable", started, outcome, read.into_iter().collect()).await?;
    Ok(Vec::new())
}

/// What was read, a line for each dump, as evidence: a check that passes has no words of its own.
fn told(bench: &Bench<'_>, dumps: &[ReadDump], stores: &[Expected]) -> EvidenceRef {
    let held = |dump: &ReadDump| {
        let held = stores.iter().filter(|store| dump.holds.contains(&store.words));
        let names: Vec<_> = held.map(|store| store.name.as_str()).collect();
        if names.is_empty() { "no store".to_owned() } else { names.join(", ") }
    };
    let line = |dump: &ReadDump| {
        let proof = match &dump.proof {
            Proof::Sound => "sound".to_owned(),
            Proof::Broken(how) => how.clone(),
            Proof::Unproven(why) => format!("unproven: {why}"),
        };
        let held = held(dump);
        let ReadDump { path, form, bytes, .. } = dump;
        format!("{path}: {form}; {bytes} bytes; {proof}; it shows the canary data of {held}\n")
    };
    let text: String = dumps.iter().map(line).collect();
    bench.world.journal.keep(EvidenceKind::Exec, "dumps", text.as_bytes())
}

/// True for a store that comes back from a dump or not at all: its own files are not saved.
fn is_saved_by_a_dump(store: &dyn Store, life: &Life<'_>, plan: &BackupPlan) -> bool {
    let whole =
        |key: &str| plan.volumes.iter().any(|volume| volume.key == key && volume.paths.is_empty());
    store.saved(&life.standing()) == Saved::Yes && !store.volume().is_some_and(whole)
}

/// Whose dump holds the data of a store, by the store's name.
fn source(store: &str) -> Option<DumpSource> {
    match store.split_once(':')?.0 {
        "postgres" => Some(DumpSource::Postgres),
        "mariadb" | "mysql" => Some(DumpSource::Mysql),
        "sqlite" => Some(DumpSource::Sqlite),
        "redis" => Some(DumpSource::Redis),
        _ => None,
    }
}

/// Red for a dump that is broken, or for dumps of a server that lack its data; unproven for a form of dump that does
/// not show whether it is whole.
fn judge(dumps: &[ReadDump], stores: &[Expected], key: &str) -> Outcome {
    for dump in dumps {
        if let Proof::Broken(defect) = &dump.proof {
            let (path, defect) = (dump.path.clone(), defect.clone());
            return Outcome::Failed { fault: Fault::BadDump { path, defect } };
        }
    }
    let unproven: Vec<_> = dumps
        .iter()
        .filter_map(|dump| match &dump.proof {
            Proof::Unproven(why) => Some(format!("dump {} is unproven: {why}", dump.path)),
            Proof::Sound | Proof::Broken(_) => None,
        })
        .collect();
    for expected in stores {
        if is_held(dumps, expected) != Some(false) {
            continue;
        }
        let Expected { name: store, source, .. } = expected;
        let of_it = dumps.iter().filter(|dump| dump.source == Some(*source));
        let paths: Vec<_> = of_it.map(|dump| dump.path.as_str()).collect();
        let defect = format!(
            "without the data of {store}: {key} was written before the hook and is not in it"
        );
        let fault = Fault::BadDump { path: paths.join(", "), defect };
        return Outcome::Failed { fault };
    }
    if unproven.is_empty() {
        return Outcome::Passed;
    }
    Outcome::NotRun { reason: unproven.join("; ") }
}

/// What [`judge`] is made of: how each dump was found, and whether one holds the data of each store that one of
/// them should hold.
fn facts(dumps: &[ReadDump], stores: &[Expected]) -> Facts {
    let mut facts = Facts::default();
    for dump in dumps {
        let found = match &dump.proof {
            Proof::Sound => "sound".to_owned(),
            Proof::Broken(defect) => defect.clone(),
            Proof::Unproven(why) => format!("unproven: {why}"),
        };
        facts = facts.with(&format!("dump {}", dump.path), "sound", found);
    }
    for store in stores {
        let Some(holds) = is_held(dumps, store) else { continue };
        let found = if holds { "in a dump" } else { "in no dump" };
        facts = facts.with(&format!("canary data of {}", store.name), "in a dump", found);
    }
    facts
}

/// Whether a dump shows the data of `store`; nothing where none has to, because none is of its server or because
/// one in a form that is not known may hold it.
fn is_held(dumps: &[ReadDump], store: &Expected) -> Option<bool> {
    let mut of_it = dumps.iter().filter(|dump| dump.source == Some(store.source)).peekable();
    let unknown =
        |dump: &ReadDump| dump.source.is_none() && matches!(dump.proof, Proof::Unproven(_));
    if of_it.peek().is_none() || dumps.iter().any(unknown) {
        return None;
    }
    Some(of_it.any(|dump| dump.holds.contains(&store.words)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dump(proof: Proof, source: Option<DumpSource>, holds: bool) -> ReadDump {
        let (path, form) = ("db/d".to_owned(), "form".to_owned());
        let holds = holds.then(|| "row of app".to_owned()).into_iter().collect();
        ReadDump { path, proof, form, bytes: 1, source, holds }
    }

    fn unproven() -> Proof {
        Proof::Unproven("without a mark".to_owned())
    }

    const PG: Option<DumpSource> = Some(DumpSource::Postgres);
    const MY: Option<DumpSource> = Some(DumpSource::Mysql);

    #[rstest::rstest]
    #[case::sound(vec![dump(Proof::Sound, PG, true)], "passed", "")]
    #[case::broken(
        vec![dump(Proof::Sound, PG, true), dump(Proof::Broken("cut off".to_owned()), MY, true)],
        "failed",
        "dump db/d is cut off"
    )]
    #[case::without_the_row(
        vec![dump(Proof::Sound, PG, false)],
        "failed",
        "dump db/d is without the data of postgres:db/app: bk-1 was written before the hook"
    )]
    #[case::one_of_two_has_it(
        vec![dump(Proof::Sound, PG, false), dump(Proof::Sound, PG, true)],
        "passed",
        ""
    )]
    #[case::a_dump_of_another_server_says_nothing(vec![dump(Proof::Sound, MY, false)], "passed", "")]
    #[case::unproven_without_the_row(
        vec![dump(unproven(), PG, false)],
        "failed",
        "without the data of postgres:db/app"
    )]
    #[case::unproven(
        vec![dump(unproven(), PG, true)],
        "not_run",
        "dump db/d is unproven: without a mark"
    )]
    #[case::it_may_be_in_what_is_unknown(
        vec![dump(Proof::Sound, PG, false), dump(unproven(), None, false)],
        "not_run",
        "dump db/d is unproven"
    )]
    fn dumps_are_judged_together(
        #[case] dumps: Vec<ReadDump>,
        #[case] word: &str,
        #[case] part: &str,
    ) {
        let stores = [postgres("app")];
        let outcome = judge(&dumps, &stores, "bk-1");
        assert_eq!(outcome.word(), word, "{outcome:?}");
        let kept = Observed::Facts(facts(&dumps, &stores));
        assert_eq!(kept.holds(), outcome.is_pass(), "{kept:?}");
        assert!(!kept.refutes(&outcome), "{kept:?}");
        let reason = outcome.reason().unwrap_or_default();
        assert!(reason.contains(part), "{reason}");
    }

    fn postgres(database: &str) -> Expected {
        let (name, words) = (format!("postgres:db/{database}"), format!("row of {database}"));
        Expected { name, source: DumpSource::Postgres, words }
    }

    /// The row of one database says nothing of the next one's.
    #[test]
    fn a_server_with_two_databases_needs_both_in_its_dumps() {
        let stores = [postgres("app"), postgres("extra")];
        let app = dump(Proof::Sound, PG, true);
        let reason = judge(std::slice::from_ref(&app), &stores, "bk-1").reason();
        let words = "without the data of postgres:db/extra: bk-1 was written before the hook";
        assert!(reason.as_deref().is_some_and(|reason| reason.contains(words)), "{reason:?}");
        let extra = ReadDump { holds: vec!["row of extra".to_owned()], ..app.clone() };
        assert_eq!(judge(&[app, extra], &stores, "bk-1"), Outcome::Passed);
    }

    #[test]
    fn a_store_is_of_a_server_by_its_name() {
        assert_eq!(source("mariadb:db/shop"), MY);
        assert_eq!(source("files:data"), None);
        assert_eq!(source("app:channel"), None);
    }
}
