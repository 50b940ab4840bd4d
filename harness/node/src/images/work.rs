//! The work on each part.

use std::collections::BTreeMap;
use std::sync::{Mutex as Plain, PoisonError};
use std::time::Instant;

use cc_ci_engine::{BuildSpec, Engine};
use tokio::sync::{Mutex, OnceCell};

use super::base::Bases;
use super::built::{Action, Built};
use super::catalogue::Target;
use super::context::Context;
use super::inputs::{LABEL, inputs};
use super::push::{self, Stored};
use super::reference::{local_reference, registry_reference, repository};
use super::watch::{Step, Watch};
use super::{ImageError, Release, cargo, pip};
use crate::infra::registry;
use crate::infra::writer::Writer;
use crate::{Host, Settings};

/// What the work on all parts shares.
pub(super) struct Work<'a> {
    engine: &'a dyn Engine,
    settings: &'a Settings,
    watch: &'a dyn Watch,
    bases: Bases<'a>,
    /// Why no registry gives a base, once that is known.
    no_registry: Mutex<Option<String>>,
    /// Ids of the bases that are there.
    base_ids: Plain<BTreeMap<Release, String>>,
    /// Seconds that the images took that were built.
    fresh: Plain<BTreeMap<String, f64>>,
    ca_bundle: Vec<u8>,
    pip: OnceCell<BTreeMap<String, String>>,
    /// The registry's writer, from the first image that has to be sent on.
    writer: Mutex<Option<Writer>>,
}

impl<'a> Work<'a> {
    /// Reads what every build is given.
    pub(super) async fn prepare(
        engine: &'a dyn Engine,
        settings: &'a Settings,
        watch: &'a dyn Watch,
    ) -> Result<Self, ImageError> {
        let ca_bundle = match &settings.ca_bundle {
            Some(path) => tokio::fs::read(path).await.map_err(ImageError::read(path))?,
            None => Vec::new(),
        };
        Ok(Self {
            engine,
            settings,
            watch,
            bases: Bases::of(&Host::this(), settings, ca_bundle.clone()).await,
            no_registry: Mutex::new(None),
            base_ids: Plain::default(),
            fresh: Plain::default(),
            ca_bundle,
            pip: OnceCell::new(),
            writer: Mutex::new(None),
        })
    }

    /// Makes sure that the base of `release` is on the engine.
    pub(super) async fn base(&self, release: Release) -> Result<(), ImageError> {
        let (name, started) = (release.reference(), Instant::now());
        let tell = |line: &str| self.watch.hear(Step::Line { name: &name, line });
        let begin = || self.watch.hear(Step::Began { name: &name, doing: "building" });
        let base =
            self.bases.ensure(self.engine, release, &self.no_registry, (&begin, &tell)).await;
        match base {
            Ok((image, made)) => {
                let mut ids = self.base_ids.lock().unwrap_or_else(PoisonError::into_inner);
                ids.insert(release, image.id);
                self.ended(&name, if made { "built" } else { "up to date" }, started);
                Ok(())
            }
            Err(error) => {
                self.ended(&name, "failed", started);
                Err(error)
            }
        }
    }

    /// Builds the image where its inputs changed; nothing is done where they did not.
    pub(super) async fn image(&self, target: &Target<'_>) -> Result<(), ImageError> {
        let (name, started) = (target.name(), Instant::now());
        match self.build(&name, target).await {
            Ok(true) => {
                let mut fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
                fresh.insert(name, started.elapsed().as_secs_f64());
                Ok(())
            }
            Ok(false) => Ok(()),
            Err(error) => {
                self.ended(&name, "failed", started);
                Err(error)
            }
        }
    }

    /// True where the image had to be built.
    async fn build(&self, name: &str, target: &Target<'_>) -> Result<bool, ImageError> {
        let build = target.build;
        let context = Context::read(&target.image.folder)?;
        let base = {
            let ids = self.base_ids.lock().unwrap_or_else(PoisonError::into_inner);
            ids.get(&build.base).cloned().unwrap_or_default()
        };
        let inputs = inputs(&context, build, &base);
        let tag = local_reference(&target.image.name, &build.tag);
        let found = self.engine.image(&tag).await.map_err(ImageError::engine(name))?;
        if found.is_some_and(|image| image.labels.get(LABEL) == Some(&inputs)) {
            return Ok(false);
        }
        self.watch.hear(Step::Began { name, doing: "building" });
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
        let tell = |line: &str| self.watch.hear(Step::Line { name, line });
        self.engine.build(&spec, &tell).await.map_err(ImageError::engine(name))?;
        Ok(true)
    }

    /// Makes sure that the local registry answers.
    pub(super) async fn registry(&self) -> Result<(), ImageError> {
        let tell = |line: &str| self.watch.hear(Step::Note(line));
        Ok(registry::ensure(self.engine, self.settings, &tell).await?)
    }

    /// Sends the image where the registry has another one or none. The registry can be written to from the first
    /// image that has to be sent on, until [`Work::close`].
    pub(super) async fn send(&self, target: &Target<'_>) -> Result<Built, ImageError> {
        let (name, started) = (target.name(), Instant::now());
        let building = {
            let fresh = self.fresh.lock().unwrap_or_else(PoisonError::into_inner);
            fresh.get(&name).copied()
        };
        let before = building.unwrap_or_default();
        let (digest, sent) = match self.sent(&name, target).await {
            Ok(sent) => sent,
            Err(error) => {
                self.ended(&name, "failed", started);
                return Err(error);
            }
        };
        let (action, how) = match (building, sent) {
            (Some(_), _) => (Action::Built, "built"),
            (None, true) => (Action::Pushed, "pushed"),
            (None, false) => (Action::UpToDate, "up to date"),
        };
        let seconds = before + started.elapsed().as_secs_f64();
        self.watch.hear(Step::Ended { name: &name, how, seconds });
        let port = self.settings.registry_port;
        Ok(Built {
            digest: format!("{}@{digest}", repository(port, &target.image.name)),
            reference: registry_reference(port, &target.image.name, &target.build.tag),
            name,
            action,
            seconds,
        })
    }

    /// The digest in the registry, and whether the image had to be sent.
    async fn sent(&self, name: &str, target: &Target<'_>) -> Result<(String, bool), ImageError> {
        let tag = local_reference(&target.image.name, &target.build.tag);
        let image = self.engine.image(&tag).await.map_err(ImageError::engine(name))?;
        let Some(image) = image else { return Err(ImageError::NotBuilt { name: name.to_owned() }) };
        let stored = Stored::of(self.settings.registry_port, target).await;
        if let Some(stored) = stored.filter(|stored| stored.is(&image)) {
            return Ok((stored.digest, false));
        }
        self.watch.hear(Step::Began { name, doing: "sending" });
        let port = self.writer().await?;
        Ok((push::push(self.engine, port, target).await?, true))
    }

    /// The port of the registry's writer, which is started where it does not run.
    async fn writer(&self) -> Result<u16, ImageError> {
        let mut writer = self.writer.lock().await;
        let open = match writer.take() {
            Some(open) => open,
            None => Writer::open(self.engine, self.settings).await?,
        };
        Ok(writer.insert(open).port)
    }

    /// From now on the registry cannot be written to.
    pub(super) async fn close(self) -> Result<(), ImageError> {
        match self.writer.into_inner() {
            Some(writer) => Ok(writer.close(self.engine).await?),
            None => Ok(()),
        }
    }

    fn ended(&self, name: &str, how: &'static str, started: Instant) {
        self.watch.hear(Step::Ended { name, how, seconds: started.elapsed().as_secs_f64() });
    }
}

fn has(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|window| window == word)
}
