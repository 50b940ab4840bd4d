//! The end of a repository on a backend that outlives the unit.

use cc_ci_engine::{Engine, EngineError};

use crate::restic::REPOSITORY;
use crate::{Restic, ResticError, Toolbox};

/// What became of a repository that was to be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Removed {
    /// Nothing of it is there.
    Gone,
    /// It holds no snapshot and no data. Its `config` and one key stay: restic has no command that
    /// removes them, and only the backend's owner can.
    Emptied,
}

/// Every snapshot that the unit took. `--unsafe-allow-remove-all` wants a filter, and every snapshot of
/// the harness has this host (restic 0.18 manual, "Removing backup snapshots").
const FORGET: [&str; 4] = ["forget", "--unsafe-allow-remove-all", "--host", "cc-ci"];
/// All data that no snapshot needs, also what a broken backup left.
const PRUNE: [&str; 2] = ["prune", "--max-unused=0"];
/// A process that was killed in the middle of something left its lock.
const UNLOCK: [&str; 2] = ["unlock", "--remove-all"];

/// Removes the folder of a repository and nothing above it.
const REMOVE_FOLDER: &str = r#"rm -rf -- "$1" && [ ! -e "$1" ]"#;

impl Restic {
    /// True where the repository lies in the unit's own volume, which is removed with the unit.
    #[must_use]
    pub fn goes_with_the_unit(&self) -> bool {
        self.repository().reveal() == REPOSITORY.as_bytes()
    }

    /// Removes the repository from its backend. A value of this type exists only where `init` made the
    /// repository, so one that was there before is never touched.
    ///
    /// # Errors
    /// restic's or the engine's own; then it is unknown what the backend still holds.
    pub async fn remove(
        &self,
        (engine, toolbox): (&dyn Engine, &Toolbox),
    ) -> Result<Removed, ResticError> {
        if self.goes_with_the_unit() {
            return Ok(Removed::Gone);
        }
        if self.is_local() {
            // The path of a folder holds no password.
            let folder = self.repository().reveal_text();
            let done = toolbox.script(engine, REMOVE_FOLDER, &[&folder]).await?;
            return if done.ok() { Ok(Removed::Gone) } else { Err(left(&done.complaint())) };
        }
        for command in [UNLOCK.as_slice(), &FORGET, &PRUNE] {
            self.run((engine, toolbox), command).await?;
        }
        Ok(Removed::Emptied)
    }
}

fn left(complaint: &str) -> ResticError {
    let (action, message) = ("remove the folder of a repository".to_owned(), complaint.to_owned());
    ResticError::Engine(EngineError::Refused { action, status: None, message })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::{Arc, Mutex};
    use std::time::Duration;

    use cc_ci_engine::ExecOutput;
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_model::Secret;

    use super::*;
    use crate::{BackupPlace, RepositoryVolume};

    /// A repository on `backend`, and every command line that ran since it was made. `failing` is a
    /// command of restic that ends with 1.
    async fn made(
        backend: Option<&str>,
        failing: &'static str,
    ) -> (FakeEngine, Toolbox, Restic, Arc<Mutex<Vec<String>>>) {
        let engine = FakeEngine::with_images(["toolbox:1"]);
        let stack = cc_ci_testkit::stack::one_service("unit-abc123", "app:1");
        let toolbox =
            Toolbox::start(&engine, &stack, &RepositoryVolume::called("backups"), "toolbox:1", &[])
                .await
                .unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let calls = seen.clone();
        engine.on_exec_with(move |call| {
            calls.lock().unwrap().push(call.exec.command.join(" "));
            let fails = call.exec.command.iter().any(|word| word == failing);
            Some(Ok(ExecOutput { exit_code: i64::from(fails), ..ExecOutput::default() }))
        });
        let place =
            BackupPlace { backend: backend.map(Secret::from), credentials: BTreeMap::new() };
        let (password, limit) = (Secret::from("correct-horse"), Duration::from_secs(9));
        let place = (&place, "unit-abc123-1");
        let restic = Restic::init(&engine, &toolbox, place, password, limit).await.unwrap();
        seen.lock().unwrap().clear();
        (engine, toolbox, restic, seen)
    }

    #[tokio::test]
    async fn a_repository_in_the_units_own_volume_is_left_to_the_volume() {
        let (engine, toolbox, restic, seen) = made(None, "").await;
        assert_eq!(restic.remove((&engine, &toolbox)).await.unwrap(), Removed::Gone);
        assert!(seen.lock().unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_folder_is_removed_and_nothing_above_it() {
        let (engine, toolbox, restic, seen) = made(Some("/mnt/backups/"), "").await;
        assert_eq!(restic.remove((&engine, &toolbox)).await.unwrap(), Removed::Gone);
        let seen = seen.lock().unwrap().clone();
        assert_eq!(seen.len(), 1);
        assert!(seen[0].ends_with(" sh /mnt/backups/unit-abc123-1"), "{seen:?}");
    }

    #[tokio::test]
    async fn a_repository_elsewhere_is_emptied() {
        let (engine, toolbox, restic, seen) = made(Some("rest:http://b.test/ci"), "").await;
        assert_eq!(restic.remove((&engine, &toolbox)).await.unwrap(), Removed::Emptied);
        let all = [UNLOCK.as_slice(), &FORGET, &PRUNE].map(|words| words.join(" "));
        let ran = all.map(|words| format!("restic {words}"));
        assert_eq!(*seen.lock().unwrap(), ran);
    }

    #[rstest::rstest]
    #[case::unlock("unlock")]
    #[case::forget("forget")]
    #[case::prune("prune")]
    #[tokio::test]
    async fn what_fails_is_told(#[case] failing: &'static str) {
        let (engine, toolbox, restic, _) = made(Some("s3:https://b.test/ci"), failing).await;
        let error = restic.remove((&engine, &toolbox)).await.unwrap_err();
        assert!(error.to_string().contains(failing), "{error}");
    }
}
