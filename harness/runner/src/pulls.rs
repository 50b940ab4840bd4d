//! Each image is brought to the node once in a run, however many legs need it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cc_ci_engine::{Engine, EngineError, ImageState};
use tokio::sync::OnceCell;

/// The images that a run has brought to the node. A pull that failed is tried again by the
/// next leg that needs the image.
#[derive(Clone, Default)]
pub struct Pulls(Arc<Mutex<BTreeMap<String, Arc<OnceCell<ImageState>>>>>);

impl Pulls {
    /// The image `reference`, brought from its registry within `limit` where this run has not done so.
    ///
    /// # Errors
    /// The engine's own.
    pub(crate) async fn pull(
        &self,
        engine: &dyn Engine,
        reference: &str,
        limit: Duration,
    ) -> Result<ImageState, EngineError> {
        let image = {
            let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            known.entry(reference.to_owned()).or_default().clone()
        };
        image.get_or_try_init(|| engine.pull(reference, limit)).await.cloned()
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::fake::FakeEngine;

    use super::*;

    const LIMIT: Duration = Duration::from_secs(1);

    #[tokio::test(start_paused = true)]
    async fn an_image_comes_once_and_a_failure_is_tried_again() {
        let (engine, pulls) = (FakeEngine::new(), Pulls::default());
        engine.add_to_registry("app:1");
        let message = "rpc error".to_owned();
        let error = EngineError::Conflict { object: "app:1".to_owned(), message };
        engine.fail_next("pull", error.clone());
        assert_eq!(pulls.pull(&engine, "app:1", LIMIT).await, Err(error));
        for _ in 0..3 {
            pulls.pull(&engine, "app:1", LIMIT).await.unwrap();
        }
        assert_eq!(engine.count("pull"), 2);
    }
}
