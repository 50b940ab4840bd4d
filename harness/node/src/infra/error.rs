//! Why the registry or the edge does not run.

use std::path::PathBuf;

use cc_ci_engine::EngineError;
use thiserror::Error;

use crate::LockError;

/// Why the registry or the edge does not run.
#[derive(Debug, Error)]
pub enum InfraError {
    /// The engine refused. [`EngineError::PortTaken`] is among these.
    #[error("the {what} does not start: {source}{}", hint(source))]
    Engine {
        /// `registry` or `edge`.
        what: &'static str,
        /// What the engine said.
        source: EngineError,
    },
    /// Its image was never built here.
    #[error("the {what} has no image {image} (hint: run `cc-ci images build`)")]
    NoImage {
        /// `registry` or `edge`.
        what: &'static str,
        /// The image.
        image: String,
    },
    /// It does not run as this version wants it, and runs that go on use it.
    #[error(
        "the {what} has to be replaced, but these runs use it: {runs} (hint: wait for their end; \
         `cc-ci reap` removes what ended runs left behind)"
    )]
    InUse {
        /// `registry`.
        what: &'static str,
        /// The runs.
        runs: String,
    },
    /// Its container runs and does not answer.
    #[error("the {what} does not answer on 127.0.0.1:{port}; it said:\n{logs}")]
    Silent {
        /// `registry` or `edge`.
        what: &'static str,
        /// The port.
        port: u16,
        /// The last lines of its log.
        logs: String,
    },
    /// A certificate cannot be made.
    #[error("the edge's certificate cannot be made: {0}")]
    Certificate(#[from] rcgen::Error),
    /// A file cannot be read or written.
    #[error("{path} cannot be read or written: {source}", path = path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process could not be waited for.
    #[error(transparent)]
    Lock(#[from] LockError),
}

impl InfraError {
    /// The engine's own words, where it was the engine that refused.
    #[must_use]
    pub fn engine_error(&self) -> Option<&EngineError> {
        match self {
            Self::Engine { source, .. } => Some(source),
            Self::NoImage { .. }
            | Self::InUse { .. }
            | Self::Silent { .. }
            | Self::Certificate(_)
            | Self::File { .. }
            | Self::Lock(_) => None,
        }
    }

    pub(super) fn engine(what: &'static str) -> impl Fn(EngineError) -> Self {
        move |source| Self::Engine { what, source }
    }

    pub(super) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }
}

fn hint(source: &EngineError) -> String {
    match source {
        EngineError::PortTaken { port, .. } => {
            format!(
                " (hint: `ss -ltnp sport = :{port}` shows who listens there; stop it or choose another port)"
            )
        }
        _ => String::new(),
    }
}
