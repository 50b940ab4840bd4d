//! What past runs say of the units of a run, out of the history.

use cc_ci_history::{History, HistoryError};
use cc_ci_model::Leg;
use cc_ci_plan::UnitPlan;
use cc_ci_runner::{Past, PastLeg};

/// What the history says of these units, leg by leg.
pub(crate) fn past(history: &History, units: &[UnitPlan]) -> Result<Past, HistoryError> {
    let mut past = Past { trouble: history.trouble()?, ..Past::default() };
    let legs = |plan| [Leg::Main].into_iter().chain(Leg::FROM_SNAPSHOT).map(move |leg| (plan, leg));
    for (plan, leg) in units.iter().flat_map(legs) {
        let UnitPlan { head, tiers, .. } = plan;
        let Some(time) = history.predict_leg(&head.recipe, leg, tiers)? else { continue };
        let known = PastLeg {
            millis: time.millis,
            memory_bytes: history.peak(&head.recipe, leg)?,
            runs: time.samples as u64,
        };
        past.legs.insert((head.unit.clone(), leg), known);
    }
    Ok(past)
}
