//! The local registry: recipes' images are pulled from it by digest. It cannot be written to.

use std::time::Duration;

use cc_ci_engine::{ContainerSpec, Engine, EngineError, HostPort, LABEL_RUN, Mount, Selector};
use cc_ci_model::VolumeSpec;

use super::container::{ensure as ensure_container, last_words};
use super::writer::remove_stray;
use super::{InfraError, LABEL_INFRA};
use crate::lock::{Lock, SECONDS};
use crate::{Progress, Settings, http};

/// Name of its container and of the volume with its data.
pub const NAME: &str = "cc-ci-registry";
pub(super) const WHAT: &str = "registry";
const IMAGE: &str = "cc-ci/registry:2.8";
/// Where the image keeps its data.
const DATA: &str = "/var/lib/docker-registry";
/// How long it may take until it answers.
pub(super) const LIMIT: Duration = Duration::from_secs(20);
/// The distribution registry's own switch (its configuration reference, `storage.maintenance`): what
/// would write is answered with 405.
const READ_ONLY: &str = "REGISTRY_STORAGE_MAINTENANCE_READONLY={\"enabled\":true}";

/// Makes sure that the local registry runs and answers. It serves the whole machine: it is not
/// replaced while objects of a run are on the engine.
///
/// # Errors
/// [`InfraError::NoImage`] before the first `images build`, [`InfraError::InUse`], the engine's own
/// (a taken port is one), or silence.
pub async fn ensure(
    engine: &dyn Engine,
    settings: &Settings,
    progress: &dyn Progress,
) -> Result<(), InfraError> {
    let _lock = Lock::take(&settings.locks, WHAT, SECONDS, progress).await?;
    let failed = InfraError::engine(WHAT);
    remove_stray(engine, settings).await.map_err(&failed)?;
    let port = settings.registry_port;
    let mut spec = specification(NAME, WHAT, port);
    spec.environment = vec![READ_ONLY.to_owned()];
    // The kernel keeps it from writing too, whatever the program does.
    spec.mounts.iter_mut().for_each(|mount| mount.read_only = true);
    spec.restart = true;
    let image = data(engine).await?;
    let runs = used_by(engine).await.map_err(&failed)?;
    ensure_container(engine, &spec, &image, &runs).await?;
    if http::wait(port, "/v2/", 200, LIMIT).await {
        return Ok(());
    }
    Err(InfraError::Silent { what: WHAT, port, logs: last_words(engine, NAME).await })
}

/// Makes sure that the registry's image and its volume are there; the image's id.
pub(super) async fn data(engine: &dyn Engine) -> Result<String, InfraError> {
    let failed = InfraError::engine(WHAT);
    let image = engine.image(IMAGE).await.map_err(&failed)?;
    let image = image.ok_or(InfraError::NoImage { what: WHAT, image: IMAGE.to_owned() })?;
    let volume = VolumeSpec { name: NAME.to_owned(), ..VolumeSpec::default() };
    let label = (LABEL_INFRA.to_owned(), WHAT.to_owned());
    engine.create_volume(&volume, &[label]).await.map_err(&failed)?;
    Ok(image.id)
}

/// A container of the registry's image that publishes `port` on the loopback address.
pub(super) fn specification(name: &str, what: &str, port: u16) -> ContainerSpec {
    ContainerSpec {
        name: name.to_owned(),
        image: IMAGE.to_owned(),
        labels: [(LABEL_INFRA.to_owned(), what.to_owned())].into(),
        mounts: vec![Mount { source: NAME.to_owned(), target: DATA.to_owned(), read_only: false }],
        ports: vec![HostPort { target: 5000, address: "127.0.0.1".to_owned(), port }],
        ..ContainerSpec::default()
    }
}

/// Runs that have objects on the engine, in order.
async fn used_by(engine: &dyn Engine) -> Result<Vec<String>, EngineError> {
    let objects = engine.inventory(&Selector::has(LABEL_RUN)).await?;
    let mut runs: Vec<_> =
        objects.iter().filter_map(|object| object.labels.get(LABEL_RUN).cloned()).collect();
    runs.sort();
    runs.dedup();
    Ok(runs)
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::Containers;
    use cc_ci_engine::Swarm;
    use cc_ci_engine::fake::FakeEngine;

    use super::*;

    async fn ensured(engine: &FakeEngine, settings: &Settings) -> Result<(), InfraError> {
        super::ensure(engine, settings, &|_: &str| ()).await
    }
    use crate::settings::fake::settings;

    async fn serving() -> (tempfile::TempDir, Settings) {
        let (state, mut settings) = settings();
        settings.registry_port = http::fake::server("HTTP/1.1 200 OK\r\n\r\n").await;
        (state, settings)
    }

    #[tokio::test]
    async fn starts_once() {
        let (_state, settings) = serving().await;
        let engine = FakeEngine::with_images([IMAGE]);
        ensured(&engine, &settings).await.unwrap();
        ensured(&engine, &settings).await.unwrap();
        assert_eq!(engine.count("start_container"), 1);
        // A killed registry comes back, whatever the engine's restart policy does.
        engine.kill(NAME, "KILL").await.unwrap();
        ensured(&engine, &settings).await.unwrap();
        assert_eq!(engine.container(NAME).await.unwrap().state, "running");
    }

    #[tokio::test]
    async fn without_its_image_the_remedy_is_named() {
        let (_state, settings) = settings();
        let error = ensured(&FakeEngine::new(), &settings).await.unwrap_err();
        assert!(error.to_string().contains("run `cc-ci images build`"), "{error}");
    }

    #[tokio::test]
    async fn a_taken_port_comes_through_and_leaves_no_container() {
        let (_state, settings) = settings();
        let engine = FakeEngine::with_images([IMAGE]);
        let taken = EngineError::PortTaken { port: 5055, message: "in use".into() };
        engine.fail_next("start_container", taken.clone());
        let error = ensured(&engine, &settings).await.unwrap_err();
        assert_eq!(error.engine_error(), Some(&taken));
        assert!(error.to_string().contains("hint: `ss -ltnp sport = :5055`"), "{error}");
        assert!(engine.container(NAME).await.unwrap_err().is_not_found());
    }

    #[tokio::test]
    async fn while_a_stranger_holds_the_new_port_the_old_one_stays() {
        let (_state, mut settings) = serving().await;
        let engine = FakeEngine::with_images([IMAGE]);
        ensured(&engine, &settings).await.unwrap();
        let before = engine.container(NAME).await.unwrap().id;
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        settings.registry_port = listener.local_addr().unwrap().port();
        let error = ensured(&engine, &settings).await.unwrap_err();
        assert!(matches!(error.engine_error(), Some(EngineError::PortTaken { .. })), "{error}");
        assert_eq!(engine.container(NAME).await.unwrap().id, before);
    }

    /// A registry of another version of the harness, which could be written to.
    async fn old(engine: &FakeEngine, settings: &Settings) {
        data(engine).await.unwrap();
        let spec = specification(NAME, WHAT, settings.registry_port);
        engine.start_container(&spec).await.unwrap();
    }

    #[tokio::test]
    async fn one_that_could_be_written_to_is_replaced() {
        let (_state, settings) = serving().await;
        let engine = FakeEngine::with_images([IMAGE]);
        old(&engine, &settings).await;
        let before = engine.container(NAME).await.unwrap().id;
        ensured(&engine, &settings).await.unwrap();
        assert_ne!(engine.container(NAME).await.unwrap().id, before);
    }

    #[tokio::test]
    async fn it_is_not_replaced_under_a_run() {
        let (_state, settings) = serving().await;
        let engine = FakeEngine::with_images([IMAGE]);
        old(&engine, &settings).await;
        let before = engine.container(NAME).await.unwrap().id;
        let volume = VolumeSpec { name: "data".to_owned(), ..VolumeSpec::default() };
        let label = (LABEL_RUN.to_owned(), "run-7".to_owned());
        engine.create_volume(&volume, &[label]).await.unwrap();
        let error = ensured(&engine, &settings).await.unwrap_err();
        assert!(matches!(&error, InfraError::InUse { runs, .. } if runs == "run-7"), "{error}");
        assert_eq!(engine.container(NAME).await.unwrap().id, before);
    }

    #[tokio::test]
    async fn an_older_image_of_it_serves_on_under_a_run() {
        let (_state, settings) = serving().await;
        let engine = FakeEngine::with_images([IMAGE]);
        ensured(&engine, &settings).await.unwrap();
        let before = engine.container(NAME).await.unwrap().id;
        let volume = VolumeSpec { name: "data".to_owned(), ..VolumeSpec::default() };
        let label = (LABEL_RUN.to_owned(), "run-7".to_owned());
        engine.create_volume(&volume, &[label]).await.unwrap();
        engine.add_image("other:1");
        cc_ci_engine::Images::tag(&engine, "other:1", IMAGE).await.unwrap();
        ensured(&engine, &settings).await.unwrap();
        assert_eq!(engine.container(NAME).await.unwrap().id, before);
    }
}
