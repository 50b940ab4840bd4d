//! How many recipes per second are read and judged, on one core, as `cc-ci lint` does it: with every
//! overlay laid on the chain, in its long form, and built as for a deploy.

use std::time::{Duration, Instant};

use cc_ci_plan::{Asked, Catalogue, PlanError, judge};
use cc_ci_recipe::Recipe;
use cc_ci_session::{Failure, Kind};
use cc_ci_source::Opened;
use serde::Serialize;
use tempfile::TempDir;

/// Least number of recipes per second: a catalogue of thousands is then judged within seconds.
const GOAL: f64 = 700.0;

/// What was measured.
#[derive(Debug, Serialize)]
pub struct LintSpeed {
    recipes: usize,
    judged: usize,
    seconds: f64,
    per_second: f64,
    goal: f64,
    /// True where the goal is met.
    pub met: bool,
}

impl LintSpeed {
    /// For a reader.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { recipes, judged, seconds, per_second, .. } = self;
        let word = if self.met { "met" } else { "missed" };
        format!(
            "{judged} times one of {recipes} recipes in {seconds:.1} s: {per_second:.0} per second, goal {GOAL} {word}\n"
        )
    }
}

/// A recipe whose files are on the disk.
struct Ready {
    opened: Opened,
    recipe: Recipe,
    _checkout: TempDir,
}

/// Judges the newest version of each recipe again and again for so long; those of the catalogue
/// where none is named.
///
/// # Errors
/// A recipe cannot be opened.
pub async fn lint(
    catalogue: &Catalogue,
    recipes: &[String],
    seconds: u64,
) -> Result<LintSpeed, Failure> {
    let all = if recipes.is_empty() { catalogue.names()? } else { recipes.to_vec() };
    let mut ready = Vec::new();
    for name in &all {
        let opened = catalogue.open(&Asked::parse(name)).await?;
        let checkout = tempfile::tempdir().map_err(|error| Failure::new(Kind::Machine, error))?;
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
    Ok(LintSpeed { recipes: all.len(), judged, seconds, per_second, goal: GOAL, met })
}
