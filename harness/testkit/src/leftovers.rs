//! What a test left on the engine.

use std::fmt;

use cc_ci_engine::{Engine, EngineError, LABEL_RUN, Object, Selector};
use cc_ci_model::RunId;

/// Objects of a run that are still on the engine.
#[derive(Debug, PartialEq, Eq)]
pub struct Leftovers(Vec<Object>);

impl Leftovers {
    /// Looks for whatever carries the label of `run`.
    ///
    /// # Errors
    /// The engine's own.
    pub async fn of(engine: &dyn Engine, run: &RunId) -> Result<Self, EngineError> {
        Ok(Self(engine.inventory(&Selector::label(LABEL_RUN, run.as_str())).await?))
    }

    /// True where nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The test fails if anything is left.
    ///
    /// # Panics
    /// Where something is left, with its kinds and names.
    pub fn assert_none(&self) {
        assert!(self.0.is_empty(), "the test left behind: {self}");
    }
}

impl fmt::Display for Leftovers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|object| format!("{} {}", object.kind.as_str(), object.name));
        f.write_str(&names.collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::Swarm as _;
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_model::VolumeSpec;

    use super::*;

    async fn engine_with_a_volume_of(run: &str) -> FakeEngine {
        let fake = FakeEngine::new();
        let volume = VolumeSpec { name: "data".to_owned(), ..VolumeSpec::default() };
        fake.create_volume(&volume, &[(LABEL_RUN.to_owned(), run.to_owned())]).await.unwrap();
        fake
    }

    #[tokio::test]
    #[should_panic(expected = "left behind: volume data")]
    async fn what_is_left_is_named() {
        let fake = engine_with_a_volume_of("mine").await;
        Leftovers::of(&fake, &RunId::new("mine").unwrap()).await.unwrap().assert_none();
    }

    #[tokio::test]
    async fn what_others_left_is_theirs() {
        let fake = engine_with_a_volume_of("theirs").await;
        Leftovers::of(&fake, &RunId::new("mine").unwrap()).await.unwrap().assert_none();
    }
}
