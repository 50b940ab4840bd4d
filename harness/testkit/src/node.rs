//! A node for tests on a real engine.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use cc_ci_engine::{Engine, EngineError};
use cc_ci_model::RunId;

use crate::lock::{self, Sharing};
use crate::prepare::{IMAGES, prepare, run};
use crate::{NodeGuard, Unable};

/// What a test wants of the machine's engine before it begins.
#[derive(Debug, Clone)]
pub struct Node {
    bin: PathBuf,
    images: Vec<&'static str>,
    sharing: Sharing,
    /// Lock files: who uses the node, and whose turn it is to prepare it.
    locks: (PathBuf, PathBuf),
}

/// The machine's engine, made able by the project's own program `bin` where it is not.
///
/// It is shared with other tests and has all [`IMAGES`] unless the test says otherwise.
#[must_use]
pub fn node(bin: impl AsRef<Path>) -> Node {
    Node {
        bin: bin.as_ref().to_owned(),
        images: IMAGES.to_vec(),
        sharing: Sharing::Shared,
        locks: (lock::path("node"), lock::path("prepare")),
    }
}

impl Node {
    /// No other test uses the node meanwhile.
    #[must_use]
    pub fn alone(mut self) -> Self {
        self.sharing = Sharing::Alone;
        self
    }

    /// Only these images have to be there.
    #[must_use]
    pub fn needs(mut self, images: impl IntoIterator<Item = &'static str>) -> Self {
        self.images = images.into_iter().collect();
        self
    }

    /// Waits for its turn and makes the node able.
    ///
    /// # Errors
    /// [`Unable`], with the output of the command that failed.
    pub async fn start<E: Engine>(
        self,
        connect: impl AsyncFn() -> Result<E, EngineError>,
    ) -> Result<NodeGuard<E>, Unable> {
        let held = lock::wait(self.locks.0, self.sharing).await?;
        let help = async |arguments: &[&str]| run(&self.bin, arguments).await;
        let engine = prepare(self.locks.1, &self.images, connect, help).await?;
        Ok(NodeGuard::new(engine, unique_run(), held))
    }

    /// As [`Node::start`], where a test cannot go on without.
    ///
    /// # Panics
    /// With what [`Node::start`] says.
    pub async fn hold<E: Engine>(
        self,
        connect: impl AsyncFn() -> Result<E, EngineError>,
    ) -> NodeGuard<E> {
        self.start(connect).await.unwrap_or_else(|unable| panic!("{unable}"))
    }
}

/// A run id that no other test on this machine has.
fn unique_run() -> RunId {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (process, count) = (std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
    match RunId::new(format!("test-{:x}-{process:x}-{count:x}", now.as_nanos())) {
        Ok(run) => run,
        Err(error) => panic!("{error}"),
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_engine::{LABEL_RUN, Swarm as _};
    use cc_ci_model::VolumeSpec;

    use super::*;
    use crate::TempState;

    #[test]
    fn runs_are_unique() {
        assert_ne!(unique_run(), unique_run());
    }

    /// A node of the fake that no other test waits for.
    async fn guard(fake: &FakeEngine) -> NodeGuard<FakeEngine> {
        let state = TempState::new();
        let mut node = node("/no/such/program").needs(["a:1"]);
        node.locks = (state.join("node"), state.join("prepare"));
        node.start(async || Ok(fake.clone())).await.unwrap()
    }

    #[tokio::test]
    async fn a_node_that_lacks_nothing_is_given_with_a_run_of_its_own() {
        let guard = guard(&FakeEngine::with_images(["a:1"])).await;
        assert!(guard.engine().node().await.unwrap().manager);
        assert!(guard.run().as_str().starts_with("test-"));
        guard.finish().await;
    }

    #[tokio::test]
    #[should_panic(expected = "left behind: volume data")]
    async fn what_a_test_left_fails_it() {
        let guard = guard(&FakeEngine::with_images(["a:1"])).await;
        let volume = VolumeSpec { name: "data".to_owned(), ..VolumeSpec::default() };
        let labels = [(LABEL_RUN.to_owned(), guard.run().to_string())];
        guard.engine().create_volume(&volume, &labels).await.unwrap();
        guard.finish().await;
    }

    #[tokio::test]
    #[should_panic(expected = "without looking for leftovers")]
    async fn a_guard_has_to_be_finished() {
        drop(guard(&FakeEngine::with_images(["a:1"])).await);
    }
}
