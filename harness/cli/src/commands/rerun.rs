//! `cc-ci rerun`

use std::path::Path;

use cc_ci_model::Record;
use cc_ci_report::{Run, UnitOutcome};
use cc_ci_runner::RunRequest;

use super::Context;
use super::units::{Job, carry_out, new_run, records_of, run_folder};
use crate::args::Rerun;
use crate::catalogue::Asked;
use crate::error::{CliError, Kind};
use crate::plan::{Wish, plan};

pub(super) async fn run(context: &Context<'_>, args: Rerun) -> Result<u8, CliError> {
    let typed = Path::new(&args.what);
    let is_run = args.what == "latest" || typed.join("events.jsonl").is_file();
    let wanted = if is_run {
        let folder = run_folder(context.settings, typed)?;
        red_units(&folder, args.case.as_deref())?
    } else {
        if args.case.is_some() {
            let message = format!("a case needs a run, and {} is none", args.what);
            return Err(
                CliError::message(Kind::Usage, message).hint("give the run's folder, or `latest`")
            );
        }
        vec![(args.what.clone(), None)]
    };
    let run = new_run();
    let mut units = Vec::new();
    for (recipe, from) in wanted {
        let wish = Wish { from, tiers: Vec::new() };
        units.push(plan(context.settings, &run, &Asked::parse(&recipe), &wish)?);
    }
    let attempts = args.times;
    let request = RunRequest { units, isolated: true, attempts, ..RunRequest::default() };
    let (phase, output) = ("rerun".to_owned(), args.output);
    carry_out(context, Job { run, phase, request, keep: false, output, publish: false }).await
}

/// The units of a run that were not green, or the one that `case` belongs to, each with its base.
fn red_units(folder: &Path, case: Option<&str>) -> Result<Vec<(String, Option<String>)>, CliError> {
    let records: Vec<Record> = records_of(folder)?;
    let run = Run::from_records(&records).map_err(CliError::usage)?;
    let recipe = case.map(|case| case.split('/').next().unwrap_or(case));
    let mut wanted = Vec::new();
    for unit in &run.units {
        let Some(rerun) = &unit.rerun else { continue };
        let fits = match recipe {
            Some(recipe) => unit.recipe.as_str() == recipe,
            None => unit.outcome != UnitOutcome::Passed || !unit.cases.is_empty(),
        };
        if fits {
            // The rerun command ends with what was typed then, path and version.
            let typed = rerun.rsplit(' ').next().unwrap_or_default().to_owned();
            wanted.push((typed, unit.base.as_ref().map(ToString::to_string)));
        }
    }
    if wanted.is_empty() {
        let message = match recipe {
            Some(recipe) => format!("the run has no unit of {recipe:?}"),
            None => "nothing in this run was red".to_owned(),
        };
        return Err(CliError::message(Kind::Usage, message)
            .hint("`cc-ci rerun RECIPE` runs any recipe alone on the node"));
    }
    Ok(wanted)
}
