//! Where the checks of one tier are carried out and written down.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::{Mutex, PoisonError};

use cc_ci_engine::Selector;
use cc_ci_model::{
    CheckId, Event, EvidenceRef, Fault, Leg, Observed, Outcome, Proves, Tier, UnitId,
};
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::World;
use crate::capture;
use crate::guard::Guard;
use crate::spans;

/// Why a tier stops before its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Something failed.
    Fault(Fault),
    /// The user broke it off.
    Cancelled,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl From<cc_ci_engine::EngineError> for Stop {
    fn from(error: cc_ci_engine::EngineError) -> Self {
        Self::Fault(error.fault())
    }
}

/// The bench of one tier in one attempt.
pub(crate) struct Bench<'a> {
    pub(crate) world: &'a World,
    pub(crate) unit: &'a UnitId,
    pub(crate) attempt: u32,
    pub(crate) tier: Tier,
    leg: Leg,
    outcomes: Mutex<Vec<Outcome>>,
    part: Mutex<&'static str>,
    /// What checks that are not written down yet expected and saw, by their names.
    observed: Mutex<BTreeMap<String, Observed>>,
    guard: Guard,
}

impl<'a> Bench<'a> {
    pub(crate) fn new(world: &'a World, unit: &'a UnitId, attempt: u32, tier: Tier) -> Self {
        Self {
            world,
            unit,
            attempt,
            tier,
            leg: Leg::of(tier),
            outcomes: Mutex::new(Vec::new()),
            part: Mutex::new(""),
            observed: Mutex::default(),
            guard: Guard::default(),
        }
    }

    /// The same bench, whose checks end as soon as `guard` stops the unit.
    pub(crate) fn guarded(self, guard: Guard) -> Self {
        Self { guard, ..self }
    }

    /// From now on the names of checks begin with `part`: a tier may do the same twice, and two checks of
    /// one name would hide one of the two.
    pub(crate) fn part(&self, part: &'static str) {
        *self.part.lock().unwrap_or_else(PoisonError::into_inner) = part;
    }

    /// What the tier works on: a leg, and the whole unit at its end.
    pub(crate) fn objects(&self) -> Selector {
        match self.tier {
            Tier::Teardown => self.world.objects_of(self.unit),
            _ => self.world.objects_of_leg(self.unit, self.leg),
        }
    }

    /// Waits until the unit is stopped because the engine is silent.
    pub(crate) async fn silenced(&self) {
        self.guard.silenced().await;
    }

    /// Writes one event of this unit.
    pub(crate) fn say(&self, event: Event) {
        self.world.journal.write_leg(Some(self.unit), (self.attempt, self.leg), event);
    }

    /// Says what is waited for.
    pub(crate) fn waiting(&self, on: impl Into<String>) {
        self.say(Event::Waiting { tier: self.tier, on: on.into() });
    }

    /// Keeps what the check `id` expected and saw until it is written down. What it saw last counts.
    pub(crate) fn observe(&self, id: &str, observed: Observed) {
        let mut kept = self.observed.lock().unwrap_or_else(PoisonError::into_inner);
        kept.insert(id.to_owned(), observed);
    }

    /// Carries out one step and writes down what became of it. A failure captures what the engine
    /// knows about the unit before anything is cleaned up.
    pub(crate) async fn check<T>(
        &self,
        id: &str,
        work: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        self.prove(id, Proves::Step, work).await
    }

    /// As [`Bench::check`], for a check that says something about the app.
    pub(crate) async fn prove<T>(
        &self,
        id: &str,
        proves: Proves,
        work: impl Future<Output = Result<T, Stop>>,
    ) -> Result<T, Stop> {
        let started = Instant::now();
        let cancelled = self.world.cancel.cancelled();
        let result = tokio::select! {
            biased;
            result = work.instrument(spans::check(&self.named(id))) => result,
            () = cancelled => Err(Stop::Cancelled),
            fault = self.guard.stopped() => Err(Stop::Fault(fault)),
        };
        let outcome = match &result {
            Ok(_) => Outcome::Passed,
            Err(Stop::Cancelled) => Outcome::NotRun { reason: "cancelled".to_owned() },
            Err(Stop::Fault(fault)) => Outcome::Failed { fault: fault.clone() },
        };
        let _ = self.conclude_as(id, proves, started, (outcome, Vec::new())).await;
        result
    }

    /// Writes down a check that was carried out, with the evidence that it kept itself; a failure captures what
    /// the engine knows as well.
    pub(crate) async fn conclude(
        &self,
        id: &str,
        started: Instant,
        outcome: Outcome,
        kept: Vec<EvidenceRef>,
    ) -> Result<(), Stop> {
        self.conclude_as(id, Proves::Step, started, (outcome, kept)).await
    }

    async fn conclude_as(
        &self,
        id: &str,
        proves: Proves,
        started: Instant,
        (outcome, mut evidence): (Outcome, Vec<EvidenceRef>),
    ) -> Result<(), Stop> {
        let millis = millis_since(started);
        let fault = outcome.fault().cloned();
        let outcome = self.unless_silent(outcome);
        if outcome.fault().is_some() {
            evidence.extend(capture::unit(self).await);
        }
        self.write_down(id, outcome, (millis, proves), evidence);
        fault.map_or(Ok(()), |fault| Err(Stop::Fault(fault)))
    }

    /// Writes down a check whose outcome is known already.
    pub(crate) fn note(&self, id: &str, outcome: Outcome, millis: u64, evidence: Vec<EvidenceRef>) {
        self.write_down(id, self.unless_silent(outcome), (millis, Proves::Step), evidence);
    }

    /// A check that failed because the engine is gone was not tried: the attempt is stopped, and it is made
    /// again once the engine answers. A reboot takes the engine away itself, so there it is a failure.
    fn unless_silent(&self, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Failed { fault: fault @ Fault::EngineDown { .. } }
                if self.tier != Tier::Reboot =>
            {
                self.guard.stop(fault.clone());
                Outcome::NotRun { reason: fault.to_string() }
            }
            other => other,
        }
    }

    fn write_down(
        &self,
        id: &str,
        outcome: Outcome,
        (millis, proves): (u64, Proves),
        evidence: Vec<EvidenceRef>,
    ) {
        let check = self.named(id);
        self.outcomes.lock().unwrap_or_else(PoisonError::into_inner).push(outcome.clone());
        let tier = self.tier;
        let observed = self.observed.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
        if let Some(observed) = observed {
            self.say(observed.event(tier, check.clone()));
        }
        self.say(Event::CheckFinished { tier, check, outcome, millis, proves, evidence });
    }

    /// The whole name of the check `id`.
    fn named(&self, id: &str) -> CheckId {
        let part = *self.part.lock().unwrap_or_else(PoisonError::into_inner);
        CheckId::slug(&format!("{part}{id}"))
    }

    /// True where a check failed.
    pub(crate) fn is_red(&self) -> bool {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        outcomes.iter().any(|outcome| outcome.fault().is_some())
    }

    /// What became of the tier: `Passed` only if there was a check and every one that applies held.
    pub(crate) fn outcome(&self) -> Outcome {
        let outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
        Outcome::of_checks(outcomes.iter())
    }
}

pub(crate) fn millis_since(started: Instant) -> u64 {
    u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX)
}
