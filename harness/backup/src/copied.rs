//! A copy of the backups for another stack of the same unit.

use cc_ci_engine::{Engine, EngineError};

use crate::Toolbox;
use crate::restic::REPOSITORY;
use crate::toolbox::ORIGINAL;

/// Copies what a snapshot is made of and leaves the locks behind: their owners are processes of another
/// toolbox, and none of them is at this copy. Names as in restic's "Repository layout".
const COPY: &str = r#"set -e
mkdir -p "$2/locks"
for part in config data index keys snapshots; do cp -a "$1/$part" "$2/"; done"#;

/// Copies the repository that the toolbox sees of another volume into its own.
///
/// # Errors
/// The engine's own, also where it cannot be copied: the original is not there, or the disk is full.
pub async fn copy_repository(engine: &dyn Engine, toolbox: &Toolbox) -> Result<(), EngineError> {
    let original = REPOSITORY.replacen("/repository", ORIGINAL, 1);
    toolbox.ends_well(engine, COPY, &[&original, REPOSITORY]).await.map(drop)
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::ExecOutput;
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_testkit::stack::services;

    use super::*;
    use crate::RepositoryVolume;

    #[rstest::rstest]
    #[case::copied(0, true)]
    #[case::no_original(1, false)]
    #[tokio::test(start_paused = true)]
    async fn a_copy_that_fails_is_an_error(#[case] exit_code: i64, #[case] is_copied: bool) {
        let engine = FakeEngine::with_images(["app:1", "toolbox:1"]);
        let stack = services(&[("app", "app:1", &["data:/data"])]);
        let volume = RepositoryVolume::called("copy");
        let toolbox = Toolbox::start(&engine, &stack, &volume, "toolbox:1", &[]).await.unwrap();
        engine.on_exec("cc-ci-toolbox", ExecOutput { exit_code, ..ExecOutput::default() });
        assert_eq!(copy_repository(&engine, &toolbox).await.is_ok(), is_copied);
    }
}
