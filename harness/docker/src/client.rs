//! The connection.

use std::sync::Arc;

use bollard::errors::Error;
use cc_ci_engine::{EngineError, OwnLimits};
use cc_ci_model::{Ceiling, Ceilings};

use crate::creations::Creations;
use crate::error::Asked;

/// Where an engine listens unless it was told otherwise.
const LOCAL: &str = "unix:///var/run/docker.sock";

/// A Docker engine, spoken to in the newest version of its API that both sides know.
///
/// Cheap to clone; clones share the address and what is being created.
#[derive(Clone, Debug)]
pub struct Docker {
    pub(crate) client: bollard::Docker,
    /// Where it listens, as `unix:///run/docker.sock`.
    pub(crate) endpoint: Arc<str>,
    pub(crate) bounds: Bounds,
    pub(crate) creations: Creations,
}

/// What the adapter bounds by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// What a container of our own may use where nothing else is asked for.
    pub(crate) own: OwnLimits,
    /// Bytes that are kept of each stream of a command, and of a container's log.
    pub(crate) output: usize,
}

impl From<&Ceilings> for Bounds {
    fn from(ceilings: &Ceilings) -> Self {
        Self { own: OwnLimits::of(ceilings), output: ceilings.length(Ceiling::OutputBytes) }
    }
}

impl Docker {
    /// Connects to the engine at the local socket.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`] where nobody answers.
    pub async fn connect() -> Result<Self, EngineError> {
        Self::connect_to(LOCAL).await
    }

    /// Connects to the engine at `endpoint`, as `unix:///run/docker.sock` or `tcp://10.0.0.1:2375`.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`] where nobody answers.
    pub async fn connect_to(endpoint: &str) -> Result<Self, EngineError> {
        Self::open(endpoint, bollard::Docker::connect_with_host(endpoint)).await
    }

    async fn open(
        endpoint: &str,
        client: Result<bollard::Docker, Error>,
    ) -> Result<Self, EngineError> {
        let endpoint: Arc<str> = endpoint.into();
        let asked = || Asked::new(&endpoint, "answer", "engine", &endpoint);
        let client = client.map_err(|error| asked().refused(error))?;
        // Without this every request carries the client's own version, which an engine that is
        // older refuses.
        let client = client.negotiate_version().await.map_err(|error| asked().refused(error))?;
        let bounds = Bounds::from(&Ceilings::of_machine(0));
        Ok(Self { client, endpoint, bounds, creations: Creations::default() })
    }

    /// The same engine, with these ceilings for containers of our own and for what is read from others.
    #[must_use]
    pub fn within(self, ceilings: &Ceilings) -> Self {
        Self { bounds: Bounds::from(ceilings), ..self }
    }

    /// What is asked of the engine, for the words of its refusal.
    pub(crate) fn asked(&self, verb: &str, kind: &str, name: &str) -> Asked {
        Asked::new(&self.endpoint, verb, kind, name)
    }

    /// The mapping of a refusal to `verb` the object `name`.
    pub(crate) fn failed(
        &self,
        verb: &str,
        kind: &str,
        name: &str,
    ) -> impl Fn(Error) -> EngineError + Send + Sync + use<> {
        let asked = self.asked(verb, kind, name);
        move |error| asked.refused(error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_at_the_socket_is_unreachable() {
        let folder = tempfile::tempdir().unwrap();
        let missing = format!("unix://{}/none.sock", folder.path().display());
        let error = Docker::connect_to(&missing).await.unwrap_err();
        assert!(
            matches!(&error, EngineError::Unreachable { endpoint, .. } if *endpoint == missing)
        );

        let path = folder.path().join("dead.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let error = Docker::connect_to(&format!("unix://{}", path.display())).await.unwrap_err();
        let EngineError::Unreachable { message, .. } = error else { panic!("{error}") };
        assert_eq!(message, "Connection refused (os error 111)");
    }

    #[tokio::test]
    async fn a_scheme_that_nobody_speaks_is_unreachable() {
        let error = Docker::connect_to("gopher://there").await.unwrap_err();
        assert!(matches!(error, EngineError::Unreachable { .. }));
    }
}
