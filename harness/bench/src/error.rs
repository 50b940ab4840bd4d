//! Why a measurement breaks off.

use std::error::Error as StdError;

use cc_ci_engine::EngineError;
use cc_ci_lease::LeaseError;
use cc_ci_model::Caused;
use cc_ci_plan::{Blame, PlanError};
use thiserror::Error;

/// What kind of end it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The harness is wrong, or what is measured does not do what it must.
    Bug,
    /// Bad arguments or bad input.
    Usage,
    /// The machine is not able, or not prepared.
    Machine,
    /// The engine refused or did not answer: the source is an `EngineError`, or no engine was reached.
    Engine,
    /// The user broke the measurement off.
    Cancelled,
}

/// Why a measurement breaks off: what failed, and the next move.
#[derive(Debug, Error)]
#[error("{source}")]
pub struct BenchError {
    /// What kind of end it is.
    pub kind: Kind,
    source: Box<dyn StdError + Send + Sync>,
    /// What to do, a line each.
    pub hints: Vec<String>,
}

impl BenchError {
    /// An error of this kind.
    pub fn new(kind: Kind, source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self { kind, source: source.into(), hints: Vec::new() }
    }

    pub(crate) fn message(kind: Kind, message: impl Into<String>) -> Self {
        Self::new(kind, message.into())
    }

    pub(crate) fn bug(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Kind::Bug, source)
    }

    pub(crate) fn usage(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self::new(Kind::Usage, source)
    }

    pub(crate) fn cancelled() -> Self {
        Self::message(Kind::Cancelled, "cancelled")
    }

    /// The same error within `said`.
    pub(crate) fn context(mut self, said: impl Into<String>) -> Self {
        self.source = Box::new(Caused::new(said, self.source));
        self
    }

    /// The same error with what to do about it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The error that caused it.
    #[must_use]
    pub fn into_source(self) -> Box<dyn StdError + Send + Sync> {
        self.source
    }

    /// The error with its hints, for a failed test.
    #[cfg(test)]
    pub(crate) fn text(&self) -> String {
        let hints = self.hints.iter().map(|hint| format!("\nhint: {hint}"));
        [self.to_string()].into_iter().chain(hints).collect()
    }
}

impl From<PlanError> for BenchError {
    fn from(error: PlanError) -> Self {
        let kind = match error.blame() {
            Blame::Bug => Kind::Bug,
            Blame::Usage | Blame::Suite | Blame::Recipe => Kind::Usage,
            Blame::Machine => Kind::Machine,
        };
        let hints = error.hints().to_vec();
        Self { hints, ..Self::new(kind, error) }
    }
}

impl From<EngineError> for BenchError {
    fn from(error: EngineError) -> Self {
        Self::new(Kind::Engine, error)
    }
}

impl From<LeaseError> for BenchError {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Lock(error) => Self::new(Kind::Machine, error),
            LeaseError::Engine(error) => error.into(),
        }
    }
}
