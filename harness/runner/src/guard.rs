//! What stops a unit from outside of its checks.

use std::sync::{Arc, OnceLock};

use cc_ci_model::Fault;
use tokio_util::sync::CancellationToken;

/// Stops every check of a unit, with the reason. Clones share their state.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guard {
    stopped: CancellationToken,
    fault: Arc<OnceLock<Fault>>,
}

impl Guard {
    /// Stops the unit; the first reason stays.
    pub(crate) fn stop(&self, fault: Fault) {
        let _ = self.fault.set(fault);
        self.stopped.cancel();
    }

    /// Why the unit was stopped, if it was.
    pub(crate) fn fault(&self) -> Option<&Fault> {
        self.fault.get()
    }

    /// What was seen of the engine's silence, where that is why the unit was stopped.
    pub(crate) fn silence(&self) -> Option<&Fault> {
        self.fault().filter(|fault| matches!(fault, Fault::EngineDown { .. }))
    }

    /// Waits until the unit is stopped because the engine is silent; for ever where it is stopped for another
    /// reason.
    pub(crate) async fn silenced(&self) {
        self.stopped.cancelled().await;
        if self.silence().is_none() {
            std::future::pending::<()>().await;
        }
    }

    /// Waits until the unit is stopped.
    pub(crate) async fn stopped(&self) -> Fault {
        self.stopped.cancelled().await;
        let unknown = || Fault::Bug { message: "a unit was stopped without a reason".to_owned() };
        self.fault.get().cloned().unwrap_or_else(unknown)
    }
}
