//! Starting the edge.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use cc_ci_engine::{ContainerSpec, Engine, EngineError, HostPort, Mount, ObjectKind};
use cc_ci_model::NetworkSpec;

use super::authority::material;
use super::traefik::{FOLDER, command};
use crate::infra::container::{ensure as ensure_container, last_words};
use crate::infra::{InfraError, LABEL_INFRA};
use crate::lock::Lock;
use crate::{Settings, http};

/// Name of the edge's container.
pub const NAME: &str = "cc-ci-edge";
/// The network that recipes share with the proxy, by Co-op Cloud's convention.
pub const NETWORK: &str = "proxy";
const WHAT: &str = "edge";
const IMAGE: &str = "cc-ci/traefik:3.7";
const SOCKET: &str = "/var/run/docker.sock";
/// How long it may take until it answers.
const LIMIT: Duration = Duration::from_secs(20);

/// How the edge is reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeState {
    /// Where it speaks HTTPS.
    pub https: SocketAddr,
    /// Where it speaks HTTP; every answer there sends to HTTPS.
    pub http: SocketAddr,
    /// The certificate of its authority, PEM.
    pub ca_pem: String,
}

/// Makes sure that the edge runs with the configuration of today, and answers.
///
/// # Errors
/// [`InfraError::NoImage`] before the first `images build`, the engine's own (a taken port is one),
/// or silence.
pub async fn ensure(engine: &dyn Engine, settings: &Settings) -> Result<EdgeState, InfraError> {
    let _lock = Lock::take(&settings.state, WHAT).await?;
    let failed = InfraError::engine(WHAT);
    let image = engine.image(IMAGE).await.map_err(&failed)?;
    let image = image.ok_or(InfraError::NoImage { what: WHAT, image: IMAGE.to_owned() })?;
    let state = std::path::absolute(&settings.state).map_err(InfraError::file(&settings.state))?;
    let material = material(&state.join(WHAT), SystemTime::now())?;
    network(engine).await.map_err(&failed)?;
    let publish = |target, port| HostPort { target, address: "127.0.0.1".to_owned(), port };
    let mount =
        |source: String, target: &str| Mount { source, target: target.to_owned(), read_only: true };
    let spec = ContainerSpec {
        name: NAME.to_owned(),
        image: IMAGE.to_owned(),
        command: Some(command(NETWORK)),
        labels: [(LABEL_INFRA.to_owned(), WHAT.to_owned())].into(),
        mounts: vec![
            mount(SOCKET.to_owned(), SOCKET),
            mount(material.folder.display().to_string(), FOLDER),
        ],
        ports: vec![publish(80, settings.edge_http), publish(443, settings.edge_https)],
        // Ports are published through the bridge; recipes are reached through the other.
        networks: vec!["bridge".to_owned(), NETWORK.to_owned()],
        restart: true,
        ..ContainerSpec::default()
    };
    ensure_container(engine, &spec, &image.id, &[]).await?;
    let (http, https) = (settings.edge_http, settings.edge_https);
    // A permanent redirect is its own answer: the port alone is open before it is ready.
    if http::wait(http, "/", 301, LIMIT).await {
        let ca_pem = material.ca_pem;
        return Ok(EdgeState { https: http::loopback(https), http: http::loopback(http), ca_pem });
    }
    Err(InfraError::Silent { what: WHAT, port: http, logs: last_words(engine, NAME).await })
}

/// Creates the shared network; one that somebody else made under this name serves as well.
async fn network(engine: &dyn Engine) -> Result<(), EngineError> {
    let all = engine.everything().await?;
    if all.iter().any(|object| object.kind == ObjectKind::Network && object.name == NETWORK) {
        return Ok(());
    }
    let spec = NetworkSpec {
        name: NETWORK.to_owned(),
        driver: "overlay".to_owned(),
        attachable: true,
        ..NetworkSpec::default()
    };
    match engine.create_network(&spec, &[(LABEL_INFRA.to_owned(), WHAT.to_owned())]).await {
        // Somebody was faster.
        Ok(_) | Err(EngineError::Conflict { .. }) => Ok(()),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_engine::{Containers, Selector, Swarm};

    use super::*;
    use crate::settings::fake::settings as plain;

    async fn settings() -> (tempfile::TempDir, Settings) {
        let (state, mut settings) = plain();
        settings.edge_http = http::fake::server("HTTP/1.1 301 Moved\r\n\r\n").await;
        // A port that was free a moment ago.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        settings.edge_https = listener.local_addr().unwrap().port();
        (state, settings)
    }

    #[tokio::test]
    async fn starts_once_and_makes_its_network() {
        let (_state, settings) = settings().await;
        let engine = FakeEngine::with_images([IMAGE]);
        let first = ensure(&engine, &settings).await.unwrap();
        assert_eq!(ensure(&engine, &settings).await.unwrap(), first);
        assert_eq!(engine.count("start_container"), 1);
        let ours = engine.inventory(&Selector::label(LABEL_INFRA, WHAT)).await.unwrap();
        let told: Vec<_> = ours.iter().map(|object| object.name.as_str()).collect();
        assert_eq!(told, [NAME, NETWORK]);
    }

    #[tokio::test]
    async fn a_network_that_is_there_is_used() {
        let (_state, settings) = settings().await;
        let engine = FakeEngine::with_images([IMAGE]);
        let name = NETWORK.to_owned();
        let theirs = NetworkSpec { name, attachable: true, ..NetworkSpec::default() };
        engine.create_network(&theirs, &[]).await.unwrap();
        ensure(&engine, &settings).await.unwrap();
        assert_eq!(engine.count("create_network"), 1);
    }

    #[tokio::test]
    async fn another_configuration_replaces_it() {
        let (_state, mut settings) = settings().await;
        let engine = FakeEngine::with_images([IMAGE]);
        ensure(&engine, &settings).await.unwrap();
        let before = engine.container(NAME).await.unwrap().id;
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        settings.edge_https = listener.local_addr().unwrap().port();
        // While a stranger holds the new port, the old edge stays.
        let error = ensure(&engine, &settings).await.unwrap_err();
        assert!(matches!(error.engine_error(), Some(EngineError::PortTaken { .. })), "{error}");
        assert_eq!(engine.container(NAME).await.unwrap().id, before);
        drop(listener);
        ensure(&engine, &settings).await.unwrap();
        assert_ne!(engine.container(NAME).await.unwrap().id, before);
    }
}
