//! Everything a run needs from this machine, made ready.

use std::collections::BTreeMap;
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cc_ci_backup::BackupPlace;
use cc_ci_docker::Docker;
use cc_ci_engine::{Engine, EngineError, NodeState, Swarm as _, Traced};
use cc_ci_journal::{Journal, SystemClock};
use cc_ci_lock::Place;
use cc_ci_model::{Ceilings, EndpointMode, Fault, RunId};
use cc_ci_node::daemon::Connecting;
use cc_ci_node::images::{ImageError, Making, Step, Watch};
use cc_ci_node::infra::{InfraError, edge, registry};
use cc_ci_node::{Host, Progress};
use cc_ci_runner::{
    Capacity, EdgeKit, Hub, ImageSource, Pulls, Samples, Site, SystemEntropy, World,
};
use tokio_util::sync::CancellationToken;

use crate::commands::Context;
use crate::error::{CliError, Kind};
use crate::image_progress::ImageProgress;
use crate::images::Images;
use crate::machine::{ThisDaemon, ThisMachine, samples};
use crate::settings::{Settings, image_error};
use crate::turn::Turn;

/// The images that the harness itself runs.
const GATEWAY: &str = "gateway:2";
const TOOLBOX: &str = "restic:0.18";
/// Every image without which no unit can run.
pub(crate) const OWN_IMAGES: [&str; 3] = [GATEWAY, TOOLBOX, edge::IMAGE];
/// Time to bring one of them from the registry of this machine.
const PULL: Duration = Duration::from_secs(120);

/// Time for an answer while a command begins, and for a ping afterwards. With the time between two pings it
/// stays below the 10 s within which a command ends where the engine hangs.
const START: Duration = Duration::from_secs(7);
/// Time between two pings.
const PAUSE: Duration = Duration::from_secs(2);
// A command on an engine that hangs ends within 10 s.
const _: () = assert!(START.as_secs() + PAUSE.as_secs() < 10);

/// Reaches the engine.
pub(crate) async fn engine() -> Result<Arc<dyn Engine>, CliError> {
    Ok(Arc::new(Traced::new(docker().await?)))
}

/// The engine of `DOCKER_HOST`, else the local one. It has answered what every command asks.
pub(crate) async fn docker() -> Result<Docker, EngineError> {
    let docker = match std::env::var("DOCKER_HOST") {
        Ok(host) if !host.is_empty() => Docker::connect_to(&host).await?,
        _ => Docker::connect().await?,
    };
    docker.clone().answering_within(START).node().await?;
    Ok(docker)
}

/// Does `work` for as long as the engine answers: a request that the engine never answers would otherwise
/// hold the command for two minutes.
///
/// # Errors
/// The engine fell silent, or the error of `work`.
pub(crate) async fn while_it_answers<T>(
    docker: &Docker,
    work: impl Future<Output = Result<T, CliError>>,
) -> Result<T, CliError> {
    tokio::select! {
        done = work => done,
        error = silence(docker) => Err(error.into()),
    }
}

/// Waits until the engine does not answer a ping any more.
pub(crate) async fn silence(docker: &Docker) -> EngineError {
    let docker = docker.clone().answering_within(START);
    loop {
        tokio::time::sleep(PAUSE).await;
        if let Err(error) = docker.answers().await {
            return error;
        }
    }
}

/// As [`engine`], for who asks again and again.
pub(crate) fn connecting() -> Connecting {
    Box::pin(async { Ok(Arc::new(Traced::new(docker().await?)) as Arc<dyn Engine>) })
}

/// The node, ready for units.
pub(crate) struct Node {
    pub(crate) engine: Arc<dyn Engine>,
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

/// Images of `recipes/images`, by digest.
struct Built {
    engine: Arc<dyn Engine>,
    images: Images,
    settings: cc_ci_node::Settings,
    /// Images that are made meanwhile.
    making: Option<Arc<Making>>,
}

#[async_trait]
impl ImageSource for Built {
    async fn built(&self, name_and_tag: &str) -> Result<String, Fault> {
        // What the run shows says that the image is waited for.
        let had = async {
            self.had(&[name_and_tag], &|_: Step<'_>| ()).await?;
            self.resolved(name_and_tag).await
        };
        had.await.map_err(|error| image_fault(&error))
    }
}

/// An image of ours that cannot be had is no third party's matter: it is built here and comes from the
/// registry of this machine.
fn image_fault(error: &ImageError) -> Fault {
    match error {
        ImageError::Engine { source, .. } => source.fault(),
        ImageError::File { .. }
        | ImageError::Manifest { .. }
        | ImageError::Unknown { .. }
        | ImageError::NotBuilt { .. }
        | ImageError::Differs { .. }
        | ImageError::Base { .. }
        | ImageError::Command { .. }
        | ImageError::Several { .. }
        | ImageError::Registry(_)
        | ImageError::Lock(_) => Fault::NotPlanned { message: error.to_string() },
    }
}

impl Built {
    async fn resolved(&self, name_and_tag: &str) -> Result<String, ImageError> {
        let catalogue = self.images.having(name_and_tag)?;
        catalogue.resolve(self.engine.as_ref(), &self.settings, name_and_tag).await
    }

    /// Waits for images that are made meanwhile; else makes those that are missing, and only these.
    async fn had(&self, names: &[&str], watch: &dyn Watch) -> Result<(), ImageError> {
        if let Some(making) = &self.making {
            names.iter().for_each(|name| making.want(name));
            for name in names {
                making.had(name).await?;
            }
            return Ok(());
        }
        let mut missing = Vec::new();
        for name in names {
            if let Err(ImageError::NotBuilt { .. }) = self.resolved(name).await {
                missing.push((*name).to_owned());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let making = Making::building(self.images.all()?.clone(), &missing)?;
        making.run(self.engine.as_ref(), &self.settings, watch).await.map(drop)
    }

    /// An image that the harness itself runs, by digest and on this node.
    async fn own(&self, name: &str) -> Result<String, CliError> {
        let reference = self.resolved(name).await.map_err(not_built)?;
        if self.engine.image(&reference).await?.is_none() {
            self.engine.pull(&reference, PULL).await?;
        }
        Ok(reference)
    }
}

async fn edge_kit(
    settings: &Settings,
    image: String,
    progress: &dyn Progress,
) -> Result<EdgeKit, CliError> {
    let files = edge::files(&settings.node, progress).await.map_err(infra_error)?;
    let edge::EdgeFiles { command, certificates, mounted_at, ca_pem } = files;
    Ok(EdgeKit { image, command, certificates, mounted_at, ca_pem })
}

/// Makes the folder of sockets, and refuses one that another user could reach into.
fn own_folder(folder: &Path) -> Result<(), CliError> {
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    let found = made.and_then(|()| std::fs::symlink_metadata(folder)).map_err(|error| {
        let context = format!("make the folder of sockets {}", folder.display());
        CliError::new(Kind::Machine, anyhow::Error::new(error).context(context))
    })?;
    let user = rustix::process::geteuid().as_raw();
    if found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let folder = folder.display();
    let message = format!("{folder} is not a folder of user {user} alone (mode 0700)");
    Err(CliError::message(Kind::Machine, message)
        .hint(format!("look who made {folder}, and remove it")))
}

/// What the node has for units: a tenth of the memory is left to the engine and to the machine, and as much of the
/// disk as is free now. A disk that cannot be looked at is no reason to run nothing.
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
    /// Brings up the registry, and finds what the edges of the legs are started from and the harness's own
    /// images. A wait for another process is reported, and ends when the user breaks off.
    ///
    /// # Errors
    /// No engine, no Swarm, a taken port, or images that are not built yet; each with its remedy. The user's
    /// own end.
    pub(crate) async fn ready(context: &Context<'_>) -> Result<Self, CliError> {
        let settings = context.settings;
        let printer = context.printer;
        let progress = move |line: &str| printer.talk(line);
        let ready = async {
            let docker = docker().await?.within(&settings.ceilings);
            let engine = Arc::new(Traced::new(docker.clone()));
            let making = context.making.clone();
            let images = match making {
                Some(_) => ImageProgress::beside_a_run(printer),
                None => ImageProgress::of(printer),
            };
            let ready = Self::made_ready(settings, engine, (making, &images), &progress);
            while_it_answers(&docker, ready).await
        };
        tokio::select! {
            ready = ready => ready,
            () = context.cancel.cancelled() => Err(CliError::cancelled()),
        }
    }

    async fn made_ready(
        settings: &Settings,
        engine: Arc<dyn Engine>,
        (making, image_progress): (Option<Arc<Making>>, &ImageProgress),
        progress: &dyn Progress,
    ) -> Result<Self, CliError> {
        let node = engine.node().await?;
        if node.swarm != "active" || !node.manager {
            let message = format!("this node manages no Swarm (its state is {:?})", node.swarm);
            return Err(CliError::message(Kind::Machine, message)
                .hint("`cc-ci doctor --fix` starts a one-node Swarm"));
        }
        let images = Arc::new(Built {
            engine: engine.clone(),
            images: settings.images()?,
            settings: settings.node.clone(),
            making,
        });
        // The registry's own image is made together with those of the harness.
        images.had(&OWN_IMAGES, image_progress).await.map_err(not_built)?;
        let registry = registry::ensure(engine.as_ref(), &settings.node, progress).await;
        registry.map_err(infra_error)?;
        let gateway_image = images.own(GATEWAY).await?;
        let toolbox_image = images.own(TOOLBOX).await?;
        let edge = edge_kit(settings, images.own(edge::IMAGE).await?, progress).await?;
        let sockets = settings.sockets.clone();
        own_folder(&sockets)?;
        edge::retire(engine.as_ref()).await?;
        let endpoint_mode = cc_ci_node::doctor::endpoint_mode(&cc_ci_node::Host::this());
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
            daemon: Arc::new(ThisDaemon(settings.node.clone())),
            gateway_image,
            toolbox_image,
            backups: settings.backups.clone(),
            capacity,
            ceilings: settings.ceilings.clone(),
            samples,
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
        let site = Site {
            node: self.facts.clone(),
            engine: self.engine.clone(),
            hub: Hub::default(),
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

fn not_built(error: ImageError) -> CliError {
    let mut error = image_error(error);
    if error.kind == Kind::Engine {
        return error;
    }
    error.kind = Kind::Machine;
    error.hint("`cc-ci images build` builds what is missing (a few minutes the first time)")
}

fn infra_error(error: InfraError) -> CliError {
    let Some(engine) = error.engine_error() else {
        return CliError::new(Kind::Machine, error);
    };
    // The engine's error decides code and hints; the message says for which container.
    let CliError { kind, hints, .. } = CliError::from(engine.clone());
    hints.into_iter().fold(CliError::new(kind, error), CliError::hint)
}

/// Bytes that a folder of a run has to take at least: on a full disk an empty file can still be made.
static PROBE: [u8; 1 << 16] = [0; 1 << 16];

/// True where `folder` can be made and written.
pub(crate) fn writable(folder: &Path) -> Result<(), CliError> {
    let probe = folder.join(".cc-ci-writable");
    let tried = std::fs::create_dir_all(folder)
        .and_then(|()| std::fs::write(&probe, PROBE))
        .and_then(|()| std::fs::File::open(&probe)?.sync_all());
    let removed = std::fs::remove_file(&probe);
    tried.and(removed).map_err(|error| {
        let context = format!("write to {}", folder.display());
        CliError::of_file(anyhow::Error::new(error).context(context))
            .hint("choose another folder with --out DIR")
    })
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Owner;

    use super::*;

    #[test]
    fn an_image_that_was_not_built_here_is_no_third_partys_matter() {
        let missing = ImageError::NotBuilt { name: "gateway:2".to_owned() };
        let fault = image_fault(&missing);
        assert_eq!(fault.origin().0, Owner::Harness, "{fault}");
        assert!(fault.to_string().contains("cc-ci images build gateway:2"), "{fault}");
        let (endpoint, message) = ("x".to_owned(), "gone".to_owned());
        let source = EngineError::Unreachable { endpoint, message };
        let gone = ImageError::Engine { name: "gateway:2".to_owned(), source };
        assert!(matches!(image_fault(&gone), Fault::EngineDown { .. }));
        assert_eq!(not_built(gone).kind, Kind::Engine);
    }
}
