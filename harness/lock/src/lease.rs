//! The lock that says "this run lives".

use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::file::{Look, look, publish};
use crate::{Holder, LockError, Place, Who, elder};

/// A file that has no note in it may be a lease of the older program, which makes it first and locks it
/// then. Such a file is not removed before this time.
const UNNAMED: Duration = Duration::from_secs(60);

/// The lease of a run, held until it is dropped or the process ends.
#[derive(Debug)]
pub struct LeaseFile {
    path: PathBuf,
    _file: File,
    _gate: Option<File>,
}

impl Drop for LeaseFile {
    fn drop(&mut self) {
        // A file that stays is not held any more; `reap` removes it.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// What the lock of a run says on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LeaseState {
    /// There is no lock file.
    Absent,
    /// There is one, and no living process of the run holds it.
    Free,
    /// A process holds it.
    Held(Holder),
    /// It cannot be told, and why. A run that may live is treated as living.
    Unknown(String),
}

impl Place {
    /// Takes the lease of `who`. `state` is the folder that an older program would use as well.
    ///
    /// # Errors
    /// A folder of locks that cannot be used, or a lease of that name.
    pub fn lease(&self, who: &Who, state: &Path) -> Result<LeaseFile, LockError> {
        let folder = self.leases_folder()?;
        let name = format!("{}.lock", who.run);
        let path = folder.join(&name);
        let file = publish(&folder, &name, &who.note()).map_err(LockError::io(&path, "made"))?;
        let mut lease = LeaseFile { path, _file: file, _gate: None };
        lease._gate = elder::gate(state)?;
        Ok(lease)
    }

    /// What the lock of `run` says.
    #[must_use]
    pub fn lease_state(&self, run: &str) -> LeaseState {
        match look(&self.lease_path(run)) {
            Ok(Look::Absent) => LeaseState::Absent,
            Ok(Look::Free(_)) => LeaseState::Free,
            Ok(Look::Held(holder)) => LeaseState::Held(holder),
            Err(error) => LeaseState::Unknown(error.to_string()),
        }
    }

    /// The runs that have a lock file here, sorted.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn leases(&self) -> Result<Vec<String>, LockError> {
        let folder = self.leases_folder()?;
        let failed = LockError::io(&folder, "read");
        let mut runs = Vec::new();
        for entry in std::fs::read_dir(&folder).map_err(&failed)? {
            let name = entry.map_err(&failed)?.file_name();
            if let Some(run) = name.to_str().and_then(|name| name.strip_suffix(".lock")) {
                runs.push(run.to_owned());
            }
        }
        runs.sort();
        Ok(runs)
    }

    /// Runs other than `but` that live on this machine, or may.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn living(&self, but: Option<&str>) -> Result<Vec<(String, LeaseState)>, LockError> {
        let mut runs: Vec<_> = self.leases()?;
        runs.retain(|run| Some(run.as_str()) != but);
        let states = runs.into_iter().map(|run| {
            let state = self.lease_state(&run);
            (run, state)
        });
        Ok(states
            .filter(|(_, state)| matches!(state, LeaseState::Held(_) | LeaseState::Unknown(_)))
            .collect())
    }

    /// Removes the lock file of a run that nobody holds. True where there is none at the end; false where
    /// it is held, or too young to tell.
    ///
    /// # Errors
    /// A file of another user.
    pub fn forget(&self, run: &str) -> Result<bool, LockError> {
        let path = self.lease_path(run);
        match look(&path)? {
            Look::Absent => return Ok(true),
            Look::Held(_) => return Ok(false),
            Look::Free(meta) => {
                let age =
                    meta.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
                if meta.size() == 0 && age.is_none_or(|age| age < UNNAMED) {
                    return Ok(false);
                }
            }
        }
        match std::fs::remove_file(&path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(true),
            Err(source) => Err(LockError::Io { path, doing: "removed", source }),
        }
    }

    /// Removes what ended processes left of tickets and half-made files. Returns what was removed.
    ///
    /// # Errors
    /// A folder that cannot be read. Files of other users stay.
    pub fn sweep(&self) -> Result<Vec<PathBuf>, LockError> {
        let queues = self.sub("queues")?;
        let mut folders = vec![self.path().to_owned(), self.leases_folder()?];
        let failed = LockError::io(&queues, "read");
        for entry in std::fs::read_dir(&queues).map_err(&failed)? {
            folders.push(entry.map_err(&failed)?.path());
        }
        let mut removed = Vec::new();
        for folder in folders {
            for entry in
                std::fs::read_dir(&folder).map_err(LockError::io(&folder, "read"))?.flatten()
            {
                let (name, path) = (entry.file_name(), entry.path());
                let name = name.to_string_lossy();
                let ticket = name.ends_with(".shared") || name.ends_with(".alone");
                if !ticket && !name.starts_with('.') {
                    continue;
                }
                let Ok(Look::Free(meta)) = look(&path) else { continue };
                let age =
                    meta.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
                // A half-made file is not locked for an instant.
                let young = age.is_none_or(|age| age < Duration::from_secs(2));
                if (ticket || !young) && std::fs::remove_file(&path).is_ok() {
                    removed.push(path);
                }
            }
        }
        Ok(removed)
    }

    fn lease_path(&self, run: &str) -> PathBuf {
        self.path().join("leases").join(format!("{run}.lock"))
    }
}

#[cfg(test)]
mod tests {
    use std::fs::TryLockError;

    use super::*;

    /// The older program's own words (`harness/cli/src/lease.rs` at 757e2f5), to the letter.
    mod older {
        use super::*;

        pub(super) fn is_held(place: &Path, run: &str) -> bool {
            let Ok(file) = File::open(place.join("leases").join(format!("{run}.lock"))) else {
                return false;
            };
            matches!(file.try_lock(), Err(TryLockError::WouldBlock))
        }

        pub(super) fn open(path: &Path) -> std::io::Result<File> {
            use std::os::unix::fs::OpenOptionsExt as _;
            File::options().create(true).truncate(false).write(true).mode(0o666).open(path)
        }
    }

    fn place() -> (tempfile::TempDir, Place) {
        let state = tempfile::tempdir().unwrap();
        let place = Place::at(state.path().join("locks"));
        (state, place)
    }

    #[test]
    fn a_lease_is_held_exactly_as_long_as_it_lives() {
        let (state, place) = place();
        assert_eq!(place.lease_state("r1"), LeaseState::Absent);
        let lease = place.lease(&Who::run("r1"), state.path()).unwrap();
        let LeaseState::Held(holder) = place.lease_state("r1") else { panic!("not held") };
        assert_eq!((holder.run.as_str(), holder.pid), ("r1", std::process::id()));
        assert!(!place.forget("r1").unwrap(), "a held lease stays");
        assert_eq!(place.living(None).unwrap().len(), 1);
        assert!(place.living(Some("r1")).unwrap().is_empty());
        assert!(place.lease(&Who::run("r1"), state.path()).is_err(), "a run has one lease");
        drop(lease);
        assert_eq!(place.lease_state("r1"), LeaseState::Absent);
    }

    #[test]
    fn the_older_program_sees_the_run_alive_and_waits_before_it_begins() {
        let (state, place) = place();
        let lease = place.lease(&Who::run("r1"), state.path()).unwrap();
        assert!(older::is_held(place.path(), "r1"));
        let registry = older::open(&state.path().join("registry.lock")).unwrap();
        assert!(matches!(registry.try_lock(), Err(TryLockError::WouldBlock)));
        let second = place.lease(&Who::run("r2"), state.path()).unwrap();
        drop((lease, second));
        assert!(registry.try_lock().is_ok());
    }

    #[tokio::test]
    async fn the_node_is_shared_out_between_both_programs() {
        use crate::{Sharing, unheard};
        let (_state, place) = place();
        let who = Who::run("r1");
        let (short, name) = (Duration::from_millis(300), "node");
        let held = place.take(name, Sharing::Alone, &who, short, &unheard).await.unwrap();
        let old = older::open(&place.path().join("node.lock")).unwrap();
        assert!(matches!(old.try_lock_shared(), Err(TryLockError::WouldBlock)));
        drop(held);
        old.lock_shared().unwrap();
        let shared = place.take(name, Sharing::Shared, &who, short, &unheard).await.unwrap();
        let late = place.take(name, Sharing::Alone, &who, short, &unheard).await;
        assert!(late.is_err(), "an older run is on the node");
        drop(shared);
        let late = place.take(name, Sharing::Alone, &who, short, &unheard).await.unwrap_err();
        assert!(late.to_string().contains("older cc-ci"), "{late}");
    }

    #[test]
    fn an_older_lease_lives_and_a_young_unnamed_one_is_left_alone() {
        let (_state, place) = place();
        place.leases().unwrap();
        let path = place.path().join("leases/old.lock");
        let old = older::open(&path).unwrap();
        assert_eq!(place.lease_state("old"), LeaseState::Free);
        assert!(!place.forget("old").unwrap(), "its process may be about to lock it");
        old.lock().unwrap();
        assert!(matches!(place.lease_state("old"), LeaseState::Held(_)));
        drop(old);
        let past = SystemTime::now() - UNNAMED * 2;
        File::options().write(true).open(&path).unwrap().set_modified(past).unwrap();
        assert!(place.forget("old").unwrap());
        assert_eq!(place.leases().unwrap(), Vec::<String>::new());
    }

    #[test]
    fn what_cannot_be_read_is_not_free() {
        let (_state, place) = place();
        place.leases().unwrap();
        std::fs::create_dir(place.path().join("leases/odd.lock")).unwrap();
        assert!(matches!(place.lease_state("odd"), LeaseState::Unknown(_)));
        assert_eq!(place.living(None).unwrap().len(), 1);
        assert!(place.forget("odd").is_err());
    }

    #[test]
    fn what_ended_processes_left_is_swept() {
        let (state, place) = place();
        let _lease = place.lease(&Who::run("r1"), state.path()).unwrap();
        let queue = place.path().join("queues/node");
        std::fs::create_dir_all(&queue).unwrap();
        std::fs::write(queue.join("000000000004.alone"), "").unwrap();
        std::fs::write(queue.join(".half"), "").unwrap();
        assert_eq!(
            place.sweep().unwrap(),
            [queue.join("000000000004.alone")],
            "the other is young"
        );
        assert!(matches!(place.lease_state("r1"), LeaseState::Held(_)));
    }
}
