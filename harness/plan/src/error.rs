//! Why a recipe cannot be opened or planned, and who must act.

use std::error::Error as StdError;

use cc_ci_model::{Caused, Fault, Owner};
use cc_ci_source::SourceError;
use thiserror::Error;

/// Who must act before the unit can be planned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The harness is wrong.
    Bug,
    /// The person who typed the command.
    Usage,
    /// A suite is wrong; the recipe has no part in it.
    Suite,
    /// The recipe's own files are refused.
    Recipe,
    /// The machine refuses something, or a server cannot be reached.
    Machine,
}

/// Why a recipe cannot be opened or planned: what failed, who must act, and the next move.
#[derive(Debug, Error)]
#[error("{source}")]
pub struct PlanError {
    blame: Blame,
    source: Box<dyn StdError + Send + Sync>,
    hints: Vec<String>,
    fault: Option<Box<Fault>>,
}

impl PlanError {
    pub(crate) fn new(blame: Blame, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { blame, source: source.into(), hints: Vec::new(), fault: None }
    }

    pub(crate) fn bug(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Blame::Bug, source)
    }

    pub(crate) fn usage(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Blame::Usage, source)
    }

    pub(crate) fn recipe(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Blame::Recipe, source)
    }

    pub(crate) fn machine(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Blame::Machine, source)
    }

    /// The same error within `said`.
    pub(crate) fn context(mut self, said: impl Into<String>) -> Self {
        self.source = Box::new(Caused::new(said, self.source));
        self
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Who must act.
    #[must_use]
    pub fn blame(&self) -> Blame {
        self.blame
    }

    /// What to do, a line each. The error's own words can hold more hints.
    #[must_use]
    pub fn hints(&self) -> &[String] {
        &self.hints
    }

    /// The typed origin, where the cause knows it better than [`PlanError::blame`].
    #[must_use]
    pub fn fault(&self) -> Option<&Fault> {
        self.fault.as_deref()
    }

    /// The error with its causes and hints, for a failed test.
    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        let mut text = self.to_string();
        let mut cause: Option<&dyn StdError> = self.source.source();
        while let Some(error) = cause {
            text.push_str(&format!(": {error}"));
            cause = error.source();
        }
        self.hints.iter().for_each(|hint| text.push_str(&format!("\nhint: {hint}")));
        text
    }
}

impl From<SourceError> for PlanError {
    /// A source that cannot be had, with what a recipe is where its own words do not say so.
    fn from(error: SourceError) -> Self {
        let blame = match error.owner() {
            None => Blame::Usage,
            Some(Owner::Recipe) => Blame::Recipe,
            Some(Owner::Harness | Owner::External | Owner::Unknown) => Blame::Machine,
        };
        let text = error.to_string();
        let has_hint = text.contains("hint: ");
        let fault = Some(Box::new(error.fault()));
        let error = Self { fault, ..Self::new(blame, text) };
        if has_hint {
            return error;
        }
        error.hint("a recipe has recipe.toml and versions/<version>/compose.yml")
    }
}
