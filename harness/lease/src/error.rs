//! Why nothing can be said about the runs of a machine.

use cc_ci_engine::EngineError;
use cc_ci_lock::LockError;
use thiserror::Error;

/// Why a lease cannot be taken, or the runs cannot be looked at.
#[derive(Debug, Error)]
pub enum LeaseError {
    /// The folder of locks cannot be used; the error has its own hint.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The engine's own.
    #[error(transparent)]
    Engine(#[from] EngineError),
}
