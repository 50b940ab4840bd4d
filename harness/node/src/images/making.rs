//! Makes images several at once, those that are wanted first.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::available_parallelism;

use cc_ci_engine::Engine;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::watch;

use super::ImageError;
use super::built::Built;
use super::catalogue::{Catalogue, Target};
use super::queue::{Part, Queue, State};
use super::shares::begin_alike;
use super::watch::{Step, Watch};
use super::work::Work;
use crate::Settings;
use crate::infra::writer::LOCK;
use crate::lock::{Lock, MINUTES};

/// Builds at once where the machine does not say how many processors it has. An installation of
/// packages was measured at 28 CPU-seconds in 92, so one build alone leaves the machine idle.
const LEAST_AT_ONCE: usize = 2;
/// More at once would wait for the same disk and network.
const MOST_AT_ONCE: usize = 4;
/// The image that the registry itself runs from.
const REGISTRY: &str = "registry";

/// Images that are made, or wait to be.
pub struct Making {
    catalogue: Catalogue,
    /// Names with tags of what was asked for, in the order of the catalogue.
    names: Vec<String>,
    queue: Mutex<Queue>,
    /// Wakes whatever waits for an image when something has changed; true once nothing is made any more.
    over: watch::Sender<bool>,
}

impl Making {
    /// Builds `names` (all where empty) and sends them to the local registry, which is started where it does not
    /// run. What is there already is left alone. Nothing is done before [`Making::run`].
    ///
    /// # Errors
    /// A name that is not in the catalogue, or a Dockerfile that cannot be read.
    pub fn building(catalogue: Catalogue, names: &[String]) -> Result<Self, ImageError> {
        let mut queue = Queue::default();
        let targets = catalogue.choose(names)?;
        let mut needed = catalogue.find(REGISTRY)?;
        let own: Vec<String> = needed.iter().map(Target::name).collect();
        needed.extend(targets.iter().filter(|target| !own.contains(&target.name())));
        for target in &needed {
            queue.add(Part::Base(target.build.base), &[], &[]);
        }
        let own: Vec<Part> = own.into_iter().map(Part::Image).collect();
        queue.add(Part::Registry, &own, &[]);
        let names: Vec<String> = targets.iter().map(Target::name).collect();
        // What is built is sent before the next is built: a caller may wait for it.
        for name in &names {
            let needs = [Part::Image(name.clone()), Part::Registry];
            queue.add(Part::Sent(name.clone()), &needs, &[]);
        }
        for target in &needed {
            let apart = alike(target, &needed)?;
            queue.add(Part::Image(target.name()), &[Part::Base(target.build.base)], &apart);
        }
        Ok(Self::of(catalogue, names, queue))
    }

    /// Sends `names` (all where empty), which have to be built already, to the local registry.
    ///
    /// # Errors
    /// A name that is not in the catalogue.
    pub fn sending(catalogue: Catalogue, names: &[String]) -> Result<Self, ImageError> {
        let names: Vec<String> = catalogue.choose(names)?.iter().map(Target::name).collect();
        let mut queue = Queue::default();
        queue.add(Part::Registry, &[], &[]);
        for name in &names {
            queue.add(Part::Sent(name.clone()), &[Part::Registry], &[]);
        }
        Ok(Self::of(catalogue, names, queue))
    }

    fn of(catalogue: Catalogue, names: Vec<String>, queue: Queue) -> Self {
        Self { catalogue, names, queue: Mutex::new(queue), over: watch::Sender::new(false) }
    }

    /// Makes the image before all others that no caller wanted yet. A name that is not being made here is ignored.
    pub fn want(&self, name: &str) {
        self.queue().want(&Part::Sent(name.to_owned()));
    }

    /// Waits until the image is in the local registry; it is made before the others.
    ///
    /// # Errors
    /// [`ImageError::NotBuilt`] where it could not be made. [`Making::run`] says why.
    pub async fn had(&self, name: &str) -> Result<(), ImageError> {
        self.want(name);
        self.until(&Part::Sent(name.to_owned()), name).await
    }

    /// Waits until the local registry answers.
    ///
    /// # Errors
    /// [`ImageError::NotBuilt`] where its image could not be made, or it does not answer.
    pub async fn registry(&self) -> Result<(), ImageError> {
        self.queue().want(&Part::Registry);
        self.until(&Part::Registry, REGISTRY).await
    }

    async fn until(&self, part: &Part, name: &str) -> Result<(), ImageError> {
        let mut changed = self.over.subscribe();
        loop {
            let over = *changed.borrow_and_update();
            let state = self.queue().state(part);
            match state {
                State::Made => return Ok(()),
                State::Waiting | State::Running if !over => {}
                State::Waiting | State::Running | State::Failed => {
                    return Err(ImageError::NotBuilt { name: name.to_owned() });
                }
            }
            if changed.changed().await.is_err() {
                return Err(ImageError::NotBuilt { name: name.to_owned() });
            }
        }
    }

    /// Makes everything. An image that cannot be made does not keep the others from being made.
    ///
    /// # Errors
    /// The error of the image that could not be made, or [`ImageError::Several`].
    pub async fn run(
        &self,
        engine: &dyn Engine,
        settings: &Settings,
        watch: &dyn Watch,
    ) -> Result<Vec<Built>, ImageError> {
        // Also where this future is dropped: nothing is made any more then, and no caller may wait for it.
        let _over = Over(&self.over);
        let tell = |line: &str| watch.hear(Step::Note(line));
        let _lock = Lock::take(&settings.locks, LOCK, MINUTES, &tell).await?;
        let work = Work::prepare(engine, settings, watch).await?;
        let (mut done, mut errors, mut lost) = (BTreeMap::new(), Vec::new(), Vec::new());
        let most = at_once();
        {
            let mut running = FuturesUnordered::new();
            loop {
                while running.len() < most {
                    let Some(part) = self.queue().next() else { break };
                    let work = &work;
                    running.push(async move { (self.make(work, &part).await, part) });
                }
                let Some((made, part)) = running.next().await else { break };
                match made {
                    Ok(built) => {
                        self.queue().made(&part);
                        done.extend(built.map(|built| (built.name.clone(), built)));
                    }
                    Err(error) => {
                        errors.push(error);
                        let own = part.name().map(|name| Part::Sent(name.to_owned()));
                        let more = self.queue().failed(&part);
                        lost.extend(more.into_iter().filter(|part| Some(part) != own.as_ref()));
                    }
                }
                self.over.send_replace(false);
            }
        }
        // Whatever became of the images, the registry cannot be written to any longer.
        if let Err(error) = work.close().await {
            errors.push(error);
        }
        let lost = self.names.iter().filter(|name| lost.contains(&Part::Sent((*name).clone())));
        let built = self.names.iter().filter_map(|name| done.remove(name)).collect();
        ImageError::of_all(errors, lost.cloned().collect()).map_or(Ok(built), Err)
    }

    async fn make(&self, work: &Work<'_>, part: &Part) -> Result<Option<Built>, ImageError> {
        match part {
            Part::Base(release) => work.base(*release).await.map(|()| None),
            Part::Image(name) => work.image(&self.catalogue.one(name)?).await.map(|()| None),
            Part::Registry => work.registry().await.map(|()| None),
            Part::Sent(name) => work.send(&self.catalogue.one(name)?).await.map(Some),
        }
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The other images over the same base whose builds begin with the same steps as `target`.
fn alike(target: &Target<'_>, all: &[Target<'_>]) -> Result<Vec<Part>, ImageError> {
    let own = target.dockerfile()?;
    let mut found = Vec::new();
    for other in all.iter().filter(|other| other.build.base == target.build.base) {
        if other.name() != target.name() && begin_alike(&own, &other.dockerfile()?) {
            found.push(Part::Image(other.name()));
        }
    }
    Ok(found)
}

/// Parts that are worked on at once.
fn at_once() -> usize {
    available_parallelism()
        .map_or(LEAST_AT_ONCE, |cores| cores.get().clamp(LEAST_AT_ONCE, MOST_AT_ONCE))
}

/// Sets [`Making::over`] when it is dropped: nothing is made any more.
struct Over<'a>(&'a watch::Sender<bool>);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        self.0.send_replace(true);
    }
}

#[cfg(test)]
#[path = "making_tests.rs"]
mod tests;
