//! What a unit needs around it.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use cc_ci_backup::BackupPlace;
use cc_ci_engine::{Engine, LABEL_LEG, LABEL_RUN, LABEL_UNIT, Selector};
use cc_ci_journal::{Clock, Journal};
use cc_ci_model::{Ceilings, EndpointMode, Fault, Leg, RunId, UnitId};
use cc_ci_schedule::Capacity;
use tokio_util::sync::CancellationToken;

use crate::{EdgeKit, Entropy, Hub, Pulls, Samples, Snapshots};

/// Images that are built here.
#[async_trait]
pub trait ImageSource: Send + Sync + 'static {
    /// The image `name:tag` of `recipes/images` as `registry/name@sha256:…`.
    async fn built(&self, name_and_tag: &str) -> Result<String, Fault>;
}

/// What a stack can leave on the machine beside the engine's own objects.
pub trait Traces: Send + Sync + 'static {
    /// TCP ports on which something listens.
    ///
    /// # Errors
    /// The machine cannot be looked at; that is not the same as nothing.
    fn listening(&self) -> io::Result<BTreeSet<u16>>;
    /// Mount points.
    ///
    /// # Errors
    /// The machine cannot be looked at; that is not the same as nothing.
    fn mounts(&self) -> io::Result<BTreeSet<String>>;
}

/// Hears in words what a turn waits for and who holds it, and again when that changes.
pub type Waits<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// The node belongs to one isolated unit or to any number of ordinary ones. A turn that cannot be had is
/// a fault of the harness, never a turn without a lock. Dropping a future ends its wait.
#[async_trait]
pub trait NodeTurn: Send + Sync + 'static {
    /// Waits until nothing else runs on the node and keeps others out until the guard is dropped.
    async fn alone(&self, waits: Waits<'_>) -> Result<Box<dyn Send>, Fault>;
    /// Waits until no isolated unit runs and keeps isolated ones out until the guard is dropped.
    async fn shared(&self, waits: Waits<'_>) -> Result<Box<dyn Send>, Fault>;
    /// Waits until no other unit uses any of these ports of the node and keeps others from them until
    /// the guards are dropped. Asked for only while one of the two above is held.
    async fn ports(
        &self,
        ports: &BTreeSet<u16>,
        waits: Waits<'_>,
    ) -> Result<Vec<Box<dyn Send>>, Fault>;
}

/// The engine's own process on this machine.
#[async_trait]
pub trait Daemon: Send + Sync + 'static {
    /// Ends it and starts it again, as a reboot does. Back once it answers and manages its Swarm.
    async fn restart(&self) -> Result<(), Fault>;
}

/// A place with an engine, which the legs of a run share.
#[derive(Clone)]
pub struct Site {
    /// Facts about engine and machine, for the first event.
    pub node: BTreeMap<String, String>,
    /// The engine.
    pub engine: Arc<dyn Engine>,
    /// The engine's events, one stream for all watchers.
    pub hub: Hub,
    /// The services and tasks of the run, one listing for all who look.
    pub snapshots: Snapshots,
    /// The images that were brought to the node in this run.
    pub pulls: Pulls,
    /// The engine's own process.
    pub daemon: Arc<dyn Daemon>,
    /// Images that are built here.
    pub images: Arc<dyn ImageSource>,
    /// The machine beside the engine.
    pub traces: Arc<dyn Traces>,
    /// The node, looked at once a second.
    pub samples: Arc<dyn Samples>,
    /// Who may use the node when.
    pub turn: Arc<dyn NodeTurn>,
    /// What the edge of each leg is started from.
    pub edge: EdgeKit,
    /// The run's folder of Unix sockets, in which each leg has a folder of its own. It is the user's alone, and
    /// its path is short: a socket's path has at most 107 bytes.
    pub sockets: PathBuf,
    /// Image of the gateway, by digest.
    pub gateway_image: String,
    /// Image of the toolbox, by digest.
    pub toolbox_image: String,
    /// What this node's kernel can do.
    pub endpoint_mode: EndpointMode,
    /// What the node has for the legs of a run.
    pub capacity: Capacity,
}

/// What a unit needs around it.
#[derive(Clone)]
pub struct World {
    /// The run.
    pub run: RunId,
    /// Version of the harness.
    pub harness: String,
    /// Name of the backlog phase.
    pub phase: String,
    /// Where its legs run.
    pub site: Site,
    /// Where everything is written down.
    pub journal: Journal,
    /// Where backups go.
    pub backups: BackupPlace,
    /// How much of the machine one unit may take.
    pub ceilings: Ceilings,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Cancelled when the user breaks the run off.
    pub cancel: CancellationToken,
    /// Leave the instance standing after its tiers.
    pub keep: bool,
}

impl World {
    /// Everything on the engine that belongs to a leg of a unit of this run.
    pub(crate) fn objects_of_leg(&self, unit: &UnitId, leg: Leg) -> Selector {
        self.objects_of(unit).and(LABEL_LEG, leg.as_str())
    }

    /// Everything on the engine that belongs to a unit of this run, under whatever stack name.
    pub(crate) fn objects_of(&self, unit: &UnitId) -> Selector {
        Selector::label(LABEL_RUN, self.run.as_str()).and(LABEL_UNIT, unit.as_str())
    }
}

/// The turn of a caller that holds the node already: nothing is waited for.
#[derive(Debug, Clone, Copy)]
pub struct NoTurn;

#[async_trait]
impl NodeTurn for NoTurn {
    async fn alone(&self, _: Waits<'_>) -> Result<Box<dyn Send>, Fault> {
        Ok(Box::new(()))
    }

    async fn shared(&self, _: Waits<'_>) -> Result<Box<dyn Send>, Fault> {
        Ok(Box::new(()))
    }

    async fn ports(&self, _: &BTreeSet<u16>, _: Waits<'_>) -> Result<Vec<Box<dyn Send>>, Fault> {
        Ok(Vec::new())
    }
}
