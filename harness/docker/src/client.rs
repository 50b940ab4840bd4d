//! The connection.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bollard::errors::Error;
use cc_ci_engine::{EngineError, NodeId, OwnLimits};
use cc_ci_model::{Ceiling, Ceilings};

use crate::creations::Creations;
use crate::error::{Asked, PATIENCE, whole_seconds};

/// Where an engine listens by default.
const LOCAL: &str = "unix:///var/run/docker.sock";

/// Time for an engine to say which versions of its API it knows, when a connection begins. An engine that
/// works answers within milliseconds; the commands of the program promise an end within 10 s.
const GREETING: Duration = Duration::from_secs(8);
const _: () = assert!(GREETING.as_secs() < 10);

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
    /// Time for each answer to begin.
    limit: Duration,
    /// The id of its node, once it was asked for.
    own: Arc<Mutex<Option<NodeId>>>,
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
    /// [`EngineError::Unreachable`] where no engine answers within 8 s.
    pub async fn connect() -> Result<Self, EngineError> {
        Self::connect_to(LOCAL).await
    }

    /// Connects to the engine at `endpoint`, as `unix:///run/docker.sock` or `tcp://10.0.0.1:2375`.
    ///
    /// # Errors
    /// [`EngineError::Unreachable`] where no engine answers.
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
        let greeted = tokio::time::timeout(GREETING, client.negotiate_version()).await;
        let silent = |_| asked().unreachable(silence(GREETING));
        let client = greeted.map_err(silent)?.map_err(|error| asked().refused(error))?;
        let bounds = Bounds::from(&Ceilings::of_machine(0));
        let (creations, own) = (Creations::default(), Arc::default());
        Ok(Self { client, endpoint, bounds, creations, limit: PATIENCE, own })
    }

    /// The same engine, each answer of which has to begin within `limit`.
    #[must_use]
    pub fn answering_within(self, limit: Duration) -> Self {
        Self { client: self.client.with_timeout(limit), limit, ..self }
    }

    /// The same engine, with these ceilings for containers of our own and for what is read from others.
    #[must_use]
    pub fn within(self, ceilings: &Ceilings) -> Self {
        Self { bounds: Bounds::from(ceilings), ..self }
    }

    /// True where `node` is known to be the engine's own.
    pub(crate) fn is_own(&self, node: &NodeId) -> bool {
        self.own.lock().unwrap_or_else(PoisonError::into_inner).as_ref() == Some(node)
    }

    /// Keeps the id of the engine's own node.
    pub(crate) fn remember(&self, own: Option<NodeId>) {
        *self.own.lock().unwrap_or_else(PoisonError::into_inner) = own;
    }

    /// What is asked of the engine, for the words of its refusal.
    pub(crate) fn asked(&self, verb: &str, kind: &str, name: &str) -> Asked {
        Asked::new(&self.endpoint, verb, kind, name).within(self.limit)
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

/// The words for an engine that accepts a connection and says nothing.
pub(crate) fn silence(limit: Duration) -> String {
    format!("it accepts the connection and does not answer within {} s", whole_seconds(limit))
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::Swarm as _;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::UnixListener;

    use super::*;

    /// A socket that accepts every connection and answers the first `answers` requests on it.
    fn hanging(folder: &std::path::Path, answers: usize) -> String {
        let path = folder.join("hanging.sock");
        let listener = UnixListener::bind(&path).unwrap();
        tokio::spawn(async move {
            let mut held = Vec::new();
            let mut left = answers;
            while let Ok((mut connection, _)) = listener.accept().await {
                if left > 0 {
                    left -= 1;
                    let mut request = [0; 4096];
                    let _ = connection.read(&mut request).await;
                    let body = r#"{"Version":"20.10.24","ApiVersion":"1.41"}"#;
                    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", body.len());
                    let text = format!("{head}Connection: close\r\n\r\n{body}");
                    let _ = connection.write_all(text.as_bytes()).await;
                    continue;
                }
                held.push(connection);
            }
        });
        format!("unix://{}", path.display())
    }

    #[tokio::test]
    async fn a_socket_that_says_nothing_is_unreachable() {
        let folder = tempfile::tempdir().unwrap();
        let endpoint = hanging(folder.path(), 0);
        let error = Docker::connect_to(&endpoint).await.unwrap_err();
        let EngineError::Unreachable { message, .. } = error else { panic!("{error}") };
        assert_eq!(message, "it accepts the connection and does not answer within 8 s");
    }

    #[tokio::test]
    async fn an_engine_that_falls_silent_is_unreachable_and_what_was_asked_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let docker = Docker::connect_to(&hanging(folder.path(), 1)).await.unwrap();
        let docker = docker.answering_within(Duration::from_secs(1));
        let error = docker.answers().await.unwrap_err();
        let EngineError::Unreachable { message, .. } = error else { panic!("{error}") };
        assert_eq!(message, "it did not answer the engine's ping within 1 s");
    }

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
