//! `cc-ci run`

use cc_ci_plan::{Asked, UnitPlan, Wish};
use cc_ci_runner::RunRequest;

use super::Context;
use super::record::Early;
use super::units::{Job, carry_out, new_run};
use crate::args::Run;
use crate::error::{CliError, Kind};

pub(super) async fn run(context: &Context<'_>, args: Run) -> Result<u8, CliError> {
    let run = new_run()?;
    let (from, tiers, grants) = (args.from, args.tiers, args.granting.grants);
    let wish = Wish { from, tiers, grants, ..Wish::default() };
    if wish.from.is_some() && args.recipes.len() > 1 {
        let message = "--from names a version of one recipe, but several recipes are given";
        return Err(CliError::message(Kind::Usage, message).hint("run the recipes one by one"));
    }
    let (phase, output) = ("run".to_owned(), args.output);
    let mut early = Early { run, phase, output, planned: Vec::new() };
    let mut units = Vec::new();
    for text in &args.recipes {
        let asked = Asked::parse(text);
        let unit = context.plan(&early.run, &asked, &wish).await;
        let unit = unit.map_err(|error| early.refused(context, asked.slug(), error))?;
        if units.iter().any(|known: &UnitPlan| known.head.unit == unit.head.unit) {
            let message = format!("{} is given twice", unit.head.unit);
            return Err(CliError::message(Kind::Usage, message)
                .hint("`cc-ci rerun RECIPE -n 2` runs a recipe twice"));
        }
        early.planned.push(unit.head.clone());
        units.push(unit);
    }
    let isolated = args.isolated;
    let request = RunRequest {
        units,
        isolated,
        attempts: 1,
        schedule: args.pace.schedule(),
        fail_fast: args.pace.fail_fast,
        ..RunRequest::default()
    };
    let (Early { run, phase, output, .. }, keep) = (early, args.keep);
    let reaper = !args.pace.no_reaper;
    carry_out(context, Job { run, phase, request, keep, output, reaper, publish: false }).await
}
