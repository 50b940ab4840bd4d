//! What past runs say of the units of a run: handed in as data, and written down before anything goes by it.

use std::collections::BTreeMap;

use cc_ci_model::{Event, Leg, Stalls, UnitId};
use cc_ci_plan::UnitPlan;

use crate::World;

/// What past runs say. Nothing of it is looked up in a run.
#[derive(Debug, Clone, Default)]
pub struct Past {
    /// By unit and leg, where the leg has passed before.
    pub legs: BTreeMap<(UnitId, Leg), PastLeg>,
    /// From when on the node is in trouble, by attempts in which everything passed.
    pub trouble: Stalls,
}

/// What past runs say of one leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PastLeg {
    /// Milliseconds that it will take.
    pub millis: u64,
    /// The most memory that its containers had at once, in bytes.
    pub memory_bytes: Option<u64>,
    /// How many runs say so.
    pub runs: u64,
}

impl Past {
    /// What is known of a leg of `plan`.
    pub(crate) fn leg(&self, plan: &UnitPlan, leg: Leg) -> Option<PastLeg> {
        self.legs.get(&(plan.head.unit.clone(), leg)).copied()
    }

    /// Writes down what the schedule goes by.
    pub(crate) fn tell(&self, world: &World) {
        if self.trouble != Stalls::default() {
            world.journal.write(None, 0, Event::TroubleKnown { from: self.trouble });
        }
        for ((unit, leg), past) in &self.legs {
            let PastLeg { millis, memory_bytes, runs } = *past;
            let (unit, leg) = (unit.clone(), *leg);
            world.journal.write(
                None,
                0,
                Event::Predicted { unit, leg, millis, memory_bytes, runs },
            );
        }
    }
}
