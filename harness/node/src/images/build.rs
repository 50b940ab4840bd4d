//! Building what is not built yet.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use cc_ci_engine::{BuildSpec, Engine, ImageState};
use futures_util::stream::{self, StreamExt, TryStreamExt};
use serde::Serialize;
use tokio::sync::{Mutex, OnceCell};

use super::base::Bases;
use super::catalogue::{Catalogue, Target};
use super::context::Context;
use super::inputs::{LABEL, inputs};
use super::push::{self, Stored};
use super::reference::{local_reference, registry_reference, repository};
use super::{ImageError, Release, cargo, pip};
use crate::infra::registry;
use crate::infra::writer::{LOCK, Writer};
use crate::lock::{Lock, MINUTES};
use crate::{Host, Progress, Settings};

/// Builds at once: more would only wait for the same disk and network.
const AT_ONCE: usize = 2;
/// The image that the registry itself runs from.
const REGISTRY: &str = "registry";

/// What had to be done for an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// It was built and sent to the registry.
    Built,
    /// It was built already and only sent to the registry.
    Pushed,
    /// Nothing.
    UpToDate,
}

/// An image that is there now.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Built {
    /// Name and tag, as `nginx:1.22`.
    pub name: String,
    /// Its name in the local registry.
    pub reference: String,
    /// The same with its digest.
    pub digest: String,
    /// What had to be done.
    pub action: Action,
    /// How long it took.
    pub seconds: f64,
}

/// What all builds of one call share.
struct Work<'a> {
    engine: &'a dyn Engine,
    settings: &'a Settings,
    progress: &'a dyn Progress,
    bases: BTreeMap<Release, ImageState>,
    ca_bundle: Vec<u8>,
    pip: OnceCell<BTreeMap<String, String>>,
}

impl Catalogue {
    /// Builds `names` (all where empty) and sends them to the local registry, which is started
    /// where it does not run. What is there already is left alone.
    ///
    /// # Errors
    /// The first image that could not be had.
    pub async fn build(
        &self,
        engine: &dyn Engine,
        settings: &Settings,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<Vec<Built>, ImageError> {
        let targets = self.choose(names)?;
        let _lock = Lock::take(&settings.locks, LOCK, MINUTES, progress).await?;
        let mut needed = targets.clone();
        if !needed.iter().any(|target| target.image.name == REGISTRY) {
            needed.extend(self.find(REGISTRY)?);
        }
        let work = Work::prepare(engine, settings, &needed, progress).await?;
        let built: Vec<(String, (Option<ImageState>, f64))> = stream::iter(&needed)
            .map(|target| async {
                let started = Instant::now();
                let image = work.build(target).await?;
                Ok::<_, ImageError>((target.name(), (image, started.elapsed().as_secs_f64())))
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let mut built: BTreeMap<_, _> = built.into_iter().collect();
        registry::ensure(engine, settings, progress).await?;
        work.send_all(&targets, |name| {
            let (fresh, seconds) = built.remove(name).unwrap_or_default();
            (fresh.is_some(), seconds)
        })
        .await
    }

    /// Sends images that are built already to the local registry, and says which are not built.
    ///
    /// # Errors
    /// The first image that could not be sent.
    pub async fn push(
        &self,
        engine: &dyn Engine,
        settings: &Settings,
        names: &[String],
        progress: &dyn Progress,
    ) -> Result<Vec<Built>, ImageError> {
        let targets = self.choose(names)?;
        let _lock = Lock::take(&settings.locks, LOCK, MINUTES, progress).await?;
        registry::ensure(engine, settings, progress).await?;
        let work = Work::prepare(engine, settings, &[], progress).await?;
        work.send_all(&targets, |_| (false, 0.0)).await
    }
}

impl<'a> Work<'a> {
    async fn prepare(
        engine: &'a dyn Engine,
        settings: &'a Settings,
        needed: &[Target<'_>],
        progress: &'a dyn Progress,
    ) -> Result<Self, ImageError> {
        let ca_bundle = match &settings.ca_bundle {
            Some(path) => tokio::fs::read(path).await.map_err(ImageError::read(path))?,
            None => Vec::new(),
        };
        let releases: BTreeSet<Release> = needed.iter().map(|target| target.build.base).collect();
        let bases = Bases::of(&Host::this(), settings, ca_bundle.clone()).await;
        let no_registry = Mutex::new(None);
        let made: Vec<(Release, ImageState)> = stream::iter(releases)
            .map(|release| {
                let (bases, no_registry) = (&bases, &no_registry);
                async move {
                    let tell =
                        |line: &str| progress.line(&format!("{}: {line}", release.reference()));
                    let image = bases.ensure(engine, release, no_registry, &tell).await?;
                    Ok::<_, ImageError>((release, image))
                }
            })
            .buffer_unordered(AT_ONCE)
            .try_collect()
            .await?;
        let (bases, pip) = (made.into_iter().collect(), OnceCell::new());
        Ok(Self { engine, settings, progress, bases, ca_bundle, pip })
    }

    /// Builds the image where its inputs changed; nothing where they did not.
    async fn build(&self, target: &Target<'_>) -> Result<Option<ImageState>, ImageError> {
        let (name, build) = (target.name(), target.build);
        let context = Context::read(&target.image.folder)?;
        let base = self.bases.get(&build.base).map(|image| image.id.as_str()).unwrap_or_default();
        let inputs = inputs(&context, build, base);
        let tag = local_reference(&target.image.name, &build.tag);
        let found = self.engine.image(&tag).await.map_err(ImageError::engine(&name))?;
        if found.is_some_and(|image| image.labels.get(LABEL) == Some(&inputs)) {
            return Ok(None);
        }
        self.progress.line(&format!("{name}: building"));
        let mut args = build.args.clone();
        args.insert("BASE".to_owned(), build.base.reference());
        args.extend(self.settings.proxies.iter().cloned());
        if context.files.values().any(|file| has(&file.bytes, b"PIP_INDEX_URL")) {
            let pip = self.pip.get_or_init(pip::arguments).await;
            args.extend(pip.iter().map(|(key, value)| (key.clone(), value.clone())));
        }
        if context.files.values().any(|file| has(&file.bytes, cargo::ARGUMENT.as_bytes())) {
            args.extend(cargo::arguments(self.settings.cargo_config.as_deref()));
        }
        let spec = BuildSpec {
            context: context
                .archive(&self.ca_bundle)
                .map_err(ImageError::read(&target.image.folder))?,
            dockerfile: "Dockerfile".to_owned(),
            args,
            tag,
            labels: [(LABEL.to_owned(), inputs)].into(),
            network: String::new(),
        };
        let tell = |line: &str| self.progress.line(&format!("{name}: {line}"));
        self.engine.build(&spec, &tell).await.map(Some).map_err(ImageError::engine(&name))
    }

    /// Sends every image that the registry does not have. The registry can be written to from the first
    /// of these to the last, and not at all where it has them all.
    async fn send_all(
        &self,
        targets: &[Target<'_>],
        mut built: impl FnMut(&str) -> (bool, f64),
    ) -> Result<Vec<Built>, ImageError> {
        let mut writer = None;
        let mut answer = Vec::with_capacity(targets.len());
        let mut failed = None;
        for target in targets {
            let (fresh, seconds) = built(&target.name());
            match self.send(target, fresh, seconds, &mut writer).await {
                Ok(sent) => answer.push(sent),
                Err(error) => {
                    failed = Some(error);
                    break;
                }
            }
        }
        // Whatever became of the images, the registry can not be written to any longer.
        let closed = match writer {
            Some(writer) => writer.close(self.engine).await,
            None => Ok(()),
        };
        match failed {
            Some(error) => Err(error),
            None => closed.map(|()| answer).map_err(ImageError::from),
        }
    }

    /// Sends the image where the registry has another one or none.
    async fn send(
        &self,
        target: &Target<'_>,
        fresh: bool,
        seconds: f64,
        writer: &mut Option<Writer>,
    ) -> Result<Built, ImageError> {
        let started = Instant::now();
        let (name, port) = (target.name(), self.settings.registry_port);
        let tag = local_reference(&target.image.name, &target.build.tag);
        let image = self.engine.image(&tag).await.map_err(ImageError::engine(&name))?;
        let Some(image) = image else { return Err(ImageError::NotBuilt { name }) };
        let stored = Stored::of(port, target).await.filter(|stored| stored.is(&image));
        let (digest, sent) = match stored {
            Some(stored) => (stored.digest, false),
            None => {
                self.progress.line(&format!("{name}: sending it to the local registry"));
                let writer = match writer.take() {
                    Some(open) => writer.insert(open),
                    None => writer.insert(Writer::open(self.engine, self.settings).await?),
                };
                (push::push(self.engine, writer.port, target).await?, true)
            }
        };
        let digest = format!("{}@{digest}", repository(port, &target.image.name));
        let action = match (fresh, sent) {
            (true, _) => Action::Built,
            (false, true) => Action::Pushed,
            (false, false) => Action::UpToDate,
        };
        let reference = registry_reference(port, &target.image.name, &target.build.tag);
        let seconds = seconds + started.elapsed().as_secs_f64();
        Ok(Built { name, reference, digest, action, seconds })
    }
}

fn has(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_engine::{Containers, Images};

    use super::*;
    use crate::http::fake::changing;
    use crate::infra::writer::NAME;
    use crate::settings::fake::settings;

    const OK: &str = "HTTP/1.1 200 OK\r\n";

    fn image(settings: &Settings, name: &str, tag: &str) {
        let folder = settings.state.join("images").join(name);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("Dockerfile"), "ARG BASE\nFROM ${BASE}\n").unwrap();
        let text = format!(
            "schema = 1\ndescription = \"x\"\n[[build]]\ntag = \"{tag}\"\nbase = \"trixie\"\n"
        );
        std::fs::write(folder.join("image.toml"), text).unwrap();
    }

    async fn built(engine: &FakeEngine, settings: &Settings) -> Vec<Built> {
        let catalogue = Catalogue::load(&settings.state.join("images")).unwrap();
        catalogue.build(engine, settings, &[], &|_: &str| ()).await.unwrap()
    }

    /// What a registry answers that has this image of the engine.
    async fn manifest(engine: &FakeEngine, reference: &str) -> String {
        let id = engine.image(reference).await.unwrap().unwrap().id;
        format!("{OK}\r\n{{\"config\": {{\"digest\": \"{id}\"}}}}")
    }

    #[tokio::test]
    async fn another_image_under_a_tag_is_refused() {
        let (_state, mut settings) = settings();
        let (port, answer) = changing(OK).await;
        settings.registry_port = port;
        image(&settings, "app", "1");
        let catalogue = Catalogue::load(&settings.state.join("images")).unwrap();
        let engine = FakeEngine::with_images(["cc-ci/app:1", "other:1"]);
        *answer.lock().unwrap() = manifest(&engine, "cc-ci/app:1").await;
        let found = catalogue.resolve(&engine, &settings, "app:1").await.unwrap();
        assert!(found.starts_with(&format!("127.0.0.1:{port}/cc-ci/app@sha256:")), "{found}");
        *answer.lock().unwrap() = manifest(&engine, "other:1").await;
        let error = catalogue.resolve(&engine, &settings, "app:1").await.unwrap_err();
        assert!(matches!(error, ImageError::Differs { .. }), "{error}");
        assert!(error.to_string().contains("`cc-ci images push app:1`"), "{error}");
    }

    #[tokio::test]
    async fn builds_what_changed_and_nothing_else() {
        let (_state, mut settings) = settings();
        let (port, answer) = changing(&format!("{OK}\r\n")).await;
        (settings.registry_port, settings.writer_port) =
            (port, changing(&format!("{OK}\r\n")).await.0);
        image(&settings, "registry", "2.8");
        let engine = FakeEngine::new();
        engine.add_to_registry("debian:trixie-slim");

        let first = built(&engine, &settings).await;
        assert_eq!(first[0].action, Action::Built);
        assert!(engine.container(NAME).await.unwrap_err().is_not_found());

        // The registry has lost it: it is sent again, not built again.
        let builds = engine.count("build");
        assert_eq!(built(&engine, &settings).await[0].action, Action::Pushed);

        *answer.lock().unwrap() = manifest(&engine, "cc-ci/registry:2.8").await;
        let pushes = engine.count("push");
        assert_eq!(built(&engine, &settings).await[0].action, Action::UpToDate);
        assert_eq!((engine.count("build"), engine.count("push")), (builds, pushes));

        let dockerfile = settings.state.join("images").join("registry/Dockerfile");
        std::fs::write(dockerfile, "ARG BASE\nFROM ${BASE}\nRUN true\n").unwrap();
        assert_eq!(built(&engine, &settings).await[0].action, Action::Built);
    }

    #[tokio::test]
    async fn what_is_not_built_cannot_be_pushed_or_resolved() {
        let (_state, mut settings) = settings();
        settings.registry_port = changing(&format!("{OK}\r\n")).await.0;
        image(&settings, "app", "1");
        let catalogue = Catalogue::load(&settings.state.join("images")).unwrap();
        let engine = FakeEngine::with_images(["cc-ci/registry:2.8"]);
        let names = ["app".to_owned()];
        let error = catalogue.push(&engine, &settings, &names, &|_: &str| ()).await.unwrap_err();
        assert!(error.to_string().contains("run `cc-ci images build app:1`"), "{error}");
        let error = catalogue.resolve(&engine, &settings, "app:1").await.unwrap_err();
        assert!(matches!(error, ImageError::NotBuilt { .. }), "{error}");
    }
}
