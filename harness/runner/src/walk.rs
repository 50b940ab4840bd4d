//! One walk of a leg through its tiers.

use cc_ci_model::{Event, Fault, Leg, Outcome, Tier};
use cc_ci_plan::UnitPlan;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::bench::{Bench, Stop, millis_since};
use crate::disk;
use crate::guard::Guard;
use crate::leaks::Leaks;
use crate::life::Life;
use crate::outage;
use crate::spans;
use crate::tiers;

/// Why a tier is left out that was not asked for, whatever becomes of the others.
pub(crate) const NOT_ASKED: &str = "not asked for";

/// What became of the tiers of one leg.
#[derive(Debug, Default)]
pub(crate) struct Walked {
    /// The tiers that were tried.
    pub(crate) tried: Vec<Tier>,
    /// The tiers that take the ground from under others.
    pub(crate) failed: Vec<Tier>,
}

/// The tiers of `leg` in their order. Opt-in tiers that were not asked for produce no event, and the legs are torn
/// down each by itself.
pub(crate) fn tiers_of(plan: &UnitPlan, leg: Leg) -> impl Iterator<Item = Tier> {
    let told = |tier: &Tier| !tier.is_opt_in() || plan.tiers.contains(tier);
    let walked = move |tier: &Tier| *tier != Tier::Teardown && Leg::of(*tier) == leg;
    Tier::ALL.into_iter().filter(told).filter(walked)
}

/// Walks through the leg's tiers in their order, and watches disk and engine meanwhile. `after` is called once
/// each tier has ended, with its outcome and what became of the tiers so far.
pub(crate) async fn walk<'a>(
    life: &mut Life<'a>,
    mut after: impl AsyncFnMut(&Life<'a>, Tier, &Walked),
) -> Walked {
    let world = life.world;
    let _disk = disk::watch(world, &life.plan.head.unit, life.leg, life.guard.clone());
    let mut watched = Some(outage::watch(world, life.guard.clone()));
    // A look that fails makes `nothing_leaked` red; what follows from it the first tier says.
    let stopped = life.guard.clone();
    tokio::select! {
        leaks = Leaks::begin(world.site.engine.as_ref(), world.site.traces.as_ref()) => life.leaks = leaks,
        () = stopped.silenced() => {}
    }
    let mut walked = Walked::default();
    for tier in tiers_of(life.plan, life.leg) {
        // The reboot tier takes the daemon away on purpose.
        match tier {
            Tier::Reboot => watched = None,
            _ if watched.is_none() => watched = Some(outage::watch(world, life.guard.clone())),
            _ => {}
        }
        let guard = life.guard.clone();
        // On the heap: the future of a whole tier is large.
        let tried = Box::pin(walk_tier(life, tier, &walked.failed, guard));
        let outcome = tried.instrument(spans::tier(tier)).await;
        if !is_ground(&outcome) && !tier.is_advisory() {
            walked.failed.push(tier);
        }
        if matches!(outcome, Outcome::Passed | Outcome::Failed { .. }) {
            walked.tried.push(tier);
        }
        if life.guard.silence().is_none() {
            let objects = world.objects_of_leg(&life.plan.head.unit, life.leg);
            // An engine that hangs would hold the look for two minutes. A leg that was stopped for
            // another reason is looked at all the same.
            tokio::select! {
                ids = life.leaks.look(world.site.engine.as_ref(), &objects) => {
                    life.peak.see(world.site.samples.as_ref(), &ids);
                }
                () = stopped.silenced() => {}
            }
        }
        after(life, tier, &walked).await;
    }
    if let Some(peak) = life.peak.event() {
        let (unit, leg) = (Some(&life.plan.head.unit), (life.attempt, life.leg));
        world.journal.write_leg(unit, leg, peak);
    }
    walked
}

/// Whether the tiers above may stand on one with this outcome. `NotRun` and `NotApplicable` do not block later
/// tiers.
fn is_ground(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Passed | Outcome::NotApplicable { .. } | Outcome::NotRun { .. } => true,
        Outcome::Failed { .. } | Outcome::Blocked { .. } => false,
    }
}

async fn walk_tier(life: &mut Life<'_>, tier: Tier, failed: &[Tier], guard: Guard) -> Outcome {
    let bench = Bench::new(life.world, &life.plan.head.unit, life.attempt, tier).guarded(guard);
    let started = Instant::now();
    let outcome = match before(life, tier, failed) {
        Some(outcome) => outcome,
        None => {
            bench.say(Event::TierStarted { tier });
            let walked = match life.guard.fault().cloned() {
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
pub(crate) fn before(life: &Life<'_>, tier: Tier, failed: &[Tier]) -> Option<Outcome> {
    let not_run = |reason: &str| Some(Outcome::NotRun { reason: reason.to_owned() });
    if !life.plan.tiers.contains(&tier) {
        return not_run(NOT_ASKED);
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
    // The tier in which the leg was stopped has failed; a leg that was stopped between two tiers fails
    // the next one, in a check of its own.
    if let (Some(fault), false) = (life.guard.fault(), failed.is_empty()) {
        return not_run(&stopped_by(fault));
    }
    if needs_snapshot(tier) && life.backup.is_none() && tiers::left_out(tier, life).is_none() {
        return not_run("there is no snapshot to restore: the backup tier did not run");
    }
    tiers::left_out(tier, life)
}

fn stopped_by(fault: &Fault) -> String {
    format!("the unit was stopped: {fault}")
}

fn needs_snapshot(tier: Tier) -> bool {
    matches!(tier, Tier::Restore | Tier::Recovery | Tier::Interrupt)
}
