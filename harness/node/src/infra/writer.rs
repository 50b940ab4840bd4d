//! The registry's writer: a second container over the registry's data, only while images are sent.

use cc_ci_engine::{Engine, EngineError};

use super::InfraError;
use super::container::{last_words, remove};
use super::registry::{LIMIT, data, specification};
use crate::lock::Lock;
use crate::{Settings, http};

/// Name of its container.
pub const NAME: &str = "cc-ci-registry-writer";
const WHAT: &str = "registry-writer";
/// The lock that is held for as long as images are built or sent, by whichever user.
pub(crate) const LOCK: &str = "images";

/// A running writer. [`Writer::close`] removes it; one that was left behind by a process that was
/// killed is removed by the next command that needs the registry.
#[derive(Debug)]
pub(crate) struct Writer {
    /// Its loopback port.
    pub(crate) port: u16,
}

impl Writer {
    /// Starts it. The caller holds [`LOCK`].
    pub(crate) async fn open(engine: &dyn Engine, settings: &Settings) -> Result<Self, InfraError> {
        let failed = InfraError::engine(WHAT);
        data(engine).await?;
        remove(engine, NAME).await.map_err(&failed)?;
        let spec = specification(NAME, WHAT, settings.writer_port);
        let id = engine.start_container(&spec).await.map_err(&failed)?;
        let state = engine.container(&id).await.map_err(&failed)?;
        let published = state.ports.get("5000/tcp").and_then(|host| host.rsplit(':').next());
        let port = published.and_then(|port| port.parse().ok()).unwrap_or_default();
        if http::wait(port, "/v2/", 200, LIMIT).await {
            return Ok(Self { port });
        }
        let logs = last_words(engine, NAME).await;
        let _ = remove(engine, NAME).await;
        Err(InfraError::Silent { what: WHAT, port, logs })
    }

    /// Removes it.
    pub(crate) async fn close(self, engine: &dyn Engine) -> Result<(), InfraError> {
        remove(engine, NAME).await.map_err(InfraError::engine(WHAT))
    }
}

/// Removes a writer that no process uses: the lock is free, so whichever process started it has ended.
///
/// # Errors
/// The engine's own.
pub async fn remove_stray(engine: &dyn Engine, settings: &Settings) -> Result<(), EngineError> {
    let Some(_lock) = Lock::attempt(&settings.locks, LOCK).await else { return Ok(()) };
    remove(engine, NAME).await
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::Containers;
    use cc_ci_engine::fake::FakeEngine;

    use super::*;
    use crate::lock::SECONDS;
    use crate::settings::fake::settings;

    async fn opened() -> (tempfile::TempDir, Settings, FakeEngine) {
        let (state, mut settings) = settings();
        settings.writer_port = http::fake::server("HTTP/1.1 200 OK\r\n\r\n").await;
        let engine = FakeEngine::with_images(["cc-ci/registry:2.8"]);
        let writer = Writer::open(&engine, &settings).await.unwrap();
        assert_eq!(writer.port, settings.writer_port);
        (state, settings, engine)
    }

    #[tokio::test]
    async fn it_is_gone_once_it_is_closed() {
        let (_state, settings, engine) = opened().await;
        Writer { port: settings.writer_port }.close(&engine).await.unwrap();
        assert!(engine.container(NAME).await.unwrap_err().is_not_found());
    }

    #[tokio::test]
    async fn what_a_killed_process_left_is_removed_and_what_is_in_use_is_not() {
        let (_state, settings, engine) = opened().await;
        let held = Lock::take(&settings.locks, LOCK, SECONDS, &|_: &str| ()).await.unwrap();
        remove_stray(&engine, &settings).await.unwrap();
        assert!(engine.container(NAME).await.is_ok());
        drop(held);
        remove_stray(&engine, &settings).await.unwrap();
        assert!(engine.container(NAME).await.unwrap_err().is_not_found());
    }
}
