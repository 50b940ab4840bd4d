//! What the edge of each leg is started from, and the end of the edge that all legs once shared.

use std::path::PathBuf;
use std::time::SystemTime;

use cc_ci_engine::{Engine, EngineError, Selector};

use super::authority::material;
use super::traefik::{FOLDER, command};
use crate::infra::{InfraError, LABEL_INFRA};
use crate::lock::{Lock, SECONDS};
use crate::{Progress, Settings};

/// The image that an edge runs, as `recipes/images` names it.
pub const IMAGE: &str = "traefik:3.7";
/// The value of [`LABEL_INFRA`] on the edge that all legs once shared and on its network.
const WHAT: &str = "edge";
/// The name of that network. Somebody else's network of this name has no label of ours.
const SHARED: &str = "proxy";

/// What an edge is started from, beside its image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdgeFiles {
    /// Traefik's command line, without the engine's address and the network's name.
    pub command: Vec<String>,
    /// The folder with its certificate, key and dynamic configuration.
    pub certificates: PathBuf,
    /// Where Traefik expects that folder.
    pub mounted_at: String,
    /// The certificate of the authority, PEM.
    pub ca_pem: String,
}

/// Makes or renews the edge's certificates where that is due.
///
/// # Errors
/// A file that cannot be read or written.
pub async fn files(settings: &Settings, progress: &dyn Progress) -> Result<EdgeFiles, InfraError> {
    let _lock = Lock::take(&settings.state, WHAT, SECONDS, progress).await?;
    let state = std::path::absolute(&settings.state).map_err(InfraError::file(&settings.state))?;
    let material = material(&state.join(WHAT), SystemTime::now())?;
    Ok(EdgeFiles {
        command: command(),
        certificates: material.folder,
        mounted_at: FOLDER.to_owned(),
        ca_pem: material.ca_pem,
    })
}

/// Removes the edge that all legs shared in earlier versions, and its network, unless a container is
/// still on that network.
///
/// # Errors
/// The engine's own.
pub async fn retire(engine: &dyn Engine) -> Result<(), EngineError> {
    let old = engine.inventory(&Selector::label(LABEL_INFRA, WHAT)).await?;
    if old.is_empty() {
        return Ok(());
    }
    let containers = engine.all_containers().await?;
    let is_old = |id: &str| old.iter().any(|object| object.id == id);
    let mut others = containers.iter().filter(|container| !is_old(&container.id));
    if others.any(|container| container.addresses.contains_key(SHARED)) {
        return Ok(());
    }
    for object in &old {
        match engine.remove(object).await {
            // A service without a running task may be on the network, and another run may remove the
            // container at this moment. What stays is removed by a later run.
            Err(EngineError::Conflict { .. }) => {}
            done => done?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_engine::{ContainerSpec, Containers, Swarm};
    use cc_ci_model::NetworkSpec;

    use super::*;
    use crate::settings::fake::settings;

    #[tokio::test]
    async fn the_files_stay_the_same() {
        let (_state, settings) = settings();
        let first = files(&settings, &|_: &str| ()).await.unwrap();
        assert!(first.certificates.join("cert.pem").is_file());
        assert_eq!(files(&settings, &|_: &str| ()).await.unwrap(), first);
    }

    /// The network of an earlier version, or somebody else's where it has no `label`.
    async fn network(engine: &FakeEngine, label: &[(String, String)]) {
        let name = SHARED.to_owned();
        let spec = NetworkSpec { name, attachable: true, ..NetworkSpec::default() };
        engine.create_network(&spec, label).await.unwrap();
    }

    async fn container(engine: &FakeEngine, name: &str, labels: &[(String, String)]) {
        let spec = ContainerSpec {
            name: name.to_owned(),
            image: "x:1".to_owned(),
            labels: labels.iter().cloned().collect(),
            networks: vec![SHARED.to_owned()],
            ..ContainerSpec::default()
        };
        engine.start_container(&spec).await.unwrap();
    }

    async fn left(engine: &FakeEngine) -> Vec<String> {
        let left = engine.everything().await.unwrap();
        let mut names: Vec<_> = left.into_iter().map(|object| object.name).collect();
        names.sort();
        names
    }

    #[tokio::test]
    async fn the_shared_edge_goes_with_its_network() {
        let engine = FakeEngine::with_images(["x:1"]);
        let label = [(LABEL_INFRA.to_owned(), WHAT.to_owned())];
        network(&engine, &label).await;
        container(&engine, "cc-ci-edge", &label).await;
        retire(&engine).await.unwrap();
        assert!(left(&engine).await.is_empty());
    }

    #[tokio::test]
    async fn two_runs_may_remove_it_at_the_same_moment() {
        let engine = FakeEngine::with_images(["x:1"]);
        let label = [(LABEL_INFRA.to_owned(), WHAT.to_owned())];
        network(&engine, &label).await;
        container(&engine, "cc-ci-edge", &label).await;
        let object = "container cc-ci-edge".to_owned();
        let message = "removal of container 8f1c is already in progress".to_owned();
        engine.fail_next("remove", EngineError::Conflict { object, message });
        retire(&engine).await.unwrap();
        // The other run ends it; the next one would.
        retire(&engine).await.unwrap();
        assert!(left(&engine).await.is_empty());
    }

    #[tokio::test]
    async fn it_stays_while_somebody_is_on_its_network() {
        let engine = FakeEngine::with_images(["x:1"]);
        let label = [(LABEL_INFRA.to_owned(), WHAT.to_owned())];
        network(&engine, &label).await;
        container(&engine, "cc-ci-edge", &label).await;
        container(&engine, "other", &[]).await;
        retire(&engine).await.unwrap();
        assert_eq!(left(&engine).await, ["cc-ci-edge", "other", "proxy"]);
    }

    #[tokio::test]
    async fn somebody_elses_network_is_left_alone() {
        let engine = FakeEngine::with_images(["x:1"]);
        network(&engine, &[]).await;
        retire(&engine).await.unwrap();
        assert_eq!(left(&engine).await, [SHARED]);
    }
}
