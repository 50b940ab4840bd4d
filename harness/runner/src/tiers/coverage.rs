//! Volumes held against the snapshot: what changed while the app ran and is saved nowhere is lost in
//! a disaster, however well the rest comes back.

use cc_ci_backup::{BackupPlan, changed_since};
use cc_ci_canary::Saved;
use cc_ci_model::{Event, Fault, VolumeCoverage};

use crate::bench::{Bench, Stop};
use crate::life::Life;

/// Looks at every volume of the stack and says the first one whose changes are lost.
pub(super) async fn covered(
    bench: &Bench<'_>,
    life: &Life<'_>,
    plan: &BackupPlan,
    dumped: bool,
) -> Result<(), Stop> {
    let engine = bench.world.site.engine.as_ref();
    let up = life.up()?;
    let mut volumes = Vec::new();
    for (key, spec) in &life.spec().volumes {
        if spec.external {
            continue;
        }
        let changed = changed_since(engine, &up.toolbox, key, &up.born).await?;
        let unsaved = unsaved_stores(life, key);
        volumes.push(coverage(plan, key, &changed, &unsaved, dumped));
    }
    bench.say(Event::Covered { volumes: volumes.clone() });
    let lost = volumes.into_iter().find(VolumeCoverage::is_lost);
    lost.map_or(Ok(()), |volume| Err(fault(volume, life, plan).into()))
}

/// Stores of record in a volume whose data no backup holds. A store that the suite declares as not
/// to be proven, with its reason, does not count.
fn unsaved_stores(life: &Life<'_>, key: &str) -> Vec<String> {
    let inside = life.stores.iter().filter(|store| store.volume() == Some(key));
    let lost = inside.filter(|store| {
        store.is_of_record() && matches!(store.saved(&life.standing()), Saved::No(_))
    });
    let declared = &life.plan.suite.unproven_stores;
    let counts = |name: &String| !declared.contains_key(name);
    lost.map(|store| store.name()).filter(counts).collect()
}

/// Judges one volume. `dumped` says that the hooks wrote a dump that is not known to be broken.
fn coverage(
    plan: &BackupPlan,
    key: &str,
    changed: &[String],
    unsaved_stores: &[String],
    dumped: bool,
) -> VolumeCoverage {
    let saved = plan.volumes.iter().find(|volume| volume.key == key);
    let under = |path: &str, of: &str| {
        path == of || path.strip_prefix(of).is_some_and(|rest| rest.starts_with('/'))
    };
    let held = |path: &str| {
        saved.is_some_and(|volume| {
            volume.paths.is_empty() || volume.paths.iter().any(|of| under(path, of))
        })
    };
    let unsaved: Vec<_> = changed.iter().filter(|path| !held(path)).collect();
    let excused = match saved {
        _ if unsaved.is_empty() => None,
        _ if !unsaved_stores.is_empty() => None,
        None => Some(format!("backupbot.backup.volumes.{key}=false declares it out")),
        Some(_) if dumped => Some("a dump stands for its data".to_owned()),
        Some(_) => None,
    };
    VolumeCoverage {
        volume: key.to_owned(),
        changed: changed.len() as u64,
        unsaved: unsaved.len() as u64,
        example: unsaved.first().map(|path| (*path).clone()),
        saved: saved.is_some(),
        excused,
    }
}

fn fault(volume: VolumeCoverage, life: &Life<'_>, plan: &BackupPlan) -> Fault {
    let key = &volume.volume;
    let example = volume.example.as_deref().unwrap_or_default();
    let stores = unsaved_stores(life, key);
    let why = match plan.volumes.iter().find(|saved| saved.key == *key) {
        None => format!("backupbot.backup.volumes.{key}=false declares it out"),
        Some(saved) => format!("only {} of it is saved", saved.paths.join(", ")),
    };
    let detail = if stores.is_empty() {
        let files = volume.unsaved;
        format!("{why}, no dump stands for the rest, and {files} files changed, as {example}")
    } else {
        format!("{why}, but the data of {} lies in it and no dump holds it", stores.join(", "))
    };
    Fault::NotSaved { volume: volume.volume, detail }
}

#[cfg(test)]
mod tests {
    use cc_ci_backup::SavedVolume;

    use super::*;

    fn plan(paths: Option<&[&str]>) -> BackupPlan {
        let saved = paths.map(|paths| SavedVolume {
            key: "db".to_owned(),
            paths: paths.iter().map(|path| (*path).to_owned()).collect(),
        });
        BackupPlan { volumes: saved.into_iter().collect(), excluded: Vec::new(), hooks: Vec::new() }
    }

    /// Unsaved files, and whether that is excused.
    #[rstest::rstest]
    #[case::whole_volume(Some(&[][..]), &["a", "b/c"], &[], false, (0, false))]
    #[case::nothing_changed(None, &[], &[], false, (0, false))]
    #[case::declared_out(None, &["cache/x"], &[], false, (1, true))]
    #[case::declared_out_with_a_database_in_it(None, &["base/1"], &["postgres:db/app"], false, (1, false))]
    #[case::a_dump_of_something_else_is_no_excuse(None, &["base/1"], &["postgres:db/app"], true, (1, false))]
    #[case::dump_stands_for_it(Some(&["dump.sql"][..]), &["dump.sql", "base/1"], &[], true, (1, true))]
    #[case::no_dump_after_all(Some(&["dump.sql"][..]), &["dump.sql", "base/1"], &[], false, (1, false))]
    #[case::a_like_name_is_not_below(Some(&["dump"][..]), &["dump/a", "dump2"], &[], false, (1, false))]
    fn a_change_is_saved_declared_out_or_lost(
        #[case] paths: Option<&[&str]>,
        #[case] changed: &[&str],
        #[case] stores: &[&str],
        #[case] dumped: bool,
        #[case] expected: (u64, bool),
    ) {
        let own = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let found = coverage(&plan(paths), "db", &own(changed), &own(stores), dumped);
        assert_eq!((found.unsaved, found.excused.is_some()), expected, "{found:?}");
    }
}
