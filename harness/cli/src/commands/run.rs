//! `cc-ci run`

use cc_ci_runner::RunRequest;

use super::Context;
use super::units::{Job, carry_out, new_run};
use crate::args::Run;
use crate::catalogue::Asked;
use crate::error::{CliError, Kind};
use crate::plan::{Wish, plan};

pub(super) async fn run(context: &Context<'_>, args: Run) -> Result<u8, CliError> {
    let run = new_run()?;
    let wish = Wish { from: args.from, tiers: args.tiers, grants: args.granting.grants };
    if wish.from.is_some() && args.recipes.len() > 1 {
        let message = "--from names a version of one recipe, but several recipes are given";
        return Err(CliError::message(Kind::Usage, message).hint("run the recipes one by one"));
    }
    let mut units = Vec::new();
    for text in &args.recipes {
        let unit = context.planned(plan(context.settings, &run, &Asked::parse(text), &wish).await?);
        if units.iter().any(|known: &cc_ci_suite::UnitPlan| known.head.unit == unit.head.unit) {
            let message = format!("{} is given twice", unit.head.unit);
            return Err(CliError::message(Kind::Usage, message)
                .hint("`cc-ci rerun RECIPE -n 2` runs a recipe twice"));
        }
        units.push(unit);
    }
    let isolated = args.isolated;
    let request = RunRequest { units, isolated, attempts: 1, ..RunRequest::default() };
    let phase = "run".to_owned();
    let (keep, output) = (args.keep, args.output);
    carry_out(context, Job { run, phase, request, keep, output, publish: false }).await
}
