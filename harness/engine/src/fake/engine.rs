//! The fake engine and what a test tells it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use super::behaviour::Behaviour;
use super::exec::{ExecCall, Scripts};
use super::images::{from_registry, made_here};
use super::world::World;
use crate::{EngineError, ExecOutput, NodeId};

/// An engine in memory that does what a test scripts: an active Swarm of one manager, or of a manager and workers.
///
/// Clones are the same engine. It has no images until it is told of some.
#[derive(Debug, Clone)]
pub struct FakeEngine {
    pub(super) shared: Arc<Shared>,
    /// The node that requests about containers and images go to, by its place in the world's list.
    pub(super) node: usize,
}

#[derive(Debug)]
pub(super) struct Shared {
    desk: Mutex<Desk>,
    /// Something happened that may make the next due thing another one.
    pub(super) changed: Notify,
}

/// The world, and what the test said and may ask.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) world: World,
    pub(super) scripts: Scripts,
    refusals: Vec<Refusal>,
    log: Vec<String>,
    counts: BTreeMap<String, usize>,
    /// Ends every event stream that began before; counts up.
    pub(super) cuts: (u64, Option<EngineError>),
    /// The answer to every call while the engine does not answer.
    silent: Option<EngineError>,
    /// Operations that are never answered.
    hanging: BTreeSet<String>,
}

#[derive(Debug)]
struct Refusal {
    operation: String,
    object: String,
    error: EngineError,
    for_good: bool,
}

impl FakeEngine {
    /// An engine with an active Swarm and nothing on it.
    #[must_use]
    pub fn new() -> Self {
        Self::of_nodes(["fake-node-1"])
    }

    /// The same with these nodes, of which the first one answers. Tasks are spread over them as Swarm spreads them.
    #[must_use]
    pub fn of_nodes<'a>(nodes: impl IntoIterator<Item = &'a str>) -> Self {
        let nodes = nodes.into_iter().filter_map(NodeId::new).collect();
        let desk = Desk {
            world: World::new(nodes),
            scripts: Scripts::default(),
            refusals: Vec::new(),
            log: Vec::new(),
            counts: BTreeMap::new(),
            cuts: (0, None),
            silent: None,
            hanging: BTreeSet::new(),
        };
        let shared = Shared { desk: Mutex::new(desk), changed: Notify::new() };
        Self { shared: Arc::new(shared), node: 0 }
    }

    /// The same with images on the node.
    #[must_use]
    pub fn with_images<'a>(images: impl IntoIterator<Item = &'a str>) -> Self {
        let fake = Self::new();
        for image in images {
            fake.add_image(image);
        }
        fake
    }

    /// Takes the node out of its Swarm, as on a machine where nobody started one.
    pub fn leave_swarm(&self) {
        self.desk().world.swarm = false;
    }

    /// Puts the node into a Swarm again, as somebody did from outside.
    pub fn join_swarm(&self) {
        self.desk().world.swarm = true;
    }

    /// Puts an image on every node, as if it had been built there.
    pub fn add_image(&self, reference: &str) {
        let image = made_here(reference.as_bytes(), reference);
        for shelf in &mut self.desk().world.shelves {
            shelf.put(image.clone());
        }
    }

    /// Lets a reference be pulled; with which digest is answered.
    pub fn add_to_registry(&self, reference: &str) -> String {
        self.desk().world.pullable.push(reference.to_owned());
        from_registry(reference).digests.swap_remove(0)
    }

    /// What containers of images whose name contains `image` do from now on; the last script that
    /// fits counts. Without one they do what their command and health check say, as far as the fake
    /// understands them, and else run and are healthy.
    pub fn script(&self, image: &str, behaviour: Behaviour) {
        self.desk().world.behaviours.push((image.to_owned(), behaviour));
    }

    /// What containers of images whose name contains `image` print when they start.
    pub fn prints(&self, image: &str, output: impl Into<Vec<u8>>) {
        self.desk().world.outputs.push((image.to_owned(), output.into()));
    }

    /// Answers commands whose [`line`](ExecCall::line) contains `part`.
    pub fn on_exec(&self, part: &str, output: ExecOutput) {
        let part = part.to_owned();
        self.on_exec_with(move |call| call.line().contains(&part).then(|| Ok(output.clone())));
    }

    /// Answers commands for which `answer` has something; the script added last is asked first.
    pub fn on_exec_with(
        &self,
        answer: impl FnMut(&ExecCall) -> Option<Result<ExecOutput, EngineError>> + Send + 'static,
    ) {
        self.desk().scripts.add(answer);
    }

    /// Refuses the next call of `operation` (a method of the port, as `create_service`).
    pub fn fail_next(&self, operation: &str, error: EngineError) {
        self.refuse(operation, "", error, false);
    }

    /// Refuses the next call of `operation` whose log line contains `object`.
    pub fn fail_on(&self, operation: &str, object: &str, error: EngineError) {
        self.refuse(operation, object, error, false);
    }

    /// Refuses every call of `operation` whose log line contains `object`; empty is any.
    pub fn fail_always(&self, operation: &str, object: &str, error: EngineError) {
        self.refuse(operation, object, error, true);
    }

    fn refuse(&self, operation: &str, object: &str, error: EngineError, for_good: bool) {
        let (operation, object) = (operation.to_owned(), object.to_owned());
        self.desk().refusals.push(Refusal { operation, object, error, for_good });
    }

    /// Refuses every call from now on, and ends all event streams, as an engine does whose daemon is gone.
    /// What runs on it goes on.
    pub fn stop_answering(&self) {
        let (endpoint, message) = ("fake".to_owned(), "Connection refused".to_owned());
        let error = EngineError::Unreachable { endpoint, message };
        self.desk().silent = Some(error.clone());
        self.cut_events(error);
    }

    /// Answers again after [`FakeEngine::stop_answering`].
    pub fn answer_again(&self) {
        self.desk().silent = None;
    }

    /// Never answers `operation` from now on; `services`, `tasks` and `build` can hang.
    pub fn hang(&self, operation: &str) {
        self.desk().hanging.insert(operation.to_owned());
    }

    /// Never ends where `operation` hangs.
    pub(super) async fn unless_it_hangs(&self, operation: &str) {
        let hangs = self.desk().hanging.contains(operation);
        if hangs {
            std::future::pending::<()>().await;
        }
    }

    /// Ends all event streams with an error.
    pub fn cut_events(&self, error: EngineError) {
        {
            let mut desk = self.desk();
            desk.cuts = (desk.cuts.0 + 1, Some(error));
        }
        self.shared.changed.notify_waiters();
    }

    /// The calls that change something, in their order: operation and object, as
    /// `create_network proxy` or `exec demo_app cat /x`.
    #[must_use]
    pub fn log(&self) -> Vec<String> {
        self.desk().log.clone()
    }

    /// How often an operation was called, reading ones too.
    #[must_use]
    pub fn count(&self, operation: &str) -> usize {
        self.desk().counts.get(operation).copied().unwrap_or_default()
    }

    /// The world at this moment: everything that is due has happened.
    pub(super) fn desk(&self) -> MutexGuard<'_, Desk> {
        let mut desk = self.shared.desk.lock().unwrap_or_else(PoisonError::into_inner);
        desk.world.catch_up();
        desk
    }

    /// Answers a call that reads.
    pub(super) fn read<T>(
        &self,
        operation: &str,
        object: &str,
        answer: impl FnOnce(&mut World) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let mut desk = self.desk();
        desk.admit(operation, object)?;
        answer(&mut desk.world)
    }

    /// Answers a call that changes something, and logs it.
    pub(super) fn change<T>(
        &self,
        operation: &str,
        object: &str,
        answer: impl FnOnce(&mut World) -> Result<T, EngineError>,
    ) -> Result<T, EngineError> {
        let result = {
            let mut desk = self.desk();
            desk.log.push(format!("{operation} {object}").trim_end().to_owned());
            desk.admit(operation, object).and_then(|()| answer(&mut desk.world))
        };
        self.shared.changed.notify_waiters();
        result
    }
}

impl Default for FakeEngine {
    fn default() -> Self {
        Self::new()
    }
}

impl Desk {
    fn admit(&mut self, operation: &str, object: &str) -> Result<(), EngineError> {
        *self.counts.entry(operation.to_owned()).or_default() += 1;
        if let Some(error) = &self.silent {
            return Err(error.clone());
        }
        let refused = self
            .refusals
            .iter()
            .position(|refusal| refusal.operation == operation && object.contains(&refusal.object));
        match refused {
            None => Ok(()),
            Some(position) if self.refusals[position].for_good => {
                Err(self.refusals[position].error.clone())
            }
            Some(position) => Err(self.refusals.remove(position).error),
        }
    }
}
