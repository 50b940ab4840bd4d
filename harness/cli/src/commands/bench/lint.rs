//! How many recipes per second are read and judged, on one core, as `cc-ci lint` does it: with every
//! overlay laid on the chain, in its long form, and built as for a deploy.

use std::time::{Duration, Instant};

use cc_ci_plan::{Asked, PlanError, judge};
use cc_ci_recipe::Recipe;
use cc_ci_source::Opened;
use serde::Serialize;
use tempfile::TempDir;

use super::super::Context;
use crate::error::{CliError, Kind};

/// At least so many recipes per second; a catalogue of thousands is then judged while one waits.
const GOAL: f64 = 700.0;

/// What was measured.
#[derive(Debug, Serialize)]
struct Measured {
    recipes: usize,
    judged: usize,
    seconds: f64,
    per_second: f64,
    goal: f64,
    met: bool,
}

/// A recipe whose files are on the disk.
struct Ready {
    opened: Opened,
    recipe: Recipe,
    _checkout: TempDir,
}

/// Judges the newest version of each recipe again and again for so long; those of the catalogue
/// where none is named.
pub(super) async fn run(
    context: &Context<'_>,
    recipes: &[String],
    seconds: u64,
) -> Result<u8, CliError> {
    let catalogue = context.settings.catalogue();
    let all = if recipes.is_empty() { catalogue.names()? } else { recipes.to_vec() };
    let mut ready = Vec::new();
    for name in &all {
        let opened = catalogue.open(&Asked::parse(name)).await?;
        let checkout = tempfile::tempdir().map_err(|error| CliError::new(Kind::Machine, error))?;
        let recipe = opened.recipe(checkout.path(), &[&opened.head]).await;
        let recipe = recipe.map_err(PlanError::from)?;
        ready.push(Ready { opened, recipe, _checkout: checkout });
    }
    let (started, limit) = (Instant::now(), Duration::from_secs(seconds));
    let mut judged = 0;
    while started.elapsed() < limit {
        for Ready { opened, recipe, .. } in &ready {
            judge(recipe, opened, &opened.head, None)?;
            judged += 1;
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let per_second = f64::from(u32::try_from(judged).unwrap_or(u32::MAX)) / seconds;
    let met = per_second >= GOAL;
    let measured = Measured { recipes: all.len(), judged, seconds, per_second, goal: GOAL, met };
    let word = if met { "met" } else { "missed" };
    let text = format!(
        "{judged} times one of {} recipes in {seconds:.1} s: {per_second:.0} per second, goal {GOAL} {word}\n",
        all.len()
    );
    context.printer.data(&measured, &text);
    Ok(if met { 0 } else { Kind::Bug.code() })
}
