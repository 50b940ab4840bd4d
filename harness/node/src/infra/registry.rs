//! The local registry: recipes' images are pulled from it by digest.

use std::time::Duration;

use cc_ci_engine::{ContainerSpec, Engine, HostPort, Mount};
use cc_ci_model::VolumeSpec;

use super::container::{ensure as ensure_container, last_words};
use super::{InfraError, LABEL_INFRA};
use crate::lock::Lock;
use crate::{Settings, http};

/// Name of its container and of the volume with its data.
pub const NAME: &str = "cc-ci-registry";
const WHAT: &str = "registry";
const IMAGE: &str = "cc-ci/registry:2.8";
/// Where the image keeps its data.
const DATA: &str = "/var/lib/docker-registry";
/// How long it may take until it answers.
const LIMIT: Duration = Duration::from_secs(20);

/// Makes sure that the local registry runs and answers.
///
/// # Errors
/// [`InfraError::NoImage`] before the first `images build`, the engine's own (a taken port is one),
/// or silence.
pub async fn ensure(engine: &dyn Engine, settings: &Settings) -> Result<(), InfraError> {
    let _lock = Lock::take(&settings.state, WHAT).await?;
    let failed = InfraError::engine(WHAT);
    let image = engine.image(IMAGE).await.map_err(&failed)?;
    let image = image.ok_or(InfraError::NoImage { what: WHAT, image: IMAGE.to_owned() })?;
    let label = (LABEL_INFRA.to_owned(), WHAT.to_owned());
    let volume = VolumeSpec { name: NAME.to_owned(), ..VolumeSpec::default() };
    engine.create_volume(&volume, std::slice::from_ref(&label)).await.map_err(&failed)?;
    let port = settings.registry_port;
    let spec = ContainerSpec {
        name: NAME.to_owned(),
        image: IMAGE.to_owned(),
        labels: [label].into(),
        mounts: vec![Mount { source: NAME.to_owned(), target: DATA.to_owned(), read_only: false }],
        ports: vec![HostPort { target: 5000, address: "127.0.0.1".to_owned(), port }],
        restart: true,
        ..ContainerSpec::default()
    };
    ensure_container(engine, &spec, &[&image.id]).await.map_err(&failed)?;
    if http::wait(port, "/v2/", 200, LIMIT).await {
        return Ok(());
    }
    Err(InfraError::Silent { what: WHAT, port, logs: last_words(engine, NAME).await })
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_engine::{Containers, EngineError};

    use super::*;
    use crate::settings::fake::settings;

    #[tokio::test]
    async fn starts_once() {
        let (_state, mut settings) = settings();
        settings.registry_port = http::fake::server("HTTP/1.1 200 OK\r\n\r\n").await;
        let engine = FakeEngine::with_images([IMAGE]);
        ensure(&engine, &settings).await.unwrap();
        ensure(&engine, &settings).await.unwrap();
        assert_eq!(engine.count("start_container"), 1);
        // A killed registry comes back, whatever the engine's restart policy does.
        engine.kill(NAME, "KILL").await.unwrap();
        ensure(&engine, &settings).await.unwrap();
        assert_eq!(engine.container(NAME).await.unwrap().state, "running");
    }

    #[tokio::test]
    async fn without_its_image_it_says_what_to_do() {
        let (_state, settings) = settings();
        let error = ensure(&FakeEngine::new(), &settings).await.unwrap_err().to_string();
        assert!(error.contains("run `cc-ci images build`"), "{error}");
    }

    #[tokio::test]
    async fn a_taken_port_comes_through_and_leaves_no_container() {
        let (_state, settings) = settings();
        let engine = FakeEngine::with_images([IMAGE]);
        let taken = EngineError::PortTaken { port: 5055, message: "in use".into() };
        engine.fail_next("start_container", taken.clone());
        let error = ensure(&engine, &settings).await.unwrap_err();
        assert_eq!(error.engine_error(), Some(&taken));
        assert!(error.to_string().contains("hint: `ss -ltnp sport = :5055`"), "{error}");
        assert!(engine.container(NAME).await.unwrap_err().is_not_found());
    }
}
