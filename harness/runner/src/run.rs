//! The dispatcher: units beside each other as the schedule admits them, then the experiments that classification
//! asks for.

use cc_ci_journal::EvidenceStore;
use cc_ci_model::{Event, EvidenceKind, Fault, Leg, Outcome, RecipeName, Tier, Version};
use cc_ci_plan::{LintFinding, UnitPlan};
use cc_ci_schedule::{Settings, Stop};
use futures_util::future::join_all;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::World;
use crate::admission::{Admission, Ticket};
use crate::bench::{Bench, millis_since};
use crate::demand::item;
use crate::experiments;
use crate::hidden::{Known, say_visible};
use crate::legs;
use crate::outage::{Ended, Outages};
use crate::place::Place;
use crate::spans;
use crate::tiers;
use crate::walk::NOT_ASKED;

/// How the attempts of a unit begin.
struct Begin<'a> {
    admission: &'a Admission,
    /// That of the first attempt, which was queued together with the other units.
    ticket: Option<Ticket<'a>>,
    /// The number of the next attempt.
    number: u32,
}

/// Who restarts the daemon takes it away from everybody.
fn needs_the_node(plan: &UnitPlan) -> bool {
    plan.tiers.contains(&Tier::Reboot)
}

/// A unit that was asked for but cannot be planned.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Its recipe.
    pub recipe: RecipeName,
    /// Its version, where that is known.
    pub version: Option<Version>,
    /// Why.
    pub outcome: Outcome,
}

/// What a run is asked to do.
#[derive(Debug, Default)]
pub struct RunRequest {
    /// The units, in their order.
    pub units: Vec<UnitPlan>,
    /// Units that cannot be planned.
    pub refused: Vec<Refused>,
    /// Every unit alone on the node from its first attempt on.
    pub isolated: bool,
    /// Attempts that each unit gets whatever becomes of it.
    pub attempts: u32,
    /// How many legs may be in flight, and the other rules of their schedule.
    pub schedule: Settings,
    /// Do nothing that classification would ask for: the first look is all that is wanted.
    pub without_experiments: bool,
}

/// Carries out a run.
pub struct Runner {
    pub(crate) world: World,
    pub(crate) outages: Outages,
}

/// Times that one attempt is made again because the engine fell silent in it.
const REPEATS: u32 = 3;

impl Runner {
    /// A runner in `world`.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self { world, outages: Outages::default() }
    }

    /// Walks every unit through its tiers, reruns red ones alone as long as `classify` asks for
    /// it, and ends when nothing more can be learnt. What happened is in the journal.
    pub async fn run(&self, request: &RunRequest) {
        self.carried_out(request).instrument(spans::run(&self.world.run)).await;
    }

    async fn carried_out(&self, request: &RunRequest) {
        let started = Instant::now();
        let world = &self.world;
        let say = |event| world.journal.write(None, 0, event);
        let visible = Known::of(world, &request.units).hide(world);
        say(Event::RunStarted {
            run: world.run.clone(),
            harness: world.harness.clone(),
            phase: world.phase.clone(),
            node: world.site.node.clone(),
            units: request.units.iter().map(|plan| plan.head.clone()).collect(),
        });
        say_visible(visible, say);
        for Refused { recipe, version, outcome } in request.refused.clone() {
            say(Event::UnitRefused { recipe, version, outcome });
        }
        let admission = Admission::new(request.schedule.clone(), world.site.capacity.clone());
        let isolated = |plan: &UnitPlan| request.isolated || needs_the_node(plan);
        let items = request.units.iter().map(|plan| item(plan, Leg::Main, isolated(plan)));
        let tickets = admission.queue(items.collect());
        let units = request.units.iter().zip(tickets).map(|(plan, ticket)| {
            let begin = Begin { admission: &admission, ticket: Some(ticket), number: 1 };
            self.unit(plan, begin, (request.attempts.max(1), isolated(plan)))
        });
        let stopped = async {
            tokio::select! {
                () = world.cancel.cancelled() => {}
                () = self.outages.gone.cancelled() => {}
            }
            admission.stop(Stop::Cancelled);
            std::future::pending::<()>().await;
        };
        tokio::select! {
            _ = join_all(units) => {}
            () = stopped => {}
        }
        // A kept instance is kept as it is: a rerun would be deployed on top of it.
        if !world.keep && !request.without_experiments {
            experiments::carry_out(self, &request.units).await;
        }
        let scan = world.journal.scan();
        let cc_ci_journal::Scan { values, files, hits, unread } = scan;
        say(Event::SecretsScanned { values, files, hits, unread });
        let cancelled = world.cancel.is_cancelled();
        say(Event::RunFinished { millis: millis_since(started), cancelled });
    }

    /// Makes as many attempts at a unit as were asked for.
    async fn unit<'r>(
        &'r self,
        plan: &'r UnitPlan,
        mut begin: Begin<'r>,
        (attempts, isolated): (u32, bool),
    ) {
        for _ in 0..attempts {
            let last = self.attempt(plan, &mut begin, isolated).await;
            begin.number = last + 1;
        }
    }

    /// Makes an attempt alone on the node, while no other unit of the run is tried.
    pub(crate) async fn attempt_alone(&self, plan: &UnitPlan, number: u32) -> u32 {
        let admission = Admission::new(Settings::default(), self.world.site.capacity.clone());
        let mut begin = Begin { admission: &admission, ticket: None, number };
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
        let queue = || begin.admission.queue(vec![item(plan, Leg::Main, isolated)]).pop();
        let ticket = begin.ticket.take().or_else(queue)?;
        let waits = |on: &str| say(Event::UnitWaits { on: on.to_owned() });
        let place = Place { world, plan, alone: isolated };
        let turn = match place.turn(ticket, &waits).await? {
            Ok(turn) => turn,
            Err(fault) => {
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
        let attempted =
            legs::attempt(&place, attempt, (turn, begin.admission), &self.outages).await;
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
mod tests {
    use cc_ci_engine::EngineError;
    use cc_ci_suite::Suite;

    use super::*;
    use crate::testing::{Scene, services};

    #[tokio::test(start_paused = true)]
    async fn a_node_that_was_not_looked_at_before_is_not_called_clean() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let message = "rpc error".to_owned();
        let error = EngineError::Conflict { object: "the list".to_owned(), message };
        scene.fake.fail_next("everything", error.clone());
        let request = RunRequest {
            units: vec![scene.plan.clone()],
            without_experiments: true,
            ..RunRequest::default()
        };
        Runner::new(scene.world.clone()).run(&request).await;
        let checks = scene.checks();
        let leaked = checks.iter().find(|(check, ..)| check == "nothing_leaked").unwrap();
        assert_eq!((leaked.1, leaked.2.clone()), ("failed", Some(error.fault().to_string())));
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_end_no_unit_begins() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        scene.world.cancel.cancel();
        let request = RunRequest { units: vec![scene.plan.clone()], ..RunRequest::default() };
        Runner::new(scene.world.clone()).run(&request).await;
        let records = scene.world.journal.records();
        assert!(
            records.iter().any(|r| matches!(r.event, Event::RunFinished { cancelled: true, .. }))
        );
        assert!(!records.iter().any(|r| matches!(r.event, Event::UnitStarted { .. })));
    }
}
