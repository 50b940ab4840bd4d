//! The process that outlives a run that is killed, and removes what the run left.
//!
//! The process is this program, started as `cc-ci reap RUN --when-dead` in a session of its own, so that
//! neither Ctrl-C nor the end of a terminal reaches it. It holds no lock of the run. A kill of everything that
//! belongs to the run ends this process too; then the next `cc-ci reap` finds what is left.

use std::io;
use std::process::{Command, Stdio};
use std::time::Duration;

use cc_ci_lock::{LeaseState, Place};
use cc_ci_model::RunId;
use tokio::time::sleep;

use crate::Settings;

/// Time between two looks at the lock of the run.
const LOOK: Duration = Duration::from_millis(500);
/// Time for the engine to end what the killed process had asked for.
const SETTLES: Duration = Duration::from_secs(1);

/// Starts the process for `run`, whose lease is held.
///
/// # Errors
/// It cannot be started.
pub(crate) fn start(settings: &Settings, run: &RunId) -> io::Result<()> {
    let program = std::env::current_exe()?;
    let started = Command::new(program)
        .args(["reap", run.as_str(), "--when-dead", "--state"])
        .arg(&settings.node.state)
        // The current folder of the user could not be unmounted while the process runs.
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    started.map(drop)
}

/// Waits until no process holds the lease of `run`. True where the lease is left, because the run was killed.
pub async fn died(place: &Place, run: &str) -> bool {
    // If this fails, Ctrl-C can end the process, and the next `cc-ci reap` finds what is left.
    let _ = rustix::process::setsid();
    loop {
        match place.lease_state(run) {
            LeaseState::Held(_) | LeaseState::Unknown(_) => sleep(LOOK).await,
            LeaseState::Absent => return false,
            LeaseState::Free => {
                sleep(SETTLES).await;
                return true;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_lock::Who;

    use super::*;

    #[tokio::test]
    async fn a_run_that_gave_its_lease_back_has_not_died() {
        let folder = tempfile::tempdir().unwrap();
        let place = Place::at(folder.path().join("locks"));
        let lease = place.lease(&Who::run("20260101-000000-abcd"), folder.path()).unwrap();
        let waits = died(&place, "20260101-000000-abcd");
        tokio::pin!(waits);
        let early = tokio::time::timeout(Duration::from_millis(50), &mut waits).await;
        assert!(early.is_err(), "the run lives");
        drop(lease);
        assert!(!waits.await);
    }
}
