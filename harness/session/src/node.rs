//! Prepares this machine for a run.

use std::collections::BTreeMap;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cc_ci_backup::BackupPlace;
use cc_ci_engine::{Engine, NodeState, Traced};
use cc_ci_journal::{Journal, SystemClock};
use cc_ci_lock::Place;
use cc_ci_model::{Ceilings, EndpointMode, RunId};
use cc_ci_node::images::{Making, Watch};
use cc_ci_node::infra::{edge, registry};
use cc_ci_node::{Host, Progress};
use cc_ci_runner::{Capacity, EdgeKit, Hub, Pulls, Samples, Site, Snapshots, SystemEntropy, World};
use tokio_util::sync::CancellationToken;

use crate::machine::{ThisDaemon, ThisMachine, samples};
use crate::own_images::{Built, GATEWAY, TOOLBOX, not_built};
use crate::turn::Turn;
use crate::{Failure, Kind, News, OWN_IMAGES, Session, Settings, while_it_answers};

/// The node, ready for units.
pub struct Node {
    /// Its engine; each request has a span in the log.
    pub engine: Arc<dyn Engine>,
    facts: BTreeMap<String, String>,
    endpoint_mode: EndpointMode,
    edge: EdgeKit,
    /// Where each living run has a folder for its sockets.
    sockets: PathBuf,
    images: Arc<Built>,
    daemon: Arc<ThisDaemon>,
    gateway_image: String,
    toolbox_image: String,
    capacity: Capacity,
    ceilings: Ceilings,
    backups: BackupPlace,
    samples: Arc<dyn Samples>,
}

async fn edge_kit(
    settings: &Settings,
    image: String,
    progress: &dyn Progress,
) -> Result<EdgeKit, Failure> {
    let files = edge::files(&settings.node, progress).await?;
    let edge::EdgeFiles { command, certificates, mounted_at, ca_pem } = files;
    Ok(EdgeKit { image, command, certificates, mounted_at, ca_pem })
}

/// Makes the folder of sockets, and refuses one that another user could reach into.
fn own_folder(folder: &Path) -> Result<(), Failure> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    let found = made.and_then(|()| std::fs::symlink_metadata(folder)).map_err(|error| {
        let context = format!("make the folder of sockets {}", folder.display());
        Failure::new(Kind::Machine, error).context(context)
    })?;
    let user = rustix::process::geteuid().as_raw();
    if found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let folder = folder.display();
    let message = format!("{folder} is not a folder of user {user} alone (mode 0700)");
    Err(Failure::message(Kind::Machine, message)
        .hint(format!("look who made {folder}, and remove it")))
}

/// The capacity of the node for units. A tenth of the memory is left to the engine and the machine. The disk is
/// what is free now; if the free space is unknown, it counts as unlimited.
fn capacity(node: &NodeState) -> Capacity {
    let free = rustix::fs::statvfs(&node.data_root);
    let disk = free.map_or(u64::MAX, |found| found.f_bavail.saturating_mul(found.f_frsize));
    Capacity {
        memory: node.memory_bytes / 10 * 9,
        cpu_millis: node.cpus.saturating_mul(1000),
        disk,
        ..Capacity::default()
    }
}

/// The word for an endpoint mode, as Docker writes it.
fn endpoint_word(mode: EndpointMode) -> &'static str {
    match mode {
        EndpointMode::Vip => "vip",
        EndpointMode::Dnsrr => "dnsrr",
    }
}

impl Node {
    /// Starts the registry, and finds the harness's own images and what the edges of the legs are started from.
    /// A wait for another process is reported, and ends when the user cancels.
    ///
    /// # Errors
    /// There is no engine, no Swarm, a port is taken, or images are not built yet; each error has its remedy.
    /// Or the user cancelled.
    pub async fn ready(session: &Session<'_>) -> Result<Self, Failure> {
        let Session { settings, ear, cancel, making } = session;
        let progress = |line: &str| ear.hear(News::Progress(line));
        let ready = async {
            let docker = settings.endpoint.docker().await?.within(&settings.ceilings);
            let engine = Arc::new(Traced::new(docker.clone()));
            let images = ear.images(making.is_some());
            let making = (making.clone(), images.as_ref());
            let ready = Self::made_ready(settings, engine, making, &progress);
            while_it_answers(&docker, ready).await
        };
        tokio::select! {
            ready = ready => ready,
            () = cancel.cancelled() => Err(Failure::cancelled()),
        }
    }

    async fn made_ready(
        settings: &Settings,
        engine: Arc<dyn Engine>,
        (making, watch): (Option<Arc<Making>>, &dyn Watch),
        progress: &dyn Progress,
    ) -> Result<Self, Failure> {
        let node = engine.node().await?;
        if node.swarm != "active" || !node.manager {
            let message = format!("this node manages no Swarm (its state is {:?})", node.swarm);
            return Err(Failure::message(Kind::Machine, message)
                .hint("`cc-ci doctor --fix` starts a one-node Swarm"));
        }
        let images = Arc::new(Built {
            engine: engine.clone(),
            images: settings.images()?,
            settings: settings.node.clone(),
            making,
        });
        // The registry's own image is made together with those of the harness.
        images.had(&OWN_IMAGES, watch).await.map_err(not_built)?;
        registry::ensure(engine.as_ref(), &settings.node, progress).await?;
        let gateway_image = images.own(GATEWAY).await?;
        let toolbox_image = images.own(TOOLBOX).await?;
        let edge = edge_kit(settings, images.own(edge::IMAGE).await?, progress).await?;
        let sockets = settings.sockets.clone();
        own_folder(&sockets)?;
        edge::retire(engine.as_ref()).await?;
        let endpoint_mode = cc_ci_node::doctor::endpoint_mode(&Host::this());
        let capacity = capacity(&node);
        let samples = samples(&node.data_root, progress);
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
            edge,
            sockets,
            images,
            daemon: Arc::new(ThisDaemon {
                node: settings.node.clone(),
                endpoint: settings.endpoint.clone(),
            }),
            gateway_image,
            toolbox_image,
            backups: settings.backups.clone(),
            capacity,
            ceilings: settings.ceilings.clone(),
            samples,
        })
    }

    /// The bytes of memory that legs can have here.
    pub(crate) fn memory(&self) -> u64 {
        self.capacity.memory
    }

    /// The world of one run.
    pub fn world(
        &self,
        run: &RunId,
        phase: &str,
        journal: Journal,
        cancel: CancellationToken,
        keep: bool,
    ) -> World {
        journal.bound(&self.ceilings);
        let site = Site {
            node: self.facts.clone(),
            engine: self.engine.clone(),
            hub: Hub::default(),
            snapshots: Snapshots::default(),
            pulls: Pulls::default(),
            daemon: self.daemon.clone(),
            images: self.images.clone(),
            traces: Arc::new(ThisMachine(Host::this())),
            samples: self.samples.clone(),
            turn: Arc::new(Turn::new(&Place::machine(), run)),
            edge: self.edge.clone(),
            sockets: self.sockets.join(run.as_str()),
            gateway_image: self.gateway_image.clone(),
            toolbox_image: self.toolbox_image.clone(),
            endpoint_mode: self.endpoint_mode,
            capacity: self.capacity.clone(),
        };
        World {
            run: run.clone(),
            harness: env!("CARGO_PKG_VERSION").to_owned(),
            phase: phase.to_owned(),
            site,
            journal,
            backups: self.backups.clone(),
            ceilings: self.ceilings.clone(),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            cancel,
            keep,
        }
    }
}
