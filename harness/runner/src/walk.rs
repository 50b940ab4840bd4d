//! One walk of a unit through its tiers.

use std::time::Duration;

use cc_ci_engine::stack;
use cc_ci_model::{Event, Fault, Outcome, Tier};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::Instrument as _;

use crate::bench::{Bench, Stop, millis_since};
use crate::disk;
use crate::guard::Guard;
use crate::leaks::Leaks;
use crate::life::Life;
use crate::outage::{self, Ended};
use crate::spans;
use crate::tiers;

/// Why a tier is left out that was not asked for, whatever becomes of the others.
pub(crate) const NOT_ASKED: &str = "not asked for";
/// Time for the engine to answer before a unit of a cancelled run is torn down.
const STILL_THERE: Duration = Duration::from_secs(3);
/// Time for the engine to let go of what an attempt left that could not be torn down.
const DOWN: Duration = Duration::from_secs(60);

/// What became of one walk through the tiers.
pub(crate) struct Walked {
    /// The tiers that were tried.
    pub(crate) tiers: Vec<Tier>,
    /// The engine's silence as it was seen first, and how it ended.
    pub(crate) outage: Option<(Fault, Ended)>,
}

/// Walks through the tiers in their order, and watches disk and engine meanwhile.
pub(crate) async fn walk(life: &mut Life<'_>, gone: &CancellationToken) -> Walked {
    let (world, plan) = (life.world, life.plan);
    let unit = &plan.head.unit;
    let _disk = disk::watch(world, unit, life.guard.clone());
    let mut watched = Some(outage::watch(world, life.guard.clone()));
    let mut failed: Vec<Tier> = Vec::new();
    // A look that fails makes `nothing_leaked` red; what follows from it the first tier says.
    let stopped = life.guard.clone();
    tokio::select! {
        leaks = Leaks::begin(world.engine.as_ref(), world.traces.as_ref()) => life.leaks = leaks,
        () = stopped.silenced() => {}
    }
    // Opt-in tiers that were not requested produce no event.
    let asked = |tier: &Tier| !tier.is_opt_in() || plan.tiers.contains(tier);
    let mut walked = Walked { tiers: Vec::new(), outage: None };
    for tier in Tier::ALL.into_iter().filter(asked) {
        // The reboot tier takes the daemon away on purpose.
        match tier {
            Tier::Reboot => watched = None,
            _ if watched.is_none() => watched = Some(outage::watch(world, life.guard.clone())),
            _ => {}
        }
        let guard = life.guard.clone();
        let span = spans::tier(tier);
        let outcome = if tier == Tier::Teardown {
            torn_down(life, gone, &failed, &mut walked.outage).instrument(span).await
        } else {
            // On the heap: the future of a whole tier is large.
            Box::pin(walk_tier(life, tier, &failed, guard).instrument(span)).await
        };
        if !outcome.is_fine() && !tier.is_advisory() {
            failed.push(tier);
        }
        if life.guard.silence().is_none() {
            let objects = world.objects_of(unit);
            // An engine that hangs would hold the look for two minutes. A unit that was stopped for
            // another reason is looked at all the same.
            tokio::select! {
                () = life.leaks.look(world.engine.as_ref(), &objects) => {}
                () = stopped.silenced() => {}
            }
        }
        if matches!(outcome, Outcome::Passed | Outcome::Failed { .. }) {
            walked.tiers.push(tier);
        }
    }
    walked
}

/// The tear-down. Where the engine fell silent it is waited for first, and where it falls silent during the
/// tear-down, what is left is removed once it answers.
async fn torn_down(
    life: &mut Life<'_>,
    gone: &CancellationToken,
    failed: &[Tier],
    outage: &mut Option<(Fault, Ended)>,
) -> Outcome {
    let world = life.world;
    // A user who broke off waits no longer than this for an engine that hangs.
    if world.cancel.is_cancelled() && !outage::answers(world, STILL_THERE).await {
        let message = format!("it did not answer a ping within {} s", STILL_THERE.as_secs());
        life.guard.stop(Fault::EngineDown { message });
    }
    if let Some(seen) = life.guard.silence().cloned() {
        let ended = wait_out(life, gone, &seen).await;
        *outage = Some((seen, ended));
        if !matches!(ended, Ended::Answers(_)) {
            return not_torn_down(life);
        }
    }
    let (end, alarm) = (Guard::default(), Guard::default());
    let _watched = outage::watch(world, alarm.clone());
    let outcome = tokio::select! {
        biased;
        outcome = Box::pin(walk_tier(life, Tier::Teardown, failed, end.clone())) => Some(outcome),
        _ = alarm.stopped() => None,
    };
    // A look of before the outage, which the tear-down compares with, may have failed in it.
    let refused = end.silence().filter(|_| outage.is_none());
    let Some(seen) = alarm.silence().or(refused).cloned() else {
        return outcome.unwrap_or_else(|| not_torn_down(life));
    };
    let ended = wait_out(life, gone, &seen).await;
    *outage = Some((seen, ended));
    if matches!(ended, Ended::Answers(_)) {
        let left = world.objects_of(&life.plan.head.unit);
        // What stays all the same is what the attempt's end reports as left.
        let _ = stack::down(world.engine.as_ref(), &left, DOWN).await;
    }
    outcome.unwrap_or_else(|| not_torn_down(life))
}

/// Waits until the engine answers again, and writes the outage down. `gone` is cancelled where it does not.
async fn wait_out(life: &Life<'_>, gone: &CancellationToken, seen: &Fault) -> Ended {
    let ended = outage::wait(life.world).await;
    if ended == Ended::Silent {
        gone.cancel();
    }
    let event = Event::RunFailed { fault: ended.fault(seen) };
    life.world.journal.write(Some(&life.plan.head.unit), life.attempt, event);
    ended
}

/// Writes down that a unit was not torn down, because the engine does not answer.
fn not_torn_down(life: &Life<'_>) -> Outcome {
    let outcome = Outcome::NotRun { reason: "the engine does not answer".to_owned() };
    let event = Event::TierFinished { tier: Tier::Teardown, outcome: outcome.clone(), millis: 0 };
    life.world.journal.write(Some(&life.plan.head.unit), life.attempt, event);
    outcome
}

/// Whether the tiers above may stand on this one.
trait Ground {
    fn is_fine(&self) -> bool;
}

impl Ground for Outcome {
    /// `NotRun` and `NotApplicable` do not block later tiers.
    fn is_fine(&self) -> bool {
        match self {
            Self::Passed | Self::NotApplicable { .. } | Self::NotRun { .. } => true,
            Self::Failed { .. } | Self::Blocked { .. } => false,
        }
    }
}

async fn walk_tier(life: &mut Life<'_>, tier: Tier, failed: &[Tier], guard: Guard) -> Outcome {
    let bench = Bench::new(life.world, &life.plan.head.unit, life.attempt, tier).guarded(guard);
    let started = Instant::now();
    let outcome = match before(life, tier, failed) {
        Some(outcome) => outcome,
        None => {
            bench.say(Event::TierStarted { tier });
            let stopped = life.guard.fault().filter(|_| tier != Tier::Teardown).cloned();
            let walked = match stopped {
                Some(fault) => Err(Stop::Fault(fault)),
                None => tiers::walk(tier, &bench, life).await,
            };
            match walked {
                // A fault outside any check would otherwise be lost.
                Err(Stop::Fault(fault)) if bench.outcome().fault().is_none() => {
                    bench.note("tier_completes", Outcome::Failed { fault }, 0, Vec::new());
                }
                Ok(()) | Err(Stop::Fault(_) | Stop::Cancelled) => {}
            }
            bench.outcome()
        }
    };
    let millis = millis_since(started);
    bench.say(Event::TierFinished { tier, outcome: outcome.clone(), millis });
    outcome
}

/// Why a tier does not begin at all.
fn before(life: &Life<'_>, tier: Tier, failed: &[Tier]) -> Option<Outcome> {
    let not_run = |reason: &str| Some(Outcome::NotRun { reason: reason.to_owned() });
    if !life.plan.tiers.contains(&tier) {
        return not_run(NOT_ASKED);
    }
    if tier == Tier::Teardown {
        return if life.world.keep { not_run("the instance is kept on demand") } else { None };
    }
    if life.world.cancel.is_cancelled() {
        return not_run("cancelled");
    }
    if let Some(silence) = life.guard.silence() {
        return not_run(&silence.to_string());
    }
    if let Some(by) = failed.iter().find(|below| tier.rests_on().contains(below)) {
        return Some(Outcome::Blocked { by: *by });
    }
    // The tier in which the unit was stopped has failed; a unit that was stopped between two tiers fails
    // the next one, in a check of its own.
    if let (Some(fault), false) = (life.guard.fault(), failed.is_empty()) {
        return not_run(&format!("the unit was stopped: {fault}"));
    }
    if needs_snapshot(tier) && life.backup.is_none() && tiers::left_out(tier, life).is_none() {
        return not_run("there is no snapshot to restore: the backup tier did not run");
    }
    tiers::left_out(tier, life)
}

fn needs_snapshot(tier: Tier) -> bool {
    matches!(tier, Tier::Restore | Tier::Recovery | Tier::Interrupt)
}
