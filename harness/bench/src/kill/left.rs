//! What a killed run left on the engine and on the machine.

use std::collections::BTreeSet;
use std::fs::{File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use cc_ci_engine::{Engine, EngineError, LABEL_RUN, Object, ObjectKind, Selector};
use cc_ci_model::RunId;
use cc_ci_node::Host;
use cc_ci_session::{Failure, Kind};

/// Where a run leaves something beside the engine.
#[derive(Debug)]
pub(super) struct Places {
    /// The machine's folder of locks, with leases and tickets of all runs.
    pub(super) locks: PathBuf,
    /// Where each living run has a folder, if this user has such a place.
    pub(super) runs: PathBuf,
    /// The folder for temporary files of this run and its `reap` alone.
    pub(super) temporary: PathBuf,
    /// The machine, for its mounts.
    pub(super) host: Host,
}

/// The engine and the machine before a run.
#[derive(Debug)]
pub(super) struct Before {
    runs: BTreeSet<String>,
    locks: BTreeSet<PathBuf>,
    folders: BTreeSet<PathBuf>,
}

/// What the run used when it was killed; all of it has to go.
#[derive(Debug, Default)]
pub(super) struct Used {
    pub(super) objects: usize,
    containers: BTreeSet<String>,
    volumes: BTreeSet<String>,
}

impl Before {
    /// # Errors
    /// The engine's own, or a folder that cannot be read.
    pub(super) async fn look(engine: &dyn Engine, places: &Places) -> Result<Self, Failure> {
        let objects = engine.inventory(&Selector::has(LABEL_RUN)).await?;
        let runs = objects.iter().filter_map(label).map(str::to_owned).collect();
        let locks = locks(&places.locks).map_err(unread(&places.locks))?;
        Ok(Self { runs, locks, folders: folders(places)? })
    }

    /// The objects of `run`. A run that was killed before it wrote its name has those of a run that was
    /// not there before and does not live.
    async fn objects(
        &self,
        engine: &dyn Engine,
        places: &Places,
        run: Option<&RunId>,
    ) -> Result<Vec<Object>, Failure> {
        match run {
            Some(run) => Ok(engine.inventory(&Selector::label(LABEL_RUN, run.as_str())).await?),
            None => {
                let mut objects = engine.inventory(&Selector::has(LABEL_RUN)).await?;
                let living = living(&places.locks)?;
                objects.retain(|object| {
                    label(object)
                        .is_some_and(|run| !self.runs.contains(run) && !living.contains(run))
                });
                Ok(objects)
            }
        }
    }

    /// What the run has on the engine now that it is dead.
    ///
    /// # Errors
    /// The engine's own, or a folder that cannot be read.
    pub(super) async fn used(
        &self,
        engine: &dyn Engine,
        places: &Places,
        run: Option<&RunId>,
    ) -> Result<Used, Failure> {
        let objects = self.objects(engine, places, run).await?;
        let mut used = Used { objects: objects.len(), ..Used::default() };
        for object in &objects {
            match object.kind {
                ObjectKind::Container => used.containers.insert(object.id.clone()),
                ObjectKind::Volume => used.volumes.insert(object.name.clone()),
                ObjectKind::Service
                | ObjectKind::Network
                | ObjectKind::Secret
                | ObjectKind::Config => false,
            };
        }
        if let Some(run) = run {
            // A volume that an image declares and nothing names carries no label.
            for container in engine.containers(&Selector::label(LABEL_RUN, run.as_str())).await? {
                used.volumes.extend(container.volumes);
            }
        }
        Ok(used)
    }

    /// What is there after `reap`, each with its kind and name.
    ///
    /// # Errors
    /// The engine's own, or a folder or table that cannot be read: what was not seen is not clean.
    pub(super) async fn left(
        &self,
        engine: &dyn Engine,
        places: &Places,
        run: Option<&RunId>,
        used: &Used,
    ) -> Result<Vec<String>, Failure> {
        let named = |object: &Object| format!("{} {}", object.kind.as_str(), object.name);
        let mut left: BTreeSet<String> =
            self.objects(engine, places, run).await?.iter().map(named).collect();
        let ours = |object: &&Object| {
            object.kind == ObjectKind::Volume && used.volumes.contains(&object.name)
        };
        left.extend(engine.everything().await?.iter().filter(ours).map(named));
        for lock in locks(&places.locks).map_err(unread(&places.locks))? {
            if !self.locks.contains(&lock) && !is_held(&lock).map_err(unread(&lock))? {
                left.insert(format!("lock {}", lock.display()));
            }
        }
        let mounts = places.host.mount_points().map_err(unread(Path::new("mounts")))?;
        let words = || used.containers.iter().chain(&used.volumes);
        let ours = |point: &&String| words().any(|word| point.contains(word.as_str()));
        left.extend(mounts.iter().filter(ours).map(|point| format!("mount {point}")));
        let living = living(&places.locks)?;
        let of_run = |path: &&PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            match run {
                Some(run) => name.starts_with(run.as_str()),
                None => !living.iter().any(|run| name.starts_with(run.as_str())),
            }
        };
        let made = folders(places)?;
        let made = made.difference(&self.folders).filter(of_run);
        let temporary = entries(&places.temporary).map_err(unread(&places.temporary))?;
        left.extend(made.chain(&temporary).map(|path| format!("folder {}", path.display())));
        Ok(left.into_iter().collect())
    }
}

/// The objects on the engine now that carry the label of one of `runs`.
///
/// # Errors
/// The engine's own.
pub(super) async fn of_runs(
    engine: &dyn Engine,
    runs: &BTreeSet<String>,
) -> Result<Vec<String>, EngineError> {
    let objects = engine.inventory(&Selector::has(LABEL_RUN)).await?;
    let ours = objects.iter().filter(|object| label(object).is_some_and(|run| runs.contains(run)));
    Ok(ours.map(|object| format!("{} {}", object.kind.as_str(), object.name)).collect())
}

fn label(object: &Object) -> Option<&str> {
    object.labels.get(LABEL_RUN).map(String::as_str)
}

/// The folders of runs.
fn folders(places: &Places) -> Result<BTreeSet<PathBuf>, Failure> {
    entries(&places.runs).map_err(unread(&places.runs))
}

/// What is in the folder; nothing where there is no folder.
fn entries(folder: &Path) -> io::Result<BTreeSet<PathBuf>> {
    match std::fs::read_dir(folder) {
        Ok(entries) => entries.map(|entry| entry.map(|entry| entry.path())).collect(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(error),
    }
}

/// The runs that hold their lease. They are not the killed one.
fn living(folder: &Path) -> Result<BTreeSet<String>, Failure> {
    let leases = folder.join("leases");
    let mut living = BTreeSet::new();
    for lease in entries(&leases).map_err(unread(&leases))? {
        if is_held(&lease).map_err(unread(&lease))?
            && let Some(run) = lease.file_stem()
        {
            living.insert(run.to_string_lossy().into_owned());
        }
    }
    Ok(living)
}

/// Lease files, and the tickets of processes that wait for the node or for a port.
fn locks(folder: &Path) -> io::Result<BTreeSet<PathBuf>> {
    let mut locks = entries(&folder.join("leases"))?;
    for queue in entries(&folder.join("queues"))?.into_iter().filter(|path| path.is_dir()) {
        let ticket = |path: &PathBuf| {
            path.extension().is_some_and(|kind| kind == "shared" || kind == "alone")
        };
        locks.extend(entries(&queue)?.into_iter().filter(ticket));
    }
    Ok(locks)
}

/// True where a living run holds the lease; a file that has gone meanwhile is held so that it is not
/// counted.
fn is_held(lease: &Path) -> io::Result<bool> {
    let file = match File::open(lease) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    match file.try_lock_shared() {
        Ok(()) => Ok(false),
        Err(TryLockError::WouldBlock) => Ok(true),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

fn unread(path: &Path) -> impl FnOnce(io::Error) -> Failure {
    let context = format!("look at {}", path.display());
    move |error| Failure::new(Kind::Machine, error).context(context)
}

#[cfg(test)]
pub(super) mod tests {
    use std::fs;

    use cc_ci_engine::Swarm as _;
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_model::VolumeSpec;

    use super::*;

    /// Tickets and leases in the folder.
    pub(in crate::kill) fn tickets(folder: &Path) -> usize {
        locks(folder).unwrap().len()
    }

    fn places(folder: &Path) -> Places {
        for name in ["locks/leases", "locks/queues/node", "runs", "temporary", "proc/self"] {
            fs::create_dir_all(folder.join(name)).unwrap();
        }
        fs::write(folder.join("proc/self/mountinfo"), "1 2 0:1 / /old rw - ext4 x rw\n").unwrap();
        Places {
            locks: folder.join("locks"),
            runs: folder.join("runs"),
            temporary: folder.join("temporary"),
            host: Host::at(folder),
        }
    }

    async fn volume(engine: &FakeEngine, name: &str, run: &str) {
        let spec = VolumeSpec { name: name.to_owned(), ..VolumeSpec::default() };
        engine.create_volume(&spec, &[(LABEL_RUN.to_owned(), run.to_owned())]).await.unwrap();
    }

    #[tokio::test]
    async fn whatever_stays_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, places) = (FakeEngine::new(), places(folder.path()));
        fs::write(places.locks.join("leases/before.lock"), "").unwrap();
        volume(&engine, "old", "before").await;
        let before = Before::look(&engine, &places).await.unwrap();
        volume(&engine, "data", "r1").await;
        let living = File::create(places.locks.join("leases/living.lock")).unwrap();
        living.lock().unwrap();
        volume(&engine, "theirs", "living").await;
        fs::create_dir(places.runs.join("living-main")).unwrap();
        let run = RunId::new("r1").unwrap();
        let used = before.used(&engine, &places, Some(&run)).await.unwrap();
        assert_eq!(used.objects, 1);

        fs::write(places.locks.join("leases/r1.lock"), "").unwrap();
        fs::create_dir(places.temporary.join("checkout")).unwrap();
        let mount = "1 2 0:1 / /volumes/data/_data rw - ext4 x rw\n";
        fs::write(folder.path().join("proc/self/mountinfo"), mount).unwrap();
        let ticket = places.locks.join("queues/node/1.shared");
        fs::write(&ticket, "").unwrap();
        fs::write(places.locks.join("queues/node/turn"), "").unwrap();
        let ticket = format!("lock {}", ticket.display());
        let lease = format!("lock {}", places.locks.join("leases/r1.lock").display());
        fs::create_dir(folder.path().join("runs/r1-main")).unwrap();
        let sockets = format!("folder {}", folder.path().join("runs/r1-main").display());
        let checkout = format!("folder {}", places.temporary.join("checkout").display());
        let all = [
            sockets,
            checkout,
            lease,
            ticket,
            "mount /volumes/data/_data".into(),
            "volume data".into(),
        ];
        // A run that was killed before it wrote its name is found by what was not there before.
        for run in [Some(&run), None] {
            let left = before.left(&engine, &places, run, &used).await.unwrap();
            assert_eq!(left, all);
        }
        let runs = BTreeSet::from(["r1".to_owned()]);
        assert_eq!(of_runs(&engine, &runs).await.unwrap(), ["volume data"]);
    }

    #[tokio::test]
    async fn what_others_have_is_not_counted() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, places) = (FakeEngine::new(), places(folder.path()));
        let before = Before::look(&engine, &places).await.unwrap();
        volume(&engine, "theirs", "r2").await;
        let run = RunId::new("r1").unwrap();
        let used = before.used(&engine, &places, Some(&run)).await.unwrap();
        let left = before.left(&engine, &places, Some(&run), &used).await.unwrap();
        assert!(left.is_empty() && used.objects == 0, "{left:?}");
    }

    #[tokio::test]
    async fn what_cannot_be_looked_at_is_not_clean() {
        let folder = tempfile::tempdir().unwrap();
        let (engine, places) = (FakeEngine::new(), places(folder.path()));
        let before = Before::look(&engine, &places).await.unwrap();
        fs::remove_file(folder.path().join("proc/self/mountinfo")).unwrap();
        assert!(before.left(&engine, &places, None, &Used::default()).await.is_err());
    }
}
