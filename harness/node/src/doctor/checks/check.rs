//! What every check is.

use async_trait::async_trait;

use super::super::facts::Facts;
use super::super::finding::Answer;

/// One look at the machine.
#[async_trait]
pub(crate) trait Check: Sync {
    /// Stable name of the finding.
    fn id(&self) -> &'static str;

    /// What is looked at, for a reader.
    fn what(&self) -> &'static str;

    /// Looks.
    async fn examine(&self, facts: &Facts<'_>) -> Answer;
}

/// The answer of checks that only the engine could answer.
pub(super) fn unknown() -> Answer {
    Answer::warn("not known before the engine answers")
}
