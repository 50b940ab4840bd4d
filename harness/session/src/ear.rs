//! What a session reports while it runs. The listener chooses the words.

use std::io;

use cc_ci_engine::{EngineError, Object};
use cc_ci_history::HistoryError;
use cc_ci_model::{Record, UnitId};
use cc_ci_node::images::Watch;
use cc_ci_source::GreenError;
use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

/// Receives the reports of a session.
pub trait Ear: Send + Sync {
    /// Receives one report.
    fn hear(&self, news: News<'_>);

    /// Starts to show the records of a run. The display ends when the sender is dropped.
    fn records(&self) -> (UnboundedSender<Record>, JoinHandle<()>);

    /// Shows how images are made. `beside_a_run`: the records of a run are shown at the same time.
    fn images(&self, beside_a_run: bool) -> Box<dyn Watch>;
}

/// One report of a session.
#[derive(Debug)]
pub enum News<'a> {
    /// A line of the work on this machine, such as a wait for another process.
    Progress(&'a str),
    /// The planning of a unit found something that does not stop it.
    Planned(&'a UnitId, &'a str),
    /// The process that cleans up after a killed run could not be started.
    NoReaper(&'a io::Error),
    /// The engine does not answer at the end of a run, so nothing is removed.
    EngineIsSilent,
    /// An object of a run that was broken off could not be removed.
    Left(&'a Object),
    /// The engine did not say what is left of a run that was broken off.
    LeftUnknown(&'a EngineError),
    /// The writer of the registry could not be removed.
    WriterStays(&'a EngineError),
    /// The engine did not say in time whether the writer of the registry is removed.
    WriterUnknown,
    /// The lease of the run could not be removed.
    LeaseStays(&'a EngineError),
    /// The history cannot be read, so the schedule uses estimates.
    NoPast(&'a HistoryError),
    /// The run could not be added to the history.
    NotInHistory(&'a HistoryError),
    /// A release that was green could not be remembered as a base of upgrades.
    GreenForgotten(&'a GreenError),
}
