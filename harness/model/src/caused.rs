//! A message with the error that caused it.

use std::error::Error;

/// A message with the error that caused it, which a reader of the chain of causes finds as its source.
#[derive(Debug, thiserror::Error)]
#[error("{said}")]
pub struct Caused {
    said: String,
    source: Box<dyn Error + Send + Sync>,
}

impl Caused {
    /// `said`, because of `source`.
    #[must_use]
    pub fn new(said: impl Into<String>, source: Box<dyn Error + Send + Sync>) -> Self {
        Self { said: said.into(), source }
    }
}
