//! `cc-ci nightly`

use std::collections::BTreeSet;

use cc_ci_model::{Outcome, RecipeName};
use cc_ci_plan::{Asked, Wish};
use cc_ci_runner::{Refused, RunRequest, predicted};
use cc_ci_schedule::{Shard, shard};

use super::Context;
use super::units::{Job, carry_out, new_run};
use crate::args::Nightly;
use crate::error::{CliError, Kind};

pub(super) async fn run(context: &Context<'_>, args: Nightly) -> Result<u8, CliError> {
    let names = context.settings.catalogue().names()?;
    in_order(context, args, names).await
}

/// As [`run`], for the recipes `names` in this order.
pub(super) async fn in_order(
    context: &Context<'_>,
    args: Nightly,
    names: Vec<String>,
) -> Result<u8, CliError> {
    let Nightly { phase, shard, pace, granting, output } = args;
    RecipeName::new(phase.as_str()).map_err(|error| {
        CliError::usage(anyhow::Error::new(error).context("--phase becomes part of a file name"))
            .hint("give a plain word, as in --phase t1")
    })?;
    let run = new_run()?;
    if names.is_empty() {
        // An empty night looks like a green one; it is a mistake.
        return Err(CliError::message(Kind::Usage, "there is no recipe under recipes/")
            .hint("a recipe is a folder with recipe.toml and versions/<version>/compose.yml"));
    }
    let wish = Wish { grants: granting.grants, ..Wish::default() };
    let (schedule, fail_fast) = (pace.schedule(), pace.fail_fast);
    let mut request = RunRequest { attempts: 1, schedule, fail_fast, ..RunRequest::default() };
    for name in names {
        let asked = Asked { recipe: name, version: None };
        match context.plan(&run, &asked, &wish).await {
            Ok(unit) => {
                // The images of the first unit are made first.
                if let Some(making) = &context.making {
                    unit.substitutes.values().for_each(|name| making.want(name));
                }
                request.units.push(unit);
            }
            // One recipe that cannot be read does not cost the others their night.
            Err(error) => {
                let recipe = asked.slug();
                let Some(fault) = error.fault() else { return Err(error) };
                let outcome = Outcome::Failed { fault };
                request.refused.push(Refused { recipe, version: None, outcome });
            }
        }
    }
    if let Some(part) = shard {
        keep_part(&mut request, part)?;
    }
    let (keep, reaper) = (false, !pace.no_reaper);
    carry_out(context, Job { run, phase, request, keep, output, reaper, publish: true }).await
}

/// Leaves out what belongs to other parts of the night. A recipe that cannot be planned takes no time.
fn keep_part(request: &mut RunRequest, part: Shard) -> Result<(), CliError> {
    let units = request.units.iter().map(|unit| (unit.head.recipe.to_string(), predicted(unit)));
    let refused = request.refused.iter().map(|refused| (refused.recipe.to_string(), 0));
    let all: Vec<_> = units.chain(refused).collect();
    let kept: BTreeSet<_> = shard(&all, part).into_iter().collect();
    if kept.is_empty() {
        let message = format!("no recipe belongs to part {part}: there are {}", all.len());
        return Err(CliError::message(Kind::Usage, message).hint("ask for fewer parts"));
    }
    let mut at = 0..;
    let mut keep = || at.next().is_some_and(|at| kept.contains(&at));
    request.units.retain(|_| keep());
    request.refused.retain(|_| keep());
    Ok(())
}
