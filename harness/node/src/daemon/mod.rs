//! The engine's daemon: started where it does not run, and restarted as by a reboot.

mod restart;
mod start;

pub use restart::{Unable, able, restart};
pub(crate) use start::start;

use std::pin::Pin;
use std::sync::Arc;

use cc_ci_engine::{Engine, EngineError};
use thiserror::Error;

use crate::CommandError;

/// An attempt to reach the engine.
pub type Connecting = Pin<Box<dyn Future<Output = Result<Arc<dyn Engine>, EngineError>> + Send>>;

/// Reaches the engine, or says why not; asked again and again while a daemon starts.
pub type Connect<'a> = &'a (dyn Fn() -> Connecting + Send + Sync);

/// Why the daemon does not run as it should.
#[derive(Debug, Error)]
pub enum DaemonError {
    /// A command of the system failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// It does not come up.
    #[error("the engine's daemon does not run: {message}")]
    Silent {
        /// What it said last.
        message: String,
    },
    /// It does not end.
    #[error("the engine's daemon cannot be ended: {message}")]
    Stays {
        /// Why not.
        message: String,
    },
}
