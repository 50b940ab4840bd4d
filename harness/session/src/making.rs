//! Makes images until they are done or the user cancels.

use std::sync::Arc;
use std::time::Duration;

use cc_ci_engine::Engine;
use cc_ci_node::images::{Built, Making, Watch};
use cc_ci_node::infra::writer;

use crate::{Failure, News, Session};

/// Time to remove the registry's writer after the user broke off.
const CLOSING: Duration = Duration::from_secs(5);

impl Session<'_> {
    /// Connects to the engine, unless the user cancels first.
    ///
    /// # Errors
    /// No engine answers, or the user cancelled.
    pub async fn engine(&self) -> Result<Arc<dyn Engine>, Failure> {
        tokio::select! {
            engine = self.settings.endpoint.engine() => Ok(engine?),
            () = self.cancel.cancelled() => Err(Failure::cancelled()),
        }
    }

    /// Makes images, unless the user cancels first. The registry's writer may be opened for them.
    ///
    /// # Errors
    /// An image cannot be made, or the user cancelled.
    pub async fn make(
        &self,
        engine: &dyn Engine,
        making: &Making,
        watch: &dyn Watch,
    ) -> Result<Vec<Built>, Failure> {
        tokio::select! {
            done = making.run(engine, &self.settings.node, watch) => Ok(done?),
            () = self.cancel.cancelled() => {
                // The dropped work would have closed the writer of the registry, so it is closed here. There is
                // no wait for an engine that hangs: the next command that needs the registry removes the
                // writer.
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
