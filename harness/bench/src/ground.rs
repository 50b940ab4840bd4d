//! What a measurement needs of the program around it.

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_engine::Engine;
use cc_ci_journal::Journal;
use cc_ci_model::RunId;
use cc_ci_plan::{Planner, Reboot};
use cc_ci_runner::{SystemEntropy, World, new_run};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::error::{BenchError, Kind};

/// Reaches the engine, and makes its node ready for runs.
#[async_trait]
pub trait Nodes: Send + Sync {
    /// The node, ready for units, unless the user breaks off.
    async fn ready(&self) -> Result<Box<dyn Node>, BenchError>;
    /// The engine.
    async fn engine(&self) -> Result<Arc<dyn Engine>, BenchError>;
}

/// A node that is ready for units.
pub trait Node: Send + Sync {
    /// Its engine.
    fn engine(&self) -> &Arc<dyn Engine>;
    /// The world of one run.
    fn world(&self, run: &RunId, phase: &str, journal: Journal, cancel: CancellationToken)
    -> World;
}

/// What a measurement needs of the program around it.
pub struct Ground<'a> {
    /// Plans units.
    pub planner: Planner<'a>,
    /// A checkout of the project, where there is one.
    pub checkout: Option<&'a Path>,
    /// The folder in which each living run has a folder for its Unix sockets.
    pub sockets: &'a Path,
    /// Loopback port of the local registry.
    pub registry_port: u16,
    /// The node.
    pub nodes: &'a dyn Nodes,
    /// Cancelled when the user breaks the measurement off.
    pub cancel: CancellationToken,
    /// Says how far the measurement is.
    pub talk: &'a (dyn Fn(&str) + Send + Sync),
}

impl<'a> Ground<'a> {
    /// A checkout of the project, for what is not part of the program.
    pub(crate) fn checkout(&self) -> Result<&'a Path, BenchError> {
        self.checkout.ok_or_else(|| {
            let message = "no folder with recipes/ and suites/ here or above";
            BenchError::message(Kind::Usage, message)
                .hint("change into a checkout of cc-ci, or name one with --root DIR")
        })
    }

    /// True where the engine's daemon may be restarted.
    pub(crate) fn restarts_daemon(&self) -> bool {
        self.planner.reboot != Reboot::Forbidden
    }
}

/// A name for a new run.
pub(crate) fn run_id() -> Result<RunId, BenchError> {
    new_run(Timestamp::now(), &SystemEntropy).map_err(BenchError::bug)
}
