//! Why a connection could not be opened.

use thiserror::Error;

/// Why a connection could not be opened.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DialError {
    /// Nothing listens there: refused, unreachable, or the name does not resolve.
    #[error("{target} does not answer: {detail}")]
    NoAnswer {
        /// Host and port.
        target: String,
        /// What the system or the gateway said.
        detail: String,
    },
    /// The gateway itself cannot be used.
    #[error("the gateway does not work: {message}")]
    Gateway {
        /// What happened.
        message: String,
    },
    /// The edge itself cannot be used.
    #[error("the edge does not work: {message}")]
    Edge {
        /// What happened.
        message: String,
    },
    /// Such a connection is not possible from there.
    #[error("{message}")]
    Unsupported {
        /// What was asked for and what is possible.
        message: String,
    },
}
