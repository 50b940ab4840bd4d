//! What all measurements share, and the removal of everything that they create.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cc_ci_engine::{Engine, LABEL_RUN, stack};
use cc_ci_journal::{Journal, SystemClock};
use cc_ci_lease::{Lease, objects};
use cc_ci_lock::Place;
use cc_ci_model::{Record, RunId};
use cc_ci_plan::UnitPlan;
use cc_ci_runner::{NoTurn, NodeTurn, RunRequest, Runner, World};
use cc_ci_session::{Failure, Kind, Node, new_run};
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::ground::Ground;

/// Name of the phase in the journals of measurements.
const PHASE: &str = "bench";
/// Time for the engine to let go of what is left at the end.
const LIMIT: Duration = Duration::from_secs(60);

/// The node, prepared, and a run whose label everything carries.
pub(super) struct Stage<'a> {
    ground: &'a Ground<'a>,
    /// The run.
    pub(super) run: RunId,
    /// What a unit needs around it.
    pub(super) world: World,
    work: PathBuf,
    turn: Arc<dyn NodeTurn>,
    lease: Option<Lease>,
}

impl<'a> Stage<'a> {
    pub(super) async fn set(ground: &'a Ground<'a>) -> Result<Self, Failure> {
        ground.checkout()?;
        let node = Node::ready(ground.session).await?;
        let run = new_run()?;
        // The locks of all runs on this machine: locks of another place would keep no other run out.
        let place = Place::machine();
        let lease =
            Lease::take(&place, &node.engine, &run, &ground.session.settings.node.state).await?;
        let work = ground.session.settings.temp.join(format!("cc-ci-bench-{run}"));
        std::fs::create_dir(&work).map_err(unwritable(&work))?;
        let how = (ground.session.cancel.clone(), None);
        let (mut world, _) = world(&node, &run, &work.join("stage"), how)?;
        // A measurement holds the node already, so units in it do not wait for it again.
        let turn = std::mem::replace(&mut world.site.turn, Arc::new(NoTurn));
        Ok(Self { ground, run, world, work, turn, lease: Some(lease) })
    }

    pub(super) fn ground(&self) -> &'a Ground<'a> {
        self.ground
    }

    pub(super) fn engine(&self) -> &dyn Engine {
        self.world.site.engine.as_ref()
    }

    pub(super) fn cancel(&self) -> &CancellationToken {
        &self.ground.session.cancel
    }

    pub(super) fn talk(&self, line: &str) {
        (self.ground.talk)(line);
    }

    /// The label of everything that is created.
    pub(super) fn label(&self) -> (String, String) {
        (LABEL_RUN.to_owned(), self.run.to_string())
    }

    /// A fresh folder for one measurement.
    pub(super) fn folder(&self, name: &str) -> Result<PathBuf, Failure> {
        let folder = self.work.join(name);
        std::fs::create_dir_all(&folder).map_err(unwritable(&folder))?;
        Ok(folder)
    }

    /// One of the scripts to compare with.
    pub(super) fn script(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.ground.checkout()?.join("tests/bench").join(name);
        if path.is_file() {
            return Ok(path);
        }
        let message = format!("{} does not exist", path.display());
        Err(Failure::message(Kind::Usage, message).hint("name a whole checkout with --root DIR"))
    }

    /// Keeps every other run off the node until the guard is dropped.
    pub(super) async fn alone(&self) -> Result<Box<dyn Send>, Failure> {
        let waits = |by: &str| self.talk(&format!("waits for {by}"));
        tokio::select! {
            turn = self.turn.alone(&waits) => {
                // A measurement beside other work would be worthless.
                turn.map_err(|fault| Failure::message(Kind::Machine, fault.to_string()))
            }
            () = self.cancel().cancelled() => Err(Failure::cancelled()),
        }
    }

    /// Walks one unit through its tiers as `cc-ci run` does, with everything written into `out`.
    pub(super) async fn walk(
        &self,
        node: &Node,
        unit: UnitPlan,
        out: &Path,
        (cancel, watcher): (CancellationToken, Option<UnboundedSender<Record>>),
    ) -> Result<Vec<Record>, Failure> {
        let (mut world, journal) = world(node, &self.run, out, (cancel, watcher))?;
        world.site.turn = Arc::new(NoTurn);
        let request = RunRequest { units: vec![unit], attempts: 1, ..RunRequest::default() };
        Runner::new(world).run(&request).await;
        match journal.take_error() {
            Some(error) => Err(Failure::usage(error).hint("is the disk full?")),
            None if self.cancel().is_cancelled() => Err(Failure::cancelled()),
            None => Ok(journal.records()),
        }
    }

    /// Removes everything that carries the run's label, and the folder of the measurements.
    pub(super) async fn strike(&mut self) -> Result<(), Failure> {
        let down = stack::down(self.engine(), &objects(self.run.as_str()), LIMIT).await?;
        if let Some(lease) = self.lease.take() {
            lease.end(false).await?;
        }
        // Only files of ours in the system's own temporary folder: what stays does no harm.
        let _ = std::fs::remove_dir_all(&self.work);
        if down.left.is_empty() {
            return Ok(());
        }
        let names = down.left.iter().map(|left| format!("{} {}", left.kind.as_str(), left.name));
        let names: Vec<_> = names.collect();
        let message = format!("the bench leaves behind: {}", names.join(", "));
        Err(Failure::message(Kind::Machine, message).hint("`cc-ci reap` tries again"))
    }
}

fn world(
    node: &Node,
    run: &RunId,
    out: &Path,
    (cancel, watcher): (CancellationToken, Option<UnboundedSender<Record>>),
) -> Result<(World, Journal), Failure> {
    let clock = Arc::new(SystemClock);
    let journal = Journal::create(out, clock, watcher, cancel.clone());
    let journal = journal.map_err(Failure::usage)?;
    Ok((node.world(run, PHASE, journal.clone(), cancel, false), journal))
}

/// The error for a folder of ours that cannot be written.
pub(super) fn unwritable(path: &Path) -> impl Fn(std::io::Error) -> Failure + use<> {
    let context = format!("write {}", path.display());
    move |error| Failure::new(Kind::Machine, error).context(context.clone())
}
