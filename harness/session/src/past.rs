//! Reads from the history what past runs say about the units of a run.

use cc_ci_history::{History, HistoryError};
use cc_ci_model::{Leg, Tier};
use cc_ci_plan::UnitPlan;
use cc_ci_runner::{Past, PastLeg};

/// What the history says of these units, leg by leg, on a node with so many bytes of memory for legs.
pub(crate) fn past(
    history: &History,
    units: &[UnitPlan],
    memory: u64,
) -> Result<Past, HistoryError> {
    let mut past = Past { trouble: history.trouble()?, ..Past::default() };
    let legs = |plan| [Leg::Main].into_iter().chain(Leg::FROM_SNAPSHOT).map(move |leg| (plan, leg));
    for (plan, leg) in units.iter().flat_map(legs) {
        let UnitPlan { head, tiers, .. } = plan;
        // Where the ground never held, tiers above it say nothing of how long the leg takes.
        let ground = if leg.is_main() { Tier::Deploy } else { Tier::Backup };
        if history.predict(&head.recipe, ground)?.is_none() {
            continue;
        }
        let Some(time) = history.predict_leg(&head.recipe, leg, tiers)? else { continue };
        let known = PastLeg {
            millis: time.millis,
            // A leg that passed on a larger node may fit here too: a peak holds page cache as well.
            memory_bytes: history.peak(&head.recipe, leg)?.map(|peak| peak.min(memory)),
            runs: time.samples as u64,
        };
        past.legs.insert((head.unit.clone(), leg), known);
    }
    Ok(past)
}
