//! What the parts of a run have in common.

use std::sync::Arc;

use cc_ci_node::images::Making;
use tokio_util::sync::CancellationToken;

use crate::{Ear, Settings};

/// What the parts of a run have in common.
#[derive(Clone)]
pub struct Session<'a> {
    /// What is set for this machine.
    pub settings: &'a Settings,
    /// Hears what is worth telling.
    pub ear: &'a dyn Ear,
    /// Cancelled when the user breaks off.
    pub cancel: CancellationToken,
    /// Images that are made meanwhile, where the command makes them.
    pub making: Option<Arc<Making>>,
}
