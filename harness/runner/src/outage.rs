//! Notices that the engine does not answer any more, and waits until it does.
//!
//! What fails while the engine is silent says nothing about the unit, so the attempt is broken off and made
//! again. The outage itself is one event of the run.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use cc_ci_model::Fault;
use tokio::sync::OnceCell;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;

use crate::World;
use crate::guard::Guard;

/// Time between two questions.
const PAUSE: Duration = Duration::from_secs(5);
/// Time for the engine to answer one. An engine under load answers within a second.
const LIMIT: Duration = Duration::from_secs(10);
/// How long an engine is waited for that does not answer any more. A daemon that is restarted with a hundred
/// containers needs about half of it.
const PATIENCE: Duration = Duration::from_secs(120);
/// Time between two questions while an answer is waited for.
const AGAIN: Duration = Duration::from_secs(1);

/// Asks the engine again and again; ends when it is dropped.
pub(crate) struct OutageWatch(AbortHandle);

impl Drop for OutageWatch {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Stops what `guard` guards once the engine does not answer.
pub(crate) fn watch(world: &World, guard: Guard) -> OutageWatch {
    let engine = world.site.engine.clone();
    let watch = tokio::spawn(async move {
        loop {
            sleep(PAUSE).await;
            let message = match timeout(LIMIT, engine.answers()).await {
                Ok(Ok(())) => continue,
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("it did not answer a ping within {} s", LIMIT.as_secs()),
            };
            guard.stop(Fault::EngineDown { message });
            return;
        }
    });
    OutageWatch(watch.abort_handle())
}

/// True where the engine answers at once, or nearly so.
pub(crate) async fn answers(world: &World, limit: Duration) -> bool {
    matches!(timeout(limit, world.site.engine.answers()).await, Ok(Ok(())))
}

/// How an outage ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// The engine answers again, after so many seconds.
    Answers(u64),
    /// It was waited for in vain.
    Silent,
    /// The user broke off while it was waited for.
    Cancelled,
}

/// Waits until the engine answers again.
pub(crate) async fn wait(world: &World) -> Ended {
    let began = Instant::now();
    let answer = async {
        while !answers(world, LIMIT).await {
            sleep(AGAIN).await;
        }
    };
    tokio::select! {
        () = answer => Ended::Answers(began.elapsed().as_secs()),
        () = sleep(PATIENCE) => Ended::Silent,
        () = world.cancel.cancelled() => Ended::Cancelled,
    }
}

impl Ended {
    /// The outage as one fault of the run; `first` is what was seen of it first.
    pub(crate) fn fault(self, first: &Fault) -> Fault {
        let words = match first {
            Fault::EngineDown { message } => message.clone(),
            other => other.to_string(),
        };
        let message = match self {
            Self::Answers(seconds) => {
                format!(
                    "{words}; it answered again after {seconds} s, and the attempt was repeated"
                )
            }
            Self::Silent => {
                let seconds = PATIENCE.as_secs();
                format!("{words}; it was waited for in vain for {seconds} s, and the run was ended")
            }
            Self::Cancelled => format!("{words}; the run was broken off meanwhile"),
        };
        Fault::EngineDown { message }
    }
}

/// Time in which an outage that is over may still be noticed: a question and its answer.
const NOTICED: Duration = PAUSE.saturating_add(LIMIT);

/// The outages of a run. The units of the run wait together for the end of an outage, and each of them reports the
/// same fault for it.
#[derive(Default)]
pub(crate) struct Outages {
    last: Mutex<Option<Outage>>,
    /// Cancelled once the engine was waited for in vain: no other unit is begun.
    pub(crate) gone: CancellationToken,
}

/// The fault that an outage is reported as, how it ended, and when. Empty while the outage lasts.
type Outage = Arc<OnceCell<(Fault, Ended, Instant)>>;

impl Outages {
    /// Waits until the engine answers again. `seen` is what the unit saw of the outage.
    pub(crate) async fn wait(&self, world: &World, seen: &Fault) -> (Fault, Ended) {
        let outage = self.current(world).await;
        let end = async || {
            let ended = wait(world).await;
            (ended.fault(seen), ended, Instant::now())
        };
        let (fault, ended, _) = outage.get_or_init(end).await.clone();
        if ended == Ended::Silent {
            self.gone.cancel();
        }
        (fault, ended)
    }

    /// The outage that goes on, or that was over a moment ago.
    async fn current(&self, world: &World) -> Outage {
        let last = || self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let known = last().clone();
        if let Some(outage) = known {
            let is_it = match outage.get() {
                None => true,
                Some((_, Ended::Answers(_), over)) => {
                    over.elapsed() < NOTICED && answers(world, LIMIT).await
                }
                Some((_, Ended::Silent | Ended::Cancelled, _)) => true,
            };
            if is_it {
                return outage;
            }
            // Another unit may have begun the next one while the engine was asked.
            let mut last = last();
            if last.as_ref().is_some_and(|now| Arc::ptr_eq(now, &outage)) {
                *last = None;
            }
        }
        last().get_or_insert_default().clone()
    }
}

#[cfg(test)]
#[path = "outage_tests.rs"]
mod tests;
