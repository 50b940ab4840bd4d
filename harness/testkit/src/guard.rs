//! A test's hold on the node.

use cc_ci_engine::Engine;
use cc_ci_model::RunId;

use crate::Leftovers;
use crate::lock::Held;

/// The node as long as a test has it.
///
/// [`finish`](Self::finish) is the only good end: a guard that is dropped without it, while the
/// test is not failing already, fails the test, because nobody looked for what it left.
#[derive(Debug)]
#[must_use = "the test ends with finish()"]
pub struct NodeGuard<E: Engine> {
    engine: E,
    run: RunId,
    held: Option<Held>,
}

impl<E: Engine> NodeGuard<E> {
    pub(crate) fn new(engine: E, run: RunId, held: Held) -> Self {
        Self { engine, run, held: Some(held) }
    }

    /// The engine.
    pub fn engine(&self) -> &E {
        &self.engine
    }

    /// The value of the label `cc-ci.run` for everything that the test creates.
    pub fn run(&self) -> &RunId {
        &self.run
    }

    /// What `run` has on the engine.
    ///
    /// # Panics
    /// Where the engine cannot be asked.
    pub async fn left_of(&self, run: &RunId) -> Leftovers {
        match Leftovers::of(&self.engine, run).await {
            Ok(left) => left,
            Err(error) => panic!("cannot look for leftovers: {error}"),
        }
    }

    /// Ends the test's hold on the node.
    ///
    /// # Panics
    /// Where something of the run is still on the engine, or the engine cannot be asked.
    pub async fn finish(mut self) {
        let left = self.left_of(&self.run).await;
        self.held = None;
        left.assert_none();
    }
}

impl<E: Engine> Drop for NodeGuard<E> {
    fn drop(&mut self) {
        if self.held.is_some() && !std::thread::panicking() {
            panic!("a test of run {} ended without looking for leftovers", self.run);
        }
    }
}
