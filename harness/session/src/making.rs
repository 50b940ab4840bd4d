//! Makes images, until the user breaks off.

use std::sync::Arc;
use std::time::Duration;

use cc_ci_engine::Engine;
use cc_ci_node::images::{Built, Making, Watch};
use cc_ci_node::infra::writer;

use crate::{Failure, News, Session};

/// Time to remove the registry's writer after the user broke off.
const CLOSING: Duration = Duration::from_secs(5);

impl Session<'_> {
    /// Reaches the engine, until the user breaks off.
    ///
    /// # Errors
    /// No engine answers; the user's own end.
    pub async fn engine(&self) -> Result<Arc<dyn Engine>, Failure> {
        tokio::select! {
            engine = self.settings.endpoint.engine() => Ok(engine?),
            () = self.cancel.cancelled() => Err(Failure::cancelled()),
        }
    }

    /// Makes images, for which the registry's writer may be opened, until the user breaks off.
    ///
    /// # Errors
    /// An image that cannot be made; the user's own end.
    pub async fn make(
        &self,
        engine: &dyn Engine,
        making: &Making,
        watch: &dyn Watch,
    ) -> Result<Vec<Built>, Failure> {
        tokio::select! {
            done = making.run(engine, &self.settings.node, watch) => Ok(done?),
            () = self.cancel.cancelled() => {
                // The work was dropped half-way, and with it whatever would have closed the writer. An engine
                // that hangs is not waited for: the next command that needs the registry removes the writer.
                let stray = writer::remove_stray(engine, &self.settings.node);
                match tokio::time::timeout(CLOSING, stray).await {
                    Ok(removed) => removed?,
                    Err(_) => self.ear.hear(News::WriterUnknown),
                }
                Err(Failure::cancelled())
            }
        }
    }
}
