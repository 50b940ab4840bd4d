//! What the records say about units, attempts, tiers and checks, without a judgement.

use cc_ci_model::{
    CheckId, Event, EvidenceRef, Fault, Outcome, Proves, RecipeName, Record, Tier, UnitHead,
    UnitId, Version,
};
use jiff::Timestamp;

use crate::implied;

/// One check in one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckFact {
    /// Its stable name.
    pub check: CheckId,
    /// What became of it.
    pub outcome: Outcome,
    /// Duration in milliseconds.
    pub millis: u64,
    /// How much it says about the app where it passed.
    pub proves: Proves,
    /// Facts captured with it.
    pub evidence: Vec<EvidenceRef>,
}

/// One tier in one attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TierFact {
    /// The tier.
    pub tier: Tier,
    /// What became of it; never better than its checks.
    pub outcome: Outcome,
    /// True once the runner said that it ended.
    pub ended: bool,
    /// Duration in milliseconds.
    pub millis: u64,
    /// Its checks, in the order in which they were first tried.
    pub checks: Vec<CheckFact>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// By itself.
    Finished,
    /// The user broke it off.
    Cancelled,
    /// The records stop before its end.
    Open,
}

/// One attempt at a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// Its number, from 1.
    pub number: u32,
    /// True when nothing else ran on the node.
    pub isolated: bool,
    /// When it began.
    pub started: Timestamp,
    /// How it ended.
    pub end: End,
    /// True where only tiers that advise were asked for: then what they say is the verdict.
    pub only_advice: bool,
    /// True where engine or machine failed meanwhile, so that nothing in it proves anything.
    pub void: bool,
    /// True where the process that made it was killed, and another one went on with the run.
    pub killed: bool,
    /// Duration in milliseconds; 0 while it is open.
    pub millis: u64,
    /// Deploys that were counted; `None` while it is open.
    pub deploys: Option<u32>,
    /// Objects that were still there at the end.
    pub left: Vec<String>,
    /// Its tiers, in the order in which they were first heard of.
    pub tiers: Vec<TierFact>,
}

impl Attempt {
    /// True when it ended by itself, something was proven and nothing was red.
    ///
    /// Tiers that were left out or do not apply are neither proof nor blemish, and what a tier that
    /// only advises has found is no verdict; the level says both.
    #[must_use]
    pub fn is_green(&self) -> bool {
        let sound = |outcome: &Outcome| match outcome {
            Outcome::Passed | Outcome::NotApplicable { .. } | Outcome::NotRun { .. } => true,
            Outcome::Failed { .. } | Outcome::Blocked { .. } => false,
        };
        let mut checks = self.counted().map(|(_, check)| check);
        self.end == End::Finished
            && !self.void
            && self.tiers.iter().all(|fact| !self.counts(fact.tier) || sound(&fact.outcome))
            && checks.clone().all(|check| sound(&check.outcome))
            && checks.any(|check| check.outcome.is_pass())
    }

    /// Whether nothing was left on the engine; `None` where the tear-down was not asked for.
    #[must_use]
    pub fn left_nothing(&self) -> Option<bool> {
        match self.tier(Tier::Teardown).map(|fact| (&fact.outcome, fact.ended)) {
            Some((Outcome::NotRun { .. }, true)) => None,
            Some((Outcome::Failed { .. }, _)) => Some(false),
            Some(_) | None => Some(self.left.is_empty()),
        }
    }

    /// Every check with its tier.
    pub fn checks(&self) -> impl Iterator<Item = (Tier, &CheckFact)> + Clone {
        self.tiers.iter().flat_map(|tier| tier.checks.iter().map(|check| (tier.tier, check)))
    }

    /// Every check that has a say in the verdict: all but those of tiers that only advise.
    pub fn counted(&self) -> impl Iterator<Item = (Tier, &CheckFact)> + Clone {
        self.checks().filter(|(tier, _)| self.counts(*tier))
    }

    fn counts(&self, tier: Tier) -> bool {
        self.only_advice || !tier.is_advisory()
    }

    /// What tiers that only advise have found.
    pub fn advice(&self) -> impl Iterator<Item = (Tier, &Fault)> + Clone {
        let advisory = self.checks().filter(|(tier, _)| tier.is_advisory());
        advisory.filter_map(|(tier, check)| Some((tier, check.outcome.fault()?)))
    }

    /// The tier's facts, where the attempt heard of it.
    #[must_use]
    pub fn tier(&self, tier: Tier) -> Option<&TierFact> {
        self.tiers.iter().find(|fact| fact.tier == tier)
    }

    pub(crate) fn tier_mut(&mut self, tier: Tier) -> &mut TierFact {
        let at = self.tiers.iter().position(|fact| fact.tier == tier).unwrap_or_else(|| {
            let outcome = Outcome::NotRun { reason: "the tier did not end".to_owned() };
            self.tiers.push(TierFact { tier, outcome, ended: false, millis: 0, checks: vec![] });
            self.tiers.len() - 1
        });
        &mut self.tiers[at]
    }
}

/// One planned unit with its attempts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnitFacts {
    /// What it is.
    pub head: UnitHead,
    /// Its attempts, by number.
    pub attempts: Vec<Attempt>,
}

/// A unit that could not even be planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The unit, where the record names one.
    pub unit: Option<UnitId>,
    /// Its recipe.
    pub recipe: RecipeName,
    /// The version asked for, as far as known.
    pub version: Option<Version>,
    /// Why.
    pub outcome: Outcome,
}

/// Something that failed and belongs to no recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Why.
    pub fault: Fault,
    /// The unit and its attempt that it broke off, where it did.
    pub during: Option<(UnitId, u32)>,
}

/// Everything the records say about units.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RunFacts {
    /// Units in the order in which they were asked for.
    pub units: Vec<UnitFacts>,
    /// Units that could not be planned.
    pub refusals: Vec<Refusal>,
    /// What failed and belongs to no recipe, in its order.
    pub failures: Vec<Failure>,
    /// `None` while the run goes on; else whether the user broke it off.
    pub cancelled: Option<bool>,
}

impl RunFacts {
    /// The attempt that was made to its end in place of the one that `failure` broke off. Nothing where no
    /// attempt was, or where the one that was broken off left something on the engine.
    #[must_use]
    pub fn made_again(&self, failure: &Failure) -> Option<&Attempt> {
        let (unit, number) = failure.during.as_ref()?;
        let unit = self.units.iter().find(|known| known.head.unit == *unit)?;
        let broken = unit.attempts.iter().find(|attempt| attempt.number == *number)?;
        let again = |attempt: &&Attempt| {
            attempt.number > *number && !attempt.void && attempt.end == End::Finished
        };
        unit.attempts.iter().find(again).filter(|_| broken.left.is_empty())
    }
}

/// Collects the facts of a run.
///
/// Records of units that `RunStarted` does not name are passed over here; the report refuses such a file.
#[must_use]
pub fn facts(records: &[Record]) -> RunFacts {
    let mut run = RunFacts::default();
    let mut last = 0;
    for record in records {
        last = position(&run.units, record, last);
        take(&mut run, record, last);
    }
    let over = run.cancelled;
    for unit in &mut run.units {
        let only_advice = unit.head.tiers.iter().all(|tier| tier.is_advisory());
        for attempt in &mut unit.attempts {
            // Legs run beside each other; a reader looks for the order of a life.
            attempt.tiers.sort_by_key(|fact| fact.tier);
            attempt.only_advice = only_advice && !unit.head.tiers.is_empty();
            implied::close(attempt, unit.head.deploys, over);
        }
    }
    run
}

/// The index of the record's unit in `units`, or `units.len()` for a unit that `RunStarted` does not list. Most
/// records belong to the unit of the record before them, so `last`, that unit's index, is tried first.
fn position(units: &[UnitFacts], record: &Record, last: usize) -> usize {
    let Some(id) = &record.unit else { return last };
    let is_it = |unit: &UnitFacts| unit.head.unit == *id;
    if units.get(last).is_some_and(is_it) {
        return last;
    }
    units.iter().position(is_it).unwrap_or(units.len())
}

/// Takes a record of the unit at `at`.
fn take(run: &mut RunFacts, record: &Record, at: usize) {
    match &record.event {
        Event::RunStarted { units, .. } => run.units.extend(
            units.iter().map(|head| UnitFacts { head: head.clone(), attempts: Vec::new() }),
        ),
        Event::RunFinished { cancelled, .. } => run.cancelled = Some(*cancelled),
        Event::UnitRefused { recipe, version, outcome } => run.refusals.push(Refusal {
            unit: record.unit.clone(),
            recipe: recipe.clone(),
            version: version.clone(),
            outcome: outcome.clone(),
        }),
        Event::RunFailed { fault } => {
            if let Some(attempt) = attempt_of(run, record, at) {
                attempt.void = true;
            }
            let during = record.unit.clone().map(|unit| (unit, record.attempt));
            run.failures.push(Failure { fault: fault.clone(), during });
        }
        Event::Resumed { .. } => {
            let attempts = run.units.iter_mut().flat_map(|unit| &mut unit.attempts);
            for attempt in attempts.filter(|attempt| attempt.end == End::Open) {
                (attempt.end, attempt.killed) = (End::Cancelled, true);
            }
        }
        Event::UnitStarted { isolated } => {
            if let Some(attempt) = attempt_of(run, record, at) {
                attempt.isolated = *isolated;
            }
        }
        Event::TierStarted { tier } => {
            if let Some(attempt) = attempt_of(run, record, at) {
                attempt.tier_mut(*tier);
            }
        }
        Event::CheckFinished { tier, check, outcome, millis, proves, evidence } => {
            let fact = CheckFact {
                check: check.clone(),
                outcome: outcome.clone(),
                millis: *millis,
                proves: *proves,
                evidence: evidence.clone(),
            };
            if let Some(attempt) = attempt_of(run, record, at) {
                add(&mut attempt.tier_mut(*tier).checks, fact);
            }
        }
        Event::TierFinished { tier, outcome, millis } => {
            if let Some(attempt) = attempt_of(run, record, at) {
                let fact = attempt.tier_mut(*tier);
                (fact.outcome, fact.millis, fact.ended) = (outcome.clone(), *millis, true);
            }
        }
        Event::UnitFinished { millis, deploys, left, cancelled } => {
            if let Some(attempt) = attempt_of(run, record, at) {
                attempt.end = if *cancelled { End::Cancelled } else { End::Finished };
                (attempt.millis, attempt.deploys) = (*millis, Some(*deploys));
                attempt.left.clone_from(left);
            }
        }
        Event::Adapted { .. }
        | Event::ImageReady { .. }
        | Event::LeftVisible { .. }
        | Event::Withheld { .. }
        | Event::SecretsScanned { .. }
        | Event::UnitWaits { .. }
        | Event::NotBegun { .. }
        | Event::Waiting { .. }
        | Event::Deployed { .. }
        | Event::Converged { .. }
        | Event::TasksKilled { .. }
        | Event::Covered { .. }
        | Event::TaskFailed { .. }
        | Event::UpdateSettled { .. }
        | Event::LintFound { .. }
        | Event::KilledAtStop { .. }
        | Event::LimitStretched { .. }
        | Event::Predicted { .. }
        | Event::TroubleKnown { .. }
        | Event::MemoryPeak { .. }
        | Event::NodeStalled { .. }
        | Event::CanaryWritten { .. }
        | Event::CanarySkipped { .. }
        | Event::StaleDeclaration { .. }
        | Event::HookRan { .. }
        | Event::Snapshot { .. }
        | Event::Captured { .. }
        | Event::Observed { .. }
        | Event::Compared { .. }
        | Event::ProgramKnown { .. }
        | Event::FilesRead { .. }
        | Event::Removed { .. }
        | Event::EvidenceRemoved { .. }
        | Event::Unknown { .. } => {}
    }
}

/// A check with two records keeps its failure: a second record never hides a first one that failed.
fn add(checks: &mut Vec<CheckFact>, fact: CheckFact) {
    match checks.iter_mut().find(|known| known.check == fact.check) {
        Some(known) if known.outcome.fault().is_some() => {}
        Some(known) => *known = fact,
        None => checks.push(fact),
    }
}

fn attempt_of<'a>(run: &'a mut RunFacts, record: &Record, at: usize) -> Option<&'a mut Attempt> {
    record.unit.as_ref()?;
    let unit = run.units.get_mut(at)?;
    let at = match unit.attempts.binary_search_by_key(&record.attempt, |known| known.number) {
        Ok(at) => at,
        Err(at) => {
            unit.attempts.insert(
                at,
                Attempt {
                    number: record.attempt,
                    isolated: false,
                    started: record.at,
                    end: End::Open,
                    only_advice: false,
                    killed: false,
                    void: false,
                    millis: 0,
                    deploys: None,
                    left: Vec::new(),
                    tiers: Vec::new(),
                },
            );
            at
        }
    };
    unit.attempts.get_mut(at)
}
