//! The same unit again, with nothing else on the node.

use cc_ci_model::{Event, Record};
use cc_ci_plan::UnitPlan;

use crate::Runner;

/// Walks the unit through its tiers again, alone on the node. False where it could not be alone.
pub(super) async fn make(runner: &Runner, plan: &UnitPlan, attempt: u32) -> bool {
    let last = runner.attempt_alone(plan, attempt).await;
    let unit = &plan.head.unit;
    let alone = |record: &Record| {
        record.unit.as_ref() == Some(unit)
            && record.attempt == last
            && record.event == Event::UnitStarted { isolated: true }
    };
    runner.world.journal.read(|records| records.iter().any(alone))
}
