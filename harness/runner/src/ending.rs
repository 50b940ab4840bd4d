//! The end of an attempt: each leg is torn down by itself, and the tear-down as a whole is one tier.

use std::sync::Mutex;
use std::sync::PoisonError;
use std::time::Duration;

use cc_ci_engine::stack;
use cc_ci_model::{Event, Fault, Outcome, Tier};
use tokio::sync::OnceCell;
use tokio::time::Instant;

use crate::World;
use crate::bench::{Bench, millis_since};
use crate::guard::Guard;
use crate::life::Life;
use crate::outage::{self, Ended, Outages};
use crate::tiers::{self, Ends};
use crate::walk::NOT_ASKED;

/// Time for the engine to answer before a unit of a cancelled run is torn down.
const STILL_THERE: Duration = Duration::from_secs(3);
/// Time for the engine to let go of what an attempt left that could not be torn down.
const DOWN: Duration = Duration::from_secs(60);

/// The end of one attempt, which its legs share.
pub(crate) struct Ending<'a> {
    world: &'a World,
    bench: Bench<'a>,
    /// Stopped where the engine falls silent during a tear-down.
    guard: Guard,
    outages: &'a Outages,
    outage: OnceCell<(Fault, Ended)>,
    counted: Mutex<Counted>,
    /// Legs are torn down one after the other: the last one takes what they have in common.
    turn: tokio::sync::Mutex<()>,
    asked: bool,
}

/// What is known of the legs so far.
#[derive(Default)]
struct Counted {
    /// Legs that began and have not ended.
    alive: usize,
    begun: bool,
    millis: u64,
    due: u32,
    deploys: u32,
    /// A leg could not be torn down, because the engine does not answer.
    silent: bool,
    kept: bool,
}

impl<'a> Ending<'a> {
    pub(crate) fn new(life: &Life<'a>, outages: &'a Outages) -> Self {
        let guard = Guard::default();
        let bench = Bench::new(life.world, &life.plan.head.unit, life.attempt, Tier::Teardown);
        Self {
            world: life.world,
            bench: bench.guarded(guard.clone()),
            guard,
            outages,
            outage: OnceCell::new(),
            counted: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            asked: life.plan.tiers.contains(&Tier::Teardown),
        }
    }

    fn counted<T>(&self, tell: impl FnOnce(&mut Counted) -> T) -> T {
        tell(&mut self.counted.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One more leg is going to live.
    pub(crate) fn expect_one(&self) {
        self.counted(|counted| counted.alive += 1);
    }

    /// The leg stays as it is, because the user wants to look at it.
    pub(crate) fn keep(&self, life: &Life<'_>) {
        self.counted(|counted| {
            counted.kept = true;
            counted.due += life.due;
            counted.deploys += life.deploys;
        });
    }

    /// Tears the leg down. Where the engine fell silent it is waited for first, and where it falls silent during
    /// the tear-down, what is left is removed once it answers.
    pub(crate) async fn end(&self, life: &mut Life<'_>) {
        let (due, deploys) = (life.due, life.deploys);
        self.counted(|counted| {
            counted.due += due;
            counted.deploys += deploys;
        });
        if !self.asked {
            return;
        }
        let _turn = self.turn.lock().await;
        if !self.is_gone(life).await {
            self.torn_down(life).await;
        }
    }

    /// True where the engine does not answer any more, so that nothing can be torn down.
    async fn is_gone(&self, life: &Life<'_>) -> bool {
        // After the user's Ctrl-C, an engine that hangs is waited for no longer than this.
        if self.world.cancel.is_cancelled() && !outage::answers(self.world, STILL_THERE).await {
            let message = format!("it did not answer a ping within {} s", STILL_THERE.as_secs());
            life.guard.stop(Fault::EngineDown { message });
        }
        let Some(seen) = life.guard.silence().cloned() else { return false };
        let wait = async || {
            let ended = self.wait_out(&seen).await;
            (seen.clone(), ended)
        };
        let (_, ended) = self.outage.get_or_init(wait).await;
        let is_gone = !matches!(ended, Ended::Answers(_));
        self.counted(|counted| counted.silent |= is_gone);
        is_gone
    }

    async fn torn_down(&self, life: &mut Life<'_>) {
        let started = Instant::now();
        let (is_first, ends) = self.counted(|counted| {
            counted.alive = counted.alive.saturating_sub(1);
            let ends = if counted.alive == 0 { Ends::Last } else { Ends::First };
            (!std::mem::replace(&mut counted.begun, true), ends)
        });
        if is_first {
            self.bench.say(Event::TierStarted { tier: Tier::Teardown });
        }
        let alarm = Guard::default();
        let _watched = outage::watch(self.world, alarm.clone());
        let is_over = tokio::select! {
            biased;
            () = Box::pin(tiers::leg(&self.bench, life, ends)) => true,
            _ = alarm.stopped() => false,
        };
        self.counted(|counted| counted.millis += millis_since(started));
        // A look of before the outage, which the tear-down compares with, may have failed in it.
        let refused = self.guard.silence().filter(|_| !self.outage.initialized());
        let Some(seen) = alarm.silence().or(refused).cloned() else { return };
        let ended = self.wait_out(&seen).await;
        let _ = self.outage.set((seen, ended));
        if matches!(ended, Ended::Answers(_)) {
            let left = self.world.objects_of_leg(&life.plan.head.unit, life.leg);
            // What stays all the same is what the attempt's end reports as left.
            let _ = stack::down(self.world.site.engine.as_ref(), &left, DOWN).await;
        }
        self.counted(|counted| counted.silent |= !is_over);
    }

    /// Waits until the engine answers again, and writes the outage down.
    async fn wait_out(&self, seen: &Fault) -> Ended {
        let (fault, ended) = self.outages.wait(self.world, seen).await;
        self.bench.say(Event::RunFailed { fault });
        ended
    }

    /// True where something is left of a leg.
    pub(crate) fn is_red(&self) -> bool {
        self.bench.is_red()
    }

    /// Writes down what became of the tear-down as a whole. The answer is the engine's silence as it was seen
    /// first, and how it ended; and the deploys that were made.
    pub(crate) fn finish(self) -> (Option<(Fault, Ended)>, u32) {
        let counted = self.counted.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Counted { millis, due, deploys, silent, kept, .. } = counted;
        let not_run = |reason: &str| Outcome::NotRun { reason: reason.to_owned() };
        let outcome = if !self.asked {
            not_run(NOT_ASKED)
        } else if silent {
            not_run("the engine does not answer")
        } else if kept && !self.bench.is_red() {
            not_run("the instance is kept on demand")
        } else {
            tiers::counted(&self.bench, due, deploys);
            self.bench.outcome()
        };
        self.bench.say(Event::TierFinished { tier: Tier::Teardown, outcome, millis });
        (self.outage.into_inner(), deploys)
    }
}
