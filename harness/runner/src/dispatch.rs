//! Which unit is tried when, and how often.

use cc_ci_journal::EvidenceStore;
use cc_ci_model::{Event, EvidenceKind, Fault, Leg, Outcome, Tier};
use cc_ci_plan::{LintFinding, UnitPlan};
use cc_ci_schedule::{Pressure, Settings, Stop};
use futures_util::future::join_all;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::admission::{Admission, Ticket};
use crate::before::Before;
use crate::bench::{Bench, millis_since};
use crate::demand::item;
use crate::legs;
use crate::outage::Ended;
use crate::place::{NoPlace, Place};
use crate::pressure;
use crate::samples;
use crate::spans;
use crate::tiers;
use crate::walk::NOT_ASKED;
use crate::{Past, RunRequest, Runner};

/// Times that one attempt is made again because the engine fell silent in it.
const REPEATS: u32 = 3;

/// How the attempts of a unit begin.
struct Begin<'a> {
    admission: &'a Admission,
    past: &'a Past,
    /// That of the first attempt, which was queued together with the other units.
    ticket: Option<Ticket<'a>>,
    /// The number of the next attempt.
    number: u32,
}

/// Who restarts the daemon takes it away from everybody.
fn needs_the_node(plan: &UnitPlan) -> bool {
    plan.tiers.contains(&Tier::Reboot)
}

/// Tries every unit, beside each other as the schedule admits them.
pub(crate) async fn all(runner: &Runner, request: &RunRequest, before: &Before) {
    let world = &runner.world;
    let admission =
        Admission::new(request.schedule.clone(), world.site.capacity.clone(), request.fail_fast);
    let isolated = |plan: &UnitPlan| request.isolated || needs_the_node(plan);
    let past = &request.past;
    // Before the first leg begins: a node in trouble gets one, and not all at once.
    let now = tokio::select! {
        now = pressure::look(world, past.trouble) => now,
        () = world.cancel.cancelled() => Pressure::Calm,
    };
    admission.pressure(now.clone());
    let left: Vec<&UnitPlan> =
        request.units.iter().filter(|plan| !before.has_ended(&plan.head.unit)).collect();
    let items = left.iter().map(|plan| item((plan, past), Leg::Main, isolated(plan)));
    let tickets = admission.queue(items.collect());
    let units = left.into_iter().zip(tickets).map(|(plan, ticket)| {
        let number = before.next_attempt(&plan.head.unit);
        let begin = Begin { admission: &admission, past, ticket: Some(ticket), number };
        Box::pin(runner.unit(plan, begin, (request.attempts.max(1), isolated(plan))))
    });
    let stopped = async {
        tokio::select! {
            () = world.cancel.cancelled() => {}
            () = runner.outages.gone.cancelled() => {}
        }
        admission.stop(Stop::Cancelled);
        std::future::pending::<()>().await;
    };
    tokio::select! {
        _ = join_all(units) => {}
        () = stopped => {}
        () = admission.ticks() => {}
        () = pressure::watch(world, &admission, (past.trouble, now)) => {}
    }
}

impl Runner {
    /// Makes as many attempts at a unit as were asked for.
    async fn unit<'r>(
        &'r self,
        plan: &'r UnitPlan,
        mut begin: Begin<'r>,
        (attempts, isolated): (u32, bool),
    ) {
        for _ in 0..attempts {
            begin.number = self.attempt(plan, &mut begin, isolated).await + 1;
        }
    }

    /// Makes an attempt alone on the node, while no other unit of the run is tried.
    pub(crate) async fn attempt_alone(&self, plan: &UnitPlan, number: u32) -> u32 {
        let admission =
            Admission::new(Settings::default(), self.world.site.capacity.clone(), false);
        let past = Past::default();
        let mut begin = Begin { admission: &admission, past: &past, ticket: None, number };
        self.attempt(plan, &mut begin, true).await
    }

    /// Makes an attempt, and makes it again as the next one where the engine fell silent in it. The answer
    /// is the number of the last attempt.
    async fn attempt<'r>(
        &'r self,
        plan: &'r UnitPlan,
        begin: &mut Begin<'r>,
        isolated: bool,
    ) -> u32 {
        let first = begin.number;
        while !self.outages.gone.is_cancelled() {
            let span = spans::unit(&plan.head.unit, begin.number);
            let made = self.one_attempt(plan, begin, isolated).instrument(span);
            let silence = Box::pin(made).await;
            if silence.is_none() || begin.number >= first + REPEATS {
                break;
            }
            if self.world.cancel.is_cancelled() || self.outages.gone.is_cancelled() {
                break;
            }
            begin.number += 1;
        }
        begin.number
    }

    /// Walks the unit through its tiers once; the answer is the engine's silence, where that ended it.
    async fn one_attempt<'r>(
        &'r self,
        plan: &'r UnitPlan,
        begin: &mut Begin<'r>,
        isolated: bool,
    ) -> Option<Fault> {
        let world = &self.world;
        let (unit, attempt) = (&plan.head.unit, begin.number);
        let say = |event| world.journal.write(Some(unit), attempt, event);
        let queue =
            || begin.admission.queue(vec![item((plan, begin.past), Leg::Main, isolated)]).pop();
        let ticket = begin.ticket.take().or_else(queue)?;
        let waits = |on: &str| say(Event::UnitWaits { on: on.to_owned() });
        let place = Place { world, plan, alone: isolated };
        let turn = match place.turn(ticket, &waits).await {
            Ok(turn) => turn,
            Err(NoPlace::Cancelled) => return None,
            Err(NoPlace::Left(reason)) => {
                say(Event::NotBegun { reason });
                return None;
            }
            Err(NoPlace::Failed(fault)) => {
                begin.admission.red();
                self.without_a_turn(plan, attempt, fault);
                return None;
            }
        };
        let started = Instant::now();
        say(Event::UnitStarted { isolated });
        if let Some(changes) = &plan.changes {
            let kept = world.journal.keep(EvidenceKind::Spec, "upgrade-diff", changes.as_bytes());
            say(Event::Captured { evidence: kept });
        }
        for found in &plan.lint.findings {
            let LintFinding { rule, name, message, key, fix } = found.clone();
            say(Event::LintFound { rule, name, message, key, fix });
        }
        let attempted = Box::pin(legs::attempt(
            &place,
            attempt,
            (turn, begin.admission),
            (&self.outages, begin.past),
        ))
        .await;
        samples::of_attempt(world, unit, attempt, started);
        let left = match attempted.outage {
            Some((_, Ended::Silent | Ended::Cancelled)) => {
                vec!["unknown: the engine does not answer".to_owned()]
            }
            Some((_, Ended::Answers(_))) | None => self.left(plan).await,
        };
        let cancelled = world.cancel.is_cancelled() || attempted.outage.is_some();
        let deploys = attempted.deploys;
        say(Event::UnitFinished { millis: millis_since(started), deploys, left, cancelled });
        attempted.outage.map(|(fault, _)| fault)
    }

    /// A unit that cannot have its turn is not deployed: its first tier fails with the reason.
    fn without_a_turn(&self, plan: &UnitPlan, attempt: u32, fault: Fault) {
        let unit = &plan.head.unit;
        let say = |event| self.world.journal.write(Some(unit), attempt, event);
        say(Event::UnitStarted { isolated: false });
        let asked = |tier: &Tier| !tier.is_opt_in() || plan.tiers.contains(tier);
        for tier in Tier::ALL.into_iter().filter(asked) {
            let outcome = if !plan.tiers.contains(&tier) {
                Outcome::NotRun { reason: NOT_ASKED.to_owned() }
            } else if tier == Tier::Deploy {
                let bench = Bench::new(&self.world, unit, attempt, tier);
                bench.say(Event::TierStarted { tier });
                let outcome = Outcome::Failed { fault: fault.clone() };
                bench.note("node_is_had", outcome, 0, Vec::new());
                bench.outcome()
            } else if tier.rests_on().contains(&Tier::Deploy) {
                Outcome::Blocked { by: Tier::Deploy }
            } else {
                Outcome::NotRun { reason: "the node cannot be had".to_owned() }
            };
            say(Event::TierFinished { tier, outcome, millis: 0 });
        }
        let (left, cancelled) = (Vec::new(), false);
        say(Event::UnitFinished { millis: 0, deploys: 0, left, cancelled });
    }

    /// What the unit still has on the engine.
    async fn left(&self, plan: &UnitPlan) -> Vec<String> {
        let selector = self.world.objects_of(&plan.head.unit);
        match self.world.site.engine.inventory(&selector).await {
            Ok(left) => tiers::names(&left),
            Err(error) => vec![format!("unknown: {error}")],
        }
    }
}

#[cfg(test)]
#[path = "dispatch_tests.rs"]
mod tests;
