//! The locks of the program before tickets, which wrote no protocol and cannot be changed any more.
//!
//! That program takes `node.lock` shared for an ordinary unit and exclusive for an isolated one,
//! holds `leases/<run>.lock` while a run lives, and takes `<state>/registry.lock` exclusively before it
//! touches registry and edge. It takes every error on a lease for "not held". This program therefore
//! holds the same files beside its own: an older `reap` sees its runs alive, an older run of the same state
//! folder does not get past the registry while one of its runs lives, and a turn at the node keeps
//! both kinds of runs apart.

use std::fs::{File, TryLockError};
use std::path::Path;

use crate::file::shared;
use crate::queue::Patience;
use crate::{LockError, Place, Sharing};

/// The lock whose older form is respected.
const NODE: &str = "node";

/// Holds the older form of the lock `name`, where it has one.
pub(crate) async fn take(
    place: &Place,
    name: &str,
    sharing: Sharing,
    patience: &mut Patience<'_>,
) -> Result<Option<File>, LockError> {
    if name != NODE {
        return Ok(None);
    }
    let path = place.path().join("node.lock");
    let file = shared(&path)?;
    loop {
        let tried = match sharing {
            Sharing::Shared => file.try_lock_shared(),
            Sharing::Alone => file.try_lock(),
        };
        match tried {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => {
                patience.pause("a run of an older cc-ci is on the node").await?;
            }
            Err(TryLockError::Error(source)) => {
                return Err(LockError::Io { path, doing: "locked", source });
            }
        }
    }
}

/// Keeps runs of the older program that use the state folder `state` before their first step. Where an
/// older run takes that step right now, nothing is held: it is over in a moment, and that run is alive.
pub(crate) fn gate(state: &Path) -> Result<Option<File>, LockError> {
    if !state.is_dir() {
        return Ok(None);
    }
    let file = shared(&state.join("registry.lock"))?;
    Ok(file.try_lock_shared().is_ok().then_some(file))
}
