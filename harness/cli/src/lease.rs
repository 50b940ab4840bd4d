//! File locks: a held lock *is* the life of a run and the turn at the node.
//!
//! Locks are probed, never aged: the kernel lets go of them when their holder dies, however it dies.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions, Permissions, TryLockError};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use async_trait::async_trait;
use cc_ci_model::RunId;
use cc_ci_runner::NodeTurn;

/// Where the locks of this machine lie. They belong to the engine, not to a state folder: a run must
/// look alive to everybody who could remove its objects. Both places are emptied by a reboot, which
/// ends every run as well.
pub(crate) fn place() -> PathBuf {
    let shared = Path::new("/run/lock");
    let above = if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
    above.join("cc-ci")
}

/// The lock that says "this run lives".
#[derive(Debug)]
pub(crate) struct Lease {
    path: PathBuf,
    _lock: File,
}

impl Lease {
    /// Takes the lease of `run`.
    pub(crate) fn take(place: &Path, run: &RunId) -> io::Result<Self> {
        let path = path_of(place, run);
        let lock = open(&path)?;
        lock.lock()?;
        Ok(Self { path, _lock: lock })
    }

    /// True while some process holds the lease of `run`. No file means no process.
    pub(crate) fn is_held(place: &Path, run: &RunId) -> bool {
        let Ok(file) = File::open(path_of(place, run)) else { return false };
        matches!(file.try_lock(), Err(TryLockError::WouldBlock))
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Nothing is left of the run, so nobody will ask for its lease again.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn path_of(place: &Path, run: &RunId) -> PathBuf {
    place.join("leases").join(format!("{run}.lock"))
}

fn open(path: &Path) -> io::Result<File> {
    for folder in path.ancestors().skip(1).take(2).collect::<Vec<_>>().into_iter().rev() {
        if !folder.is_dir() {
            std::fs::create_dir_all(folder)?;
            // Other users of the engine take their locks here too; nobody removes another's.
            std::fs::set_permissions(folder, Permissions::from_mode(0o1777))?;
        }
    }
    OpenOptions::new().create(true).truncate(false).write(true).mode(0o666).open(path)
}

/// The node belongs to one isolated unit or to any number of ordinary ones, across processes.
#[derive(Debug)]
pub(crate) struct Turn {
    place: PathBuf,
}

impl Turn {
    pub(crate) fn new(place: &Path) -> io::Result<Self> {
        open(&place.join("node.lock"))?;
        Ok(Self { place: place.to_owned() })
    }

    async fn take(&self, name: &str, lock: fn(&File) -> io::Result<()>) -> Option<Box<dyn Send>> {
        let path = self.place.join(name);
        let taken = tokio::task::spawn_blocking(move || {
            let file = open(&path)?;
            lock(&file)?;
            Ok::<File, io::Error>(file)
        });
        match taken.await {
            Ok(Ok(file)) => Some(Box::new(file)),
            Ok(Err(_)) | Err(_) => None,
        }
    }
}

#[async_trait]
impl NodeTurn for Turn {
    async fn alone(&self) -> Option<Box<dyn Send>> {
        self.take("node.lock", File::lock).await
    }

    async fn shared(&self) -> Option<Box<dyn Send>> {
        self.take("node.lock", File::lock_shared).await
    }

    async fn ports(&self, ports: &BTreeSet<u16>) -> Vec<Box<dyn Send>> {
        let mut held = Vec::new();
        // Everybody takes them in the same order, so that no two wait for each other.
        for port in ports {
            held.extend(self.take(&format!("ports/{port}.lock"), File::lock).await);
        }
        held
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_is_held_exactly_as_long_as_it_lives() {
        let state = tempfile::tempdir().unwrap();
        let run = RunId::new("r1").unwrap();
        assert!(!Lease::is_held(state.path(), &run));
        let lease = Lease::take(state.path(), &run).unwrap();
        assert!(Lease::is_held(state.path(), &run));
        drop(lease);
        assert!(!Lease::is_held(state.path(), &run));
    }

    #[tokio::test]
    async fn a_port_belongs_to_one_unit_at_a_time() {
        let state = tempfile::tempdir().unwrap();
        let turn = Turn::new(state.path()).unwrap();
        let first = turn.ports(&BTreeSet::from([80, 443])).await;
        assert_eq!(first.len(), 2);
        assert_eq!(turn.ports(&BTreeSet::from([8080])).await.len(), 1);
        let wanted = BTreeSet::from([443]);
        let mut second = std::pin::pin!(turn.ports(&wanted));
        let soon = std::time::Duration::from_millis(200);
        assert!(tokio::time::timeout(soon, &mut second).await.is_err(), "two have one port");
        drop(first);
        assert_eq!(second.await.len(), 1);
    }

    #[tokio::test]
    async fn ordinary_units_share_the_node() {
        let state = tempfile::tempdir().unwrap();
        let turn = Turn::new(state.path()).unwrap();
        let (_one, _two) = (turn.shared().await, turn.shared().await);
        let file = File::open(state.path().join("node.lock")).unwrap();
        assert!(matches!(file.try_lock(), Err(TryLockError::WouldBlock)));
    }
}
