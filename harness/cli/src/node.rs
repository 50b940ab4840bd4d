//! Everything a run needs from this machine, made ready.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_backup::BackupPlace;
use cc_ci_docker::Docker;
use cc_ci_engine::{Engine, EngineError};
use cc_ci_journal::{Journal, SystemClock};
use cc_ci_lock::Place;
use cc_ci_model::{Ceilings, EndpointMode, Fault, RunId};
use cc_ci_node::Host;
use cc_ci_node::daemon::{self, Connecting};
use cc_ci_node::images::Catalogue;
use cc_ci_node::infra::{InfraError, edge, registry};
use cc_ci_probe::Edge;
use cc_ci_runner::{Daemon, ImageSource, SystemEntropy, Traces, World};
use tokio_util::sync::CancellationToken;

use crate::error::{CliError, Kind};
use crate::lease::Turn;
use crate::plan::endpoint_word;
use crate::settings::Settings;

/// The images that the harness itself runs.
const GATEWAY: &str = "gateway:2";
const TOOLBOX: &str = "restic:0.18";

/// Reaches the engine.
pub(crate) async fn engine() -> Result<Arc<dyn Engine>, CliError> {
    Ok(Arc::new(docker().await?))
}

/// The engine of `DOCKER_HOST`, else the local one.
pub(crate) async fn docker() -> Result<Docker, EngineError> {
    match std::env::var("DOCKER_HOST") {
        Ok(host) if !host.is_empty() => Docker::connect_to(&host).await,
        _ => Docker::connect().await,
    }
}

/// As [`engine`], for who asks again and again.
pub(crate) fn connecting() -> Connecting {
    Box::pin(async { Ok(Arc::new(docker().await?) as Arc<dyn Engine>) })
}

/// The node, ready for units.
pub(crate) struct Node {
    pub(crate) engine: Arc<dyn Engine>,
    facts: BTreeMap<String, String>,
    endpoint_mode: EndpointMode,
    edge: Edge,
    images: Arc<Built>,
    daemon: Arc<ThisDaemon>,
    gateway_image: String,
    toolbox_image: String,
    ceilings: Ceilings,
    backups: BackupPlace,
}

/// Images of `recipes/images`, by digest.
struct Built {
    engine: Arc<dyn Engine>,
    catalogue: Catalogue,
    settings: cc_ci_node::Settings,
}

#[async_trait]
impl ImageSource for Built {
    async fn built(&self, name_and_tag: &str) -> Result<String, Fault> {
        let resolved =
            self.catalogue.resolve(self.engine.as_ref(), &self.settings, name_and_tag).await;
        resolved.map_err(|error| Fault::RegistryDown {
            reference: name_and_tag.to_owned(),
            message: error.to_string(),
        })
    }
}

/// The daemon of this machine.
struct ThisDaemon(cc_ci_node::Settings);

#[async_trait]
impl Daemon for ThisDaemon {
    async fn restart(&self) -> Result<(), Fault> {
        let restarted = daemon::restart(&self.0, &connecting, &|_: &str| ()).await;
        restarted.map_err(|error| Fault::EngineDown { message: error.to_string() })
    }
}

impl Node {
    /// Brings up registry and edge, and finds the harness's own images.
    ///
    /// # Errors
    /// No engine, no Swarm, a taken port, or images that are not built yet; each with its remedy.
    pub(crate) async fn ready(settings: &Settings) -> Result<Self, CliError> {
        let engine: Arc<dyn Engine> = Arc::new(docker().await?.within(&settings.ceilings));
        let node = engine.node().await?;
        if node.swarm != "active" || !node.manager {
            let message = format!("this node manages no Swarm (its state is {:?})", node.swarm);
            return Err(CliError::message(Kind::Machine, message)
                .hint("`cc-ci doctor --fix` starts a one-node Swarm"));
        }
        let catalogue = Catalogue::load(&settings.node.images).map_err(CliError::usage)?;
        let registry = registry::ensure(engine.as_ref(), &settings.node).await;
        registry.map_err(infra_error)?;
        let images =
            Arc::new(Built { engine: engine.clone(), catalogue, settings: settings.node.clone() });
        let [gateway_image, toolbox_image] = [GATEWAY, TOOLBOX].map(|name| {
            let images = images.clone();
            async move { images.built(name).await.map_err(|fault| not_built(&fault)) }
        });
        let (gateway_image, toolbox_image) = (gateway_image.await?, toolbox_image.await?);
        let edge = edge::ensure(engine.as_ref(), &settings.node).await.map_err(infra_error)?;
        let endpoint_mode = cc_ci_node::doctor::endpoint_mode(&cc_ci_node::Host::this());
        let facts = BTreeMap::from([
            ("engine".to_owned(), node.version),
            ("api".to_owned(), node.api),
            ("kernel".to_owned(), node.kernel),
            ("os".to_owned(), node.os),
            ("hostname".to_owned(), node.name),
            ("cpus".to_owned(), node.cpus.to_string()),
            ("memory_bytes".to_owned(), node.memory_bytes.to_string()),
            ("endpoint_mode".to_owned(), endpoint_word(endpoint_mode).to_owned()),
        ]);
        Ok(Self {
            engine,
            facts,
            endpoint_mode,
            edge: Edge { https: edge.https, http: edge.http, ca_pem: edge.ca_pem },
            images,
            daemon: Arc::new(ThisDaemon(settings.node.clone())),
            gateway_image,
            toolbox_image,
            backups: settings.backups.clone(),
            ceilings: settings.ceilings.clone(),
        })
    }

    /// The world of one run.
    pub(crate) fn world(
        &self,
        run: &RunId,
        phase: &str,
        journal: Journal,
        cancel: CancellationToken,
        keep: bool,
    ) -> World {
        journal.bound(&self.ceilings);
        World {
            run: run.clone(),
            harness: env!("CARGO_PKG_VERSION").to_owned(),
            phase: phase.to_owned(),
            node: self.facts.clone(),
            engine: self.engine.clone(),
            daemon: self.daemon.clone(),
            journal,
            images: self.images.clone(),
            traces: Arc::new(ThisMachine(Host::this())),
            turn: Arc::new(Turn::new(&Place::machine(), run)),
            backups: self.backups.clone(),
            edge: self.edge.clone(),
            gateway_image: self.gateway_image.clone(),
            toolbox_image: self.toolbox_image.clone(),
            endpoint_mode: self.endpoint_mode,
            ceilings: self.ceilings.clone(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            cancel,
            keep,
        }
    }
}

/// The machine that the engine runs on.
struct ThisMachine(Host);

impl Traces for ThisMachine {
    fn listening(&self) -> std::io::Result<BTreeSet<u16>> {
        self.0.listening()
    }

    fn mounts(&self) -> std::io::Result<BTreeSet<String>> {
        self.0.mount_points()
    }
}

fn not_built(fault: &Fault) -> CliError {
    CliError::message(Kind::Machine, fault.to_string())
        .hint("`cc-ci images build` builds what is missing (a few minutes the first time)")
}

fn infra_error(error: InfraError) -> CliError {
    let Some(engine) = error.engine_error() else {
        return CliError::new(Kind::Machine, error);
    };
    // The engine's error decides code and hints; the message says for which container.
    let CliError { kind, hints, .. } = CliError::from(engine.clone());
    hints.into_iter().fold(CliError::new(kind, error), CliError::hint)
}

/// True where `folder` can be made and written.
pub(crate) fn writable(folder: &Path) -> Result<(), CliError> {
    let probe = folder.join(".cc-ci-writable");
    let tried = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&probe, b""))
        .and_then(|()| std::fs::remove_file(&probe));
    tried.map_err(|error| {
        let context = format!("write to {}", folder.display());
        CliError::usage(anyhow::Error::new(error).context(context))
            .hint("choose another folder with --out DIR")
    })
}
