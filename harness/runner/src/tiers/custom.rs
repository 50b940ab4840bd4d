//! The recipe's own checks.

use cc_ci_model::Tier;
use cc_ci_suite::CheckSpec;

use crate::bench::{Bench, Stop};
use crate::life::Life;

/// The suite's checks for this tier.
pub(super) fn checks<'a>(life: &'a Life<'_>) -> impl Iterator<Item = &'a CheckSpec> {
    life.plan.suite.checks.iter().filter(|check| check.tier == Tier::Custom)
}

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    super::checks(bench, life).await
}
