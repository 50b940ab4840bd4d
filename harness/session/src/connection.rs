//! The connection to the engine.

use std::sync::Arc;
use std::time::Duration;

use cc_ci_docker::Docker;
use cc_ci_engine::{Engine, EngineError, Swarm as _, Traced};
use cc_ci_node::daemon::Connecting;

use crate::Failure;

/// Time for an answer while a command begins, and for a ping afterwards. With the time between two pings it
/// stays below the 10 s within which a command ends where the engine hangs.
const START: Duration = Duration::from_secs(7);
/// Time between two pings.
const PAUSE: Duration = Duration::from_secs(2);
// A command on an engine that hangs ends within 10 s.
const _: () = assert!(START.as_secs() + PAUSE.as_secs() < 10);

/// Where the engine listens: `DOCKER_HOST`, or where an engine of this machine usually does.
#[derive(Debug, Clone, Default)]
pub struct Endpoint(Option<String>);

impl Endpoint {
    /// The endpoint that `DOCKER_HOST` names; an empty one names none.
    #[must_use]
    pub fn named(host: Option<String>) -> Self {
        Self(host.filter(|host| !host.is_empty()))
    }

    /// The host that was named; empty if none was named.
    pub(crate) fn words(&self) -> &str {
        self.0.as_deref().unwrap_or_default()
    }

    /// Connects to the engine, and asks it once about its node.
    ///
    /// # Errors
    /// No engine answers.
    pub async fn docker(&self) -> Result<Docker, EngineError> {
        let docker = match &self.0 {
            Some(host) => Docker::connect_to(host).await?,
            None => Docker::connect().await?,
        };
        docker.clone().answering_within(START).node().await?;
        Ok(docker)
    }

    /// As [`Endpoint::docker`], with a span in the log for each request.
    ///
    /// # Errors
    /// No engine answers.
    pub async fn engine(&self) -> Result<Arc<dyn Engine>, EngineError> {
        Ok(Arc::new(Traced::new(self.docker().await?)))
    }

    /// As [`Endpoint::engine`], as a future that borrows nothing, for a caller that connects several times.
    #[must_use]
    pub fn connecting(&self) -> Connecting {
        let endpoint = self.clone();
        Box::pin(async move { endpoint.engine().await })
    }
}

/// Does `work` while the engine answers pings. A request that the engine never answers would otherwise hold the
/// command for two minutes.
///
/// # Errors
/// The engine stopped answering, or the error of `work`.
pub async fn while_it_answers<T>(
    docker: &Docker,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    tokio::select! {
        done = work => done,
        error = silence(docker) => Err(error.into()),
    }
}

/// Waits until the engine does not answer a ping any more.
pub async fn silence(docker: &Docker) -> EngineError {
    let docker = docker.clone().answering_within(START);
    loop {
        tokio::time::sleep(PAUSE).await;
        if let Err(error) = docker.answers().await {
            return error;
        }
    }
}
