//! One attempt at a unit: its legs, side by side where nothing keeps them apart.
//!
//! The main leg walks from the deploy to the way back. Recovery and interrupt begin at its snapshot, in stacks of
//! their own.

use cc_ci_model::{Event, Fault, Leg, Outcome, Tier};
use cc_ci_plan::UnitPlan;
use futures_util::future::join_all;
use tokio::sync::oneshot;

use crate::Past;
use crate::admission::{Admission, Ticket};
use crate::bench::Bench;
use crate::demand::item;
use crate::ending::Ending;
use crate::leaks::Leaks;
use crate::life::{Handover, Life};
use crate::outage::{Ended, Outages};
use crate::own::names_elsewhere;
use crate::place::{NoPlace, Place, Turn};
use crate::stale;
use crate::walk::{Walked, before, tiers_of, walk};

/// What became of one attempt.
pub(crate) struct Attempted {
    /// The engine's silence as it was seen first, and how it ended.
    pub(crate) outage: Option<(Fault, Ended)>,
    /// Deploys that were made in all legs.
    pub(crate) deploys: u32,
}

/// What the main leg gives to the others: the legs that can begin, and what they need.
type Handed = (Vec<Leg>, Result<Handover, Fault>);

/// Walks every leg of the unit once and tears each down.
pub(crate) async fn attempt(
    place: &Place<'_>,
    number: u32,
    (turn, admission): (Turn<'_>, &Admission),
    (outages, past): (&Outages, &Past),
) -> Attempted {
    let Place { world, plan, alone } = *place;
    let mut main = Life::new(world, plan, number);
    main.alone = alone;
    let ending = Ending::new(&main, outages);
    ending.expect_one();
    let legs = Legs { place, number, admission, past, ending: &ending };
    let (hand, handed) = oneshot::channel();
    let ((walked, begun), others) =
        tokio::join!(Box::pin(legs.main(&mut main, hand, turn)), Box::pin(legs.others(handed)));
    legs.not_begun(&main, &walked, &begun);
    let tried = walked.tried.iter().chain(others.iter().flat_map(|leg| &leg.tried)).copied();
    let tried = tried.collect::<Vec<_>>();
    let say = |event| world.journal.write(Some(&plan.head.unit), number, event);
    stale::declarations(&main, &tried).into_iter().for_each(say);
    let (outage, deploys) = ending.finish();
    Attempted { outage, deploys }
}

/// True where two legs of the unit cannot stand at the same time: they publish the same ports of the node, have objects
/// of the same name, or share what exists once by their suite. The schedule lets them take turns.
fn collide(plan: &UnitPlan) -> bool {
    let shares_a_name = plan.all_sides().any(|side| !names_elsewhere(&side.spec).is_empty());
    !plan.host_ports().is_empty() || shares_a_name || !plan.suite.exclusive.is_empty()
}

struct Legs<'a, 'e> {
    place: &'e Place<'a>,
    number: u32,
    admission: &'e Admission,
    past: &'e Past,
    ending: &'e Ending<'a>,
}

impl<'a> Legs<'a, '_> {
    /// The main leg; returns what became of it and which legs were asked to begin.
    async fn main(
        &self,
        life: &mut Life<'a>,
        hand: oneshot::Sender<Handed>,
        turn: Turn<'_>,
    ) -> (Walked, Vec<Leg>) {
        let (mut hand, mut begun) = (Some(hand), Vec::new());
        let walked = walk(life, async |life, tier, walked| {
            if tier != Tier::Backup {
                return;
            }
            let can_begin = |leg: &Leg| {
                tiers_of(life.plan, *leg).any(|tier| before(life, tier, &walked.failed).is_none())
            };
            let legs: Vec<_> = Leg::FROM_SNAPSHOT.into_iter().filter(can_begin).collect();
            if legs.is_empty() {
                return;
            }
            let handover = life.handover().await;
            if handover.is_ok() {
                legs.iter().for_each(|_| self.ending.expect_one());
            }
            begun.clone_from(&legs);
            if let Some(hand) = hand.take() {
                // The receiver lives as long as this leg.
                let _ = hand.send((legs, handover));
            }
        })
        .await;
        drop(hand);
        // Where legs cannot stand beside each other, the last one is kept.
        let is_kept = self.place.world.keep && (begun.is_empty() || !collide(self.place.plan));
        self.end(life, is_kept).await;
        self.over(&walked);
        drop(turn);
        (walked, begun)
    }

    async fn end(&self, life: &mut Life<'a>, is_kept: bool) {
        if is_kept && life.plan.tiers.contains(&Tier::Teardown) {
            self.ending.keep(life);
        } else {
            self.ending.end(life).await;
        }
    }

    /// The legs that begin at the snapshot; the answer is what became of each.
    async fn others(&self, handed: oneshot::Receiver<Handed>) -> Vec<Walked> {
        let Ok((legs, handover)) = handed.await else { return Vec::new() };
        let handover = match handover {
            Ok(handover) => handover,
            Err(fault) => {
                legs.iter().for_each(|leg| self.failed_to_begin(*leg, &fault));
                return Vec::new();
            }
        };
        let Place { plan, alone, .. } = *self.place;
        let items = legs.iter().map(|leg| item((plan, self.past), *leg, alone)).collect();
        let tickets = self.admission.queue(items);
        let last = legs.last().copied();
        let walks = legs.into_iter().zip(tickets).map(|(leg, ticket)| {
            let is_kept = self.place.world.keep && collide(plan) && Some(leg) == last;
            Box::pin(self.other((leg, ticket), handover.clone(), is_kept))
        });
        join_all(walks).await
    }

    /// One leg that begins at the snapshot; the answer is what became of it.
    async fn other(
        &self,
        (leg, ticket): (Leg, Ticket<'_>),
        handover: Handover,
        is_kept: bool,
    ) -> Walked {
        let Place { world, plan, alone } = *self.place;
        let mut life = Life::beside(world, plan, (self.number, leg), handover);
        life.alone = alone;
        let tier = tiers_of(plan, leg).next();
        let waits = |on: &str| {
            if let Some(tier) = tier {
                self.bench(tier).waiting(on);
            }
        };
        let turn = match self.place.turn(ticket, &waits).await {
            Ok(turn) => Some(turn),
            // Broken off: the leg's own walk says so.
            Err(NoPlace::Cancelled) => None,
            Err(without @ (NoPlace::Left(_) | NoPlace::Failed(_))) => {
                match without {
                    NoPlace::Failed(fault) => self.failed_to_begin(leg, &fault),
                    NoPlace::Left(reason) => self.left_out(leg, &reason),
                    NoPlace::Cancelled => {}
                }
                // It may be the last leg, which takes what the legs have in common.
                life.leaks =
                    Leaks::begin(world.site.engine.as_ref(), world.site.traces.as_ref()).await;
                self.end(&mut life, false).await;
                return Walked::default();
            }
        };
        let walked = Box::pin(walk(&mut life, async |_, _, _| ())).await;
        self.end(&mut life, is_kept).await;
        self.over(&walked);
        drop(turn);
        walked
    }

    fn bench(&self, tier: Tier) -> Bench<'a> {
        let Place { world, plan, .. } = *self.place;
        Bench::new(world, &plan.head.unit, self.number, tier)
    }

    /// Told while the leg still has its slot: where the run ends with its first red unit, no other begins.
    fn over(&self, walked: &Walked) {
        if !walked.failed.is_empty() || self.ending.is_red() {
            self.admission.red();
        }
    }

    /// Writes down why the other legs did not begin.
    fn not_begun(&self, main: &Life<'a>, walked: &Walked, begun: &[Leg]) {
        for leg in Leg::FROM_SNAPSHOT.into_iter().filter(|leg| !begun.contains(leg)) {
            for tier in tiers_of(main.plan, leg) {
                let unknown = || Outcome::NotRun {
                    reason: "there is no snapshot to restore: the backup tier did not end"
                        .to_owned(),
                };
                let outcome = before(main, tier, &walked.failed).unwrap_or_else(unknown);
                let bench = self.bench(tier);
                bench.say(Event::TierFinished { tier, outcome, millis: 0 });
            }
        }
    }

    /// Writes down that the run does not begin the leg.
    fn left_out(&self, leg: Leg, reason: &str) {
        for tier in tiers_of(self.place.plan, leg) {
            let outcome = Outcome::NotRun { reason: reason.to_owned() };
            self.bench(tier).say(Event::TierFinished { tier, outcome, millis: 0 });
        }
    }

    fn failed_to_begin(&self, leg: Leg, fault: &Fault) {
        for tier in Tier::ALL.into_iter().filter(|tier| Leg::of(*tier) == leg) {
            let bench = self.bench(tier);
            bench.say(Event::TierStarted { tier });
            let outcome = Outcome::Failed { fault: fault.clone() };
            bench.note("snapshot_at_hand", outcome, 0, Vec::new());
            bench.say(Event::TierFinished { tier, outcome: bench.outcome(), millis: 0 });
        }
    }
}
