//! What all parts of a run share.

use std::sync::Arc;

use cc_ci_node::images::Making;
use tokio_util::sync::CancellationToken;

use crate::{Ear, Settings};

/// What all parts of a run share.
#[derive(Clone)]
pub struct Session<'a> {
    /// The settings of this machine.
    pub settings: &'a Settings,
    /// Receives the reports of the session.
    pub ear: &'a dyn Ear,
    /// Cancelled when the user cancels the command.
    pub cancel: CancellationToken,
    /// Images that are made while the run goes on, if the command makes them.
    pub making: Option<Arc<Making>>,
}
