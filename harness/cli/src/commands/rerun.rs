//! `cc-ci rerun`

use std::path::Path;

use cc_ci_model::{Event, Record, UnitHead};
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
        let (from, tiers) = (args.from.clone(), args.tiers.clone());
        let wish = Wish { from, tiers, ..Wish::default() };
        vec![(Asked::parse(&args.what), wish)]
    };
    let run = new_run()?;
    let mut units = Vec::new();
    for (asked, mut wish) in wanted {
        // What is typed now wins over what was asked for then.
        wish.from = args.from.clone().or(wish.from);
        if !args.tiers.is_empty() {
            wish.tiers.clone_from(&args.tiers);
        }
        // Only what is typed now is granted: a run's folder can come from anywhere.
        wish.grants.clone_from(&args.granting.grants);
        units.push(context.planned(plan(context.settings, &run, &asked, &wish).await?));
    }
    let attempts = args.times;
    let request = RunRequest { units, isolated: true, attempts, ..RunRequest::default() };
    let (phase, output) = ("rerun".to_owned(), args.output);
    carry_out(context, Job { run, phase, request, keep: false, output, publish: false }).await
}

/// The units of a run that were not green, or those that `case` belongs to, each as it was asked
/// for then.
fn red_units(folder: &Path, case: Option<&str>) -> Result<Vec<(Asked, Wish)>, CliError> {
    let records: Vec<Record> = records_of(folder)?;
    let run = Run::from_records(&records).map_err(CliError::usage)?;
    let name = case.map(|case| case.split('/').next().unwrap_or(case));
    let fits = |unit: &cc_ci_report::Unit| match name {
        Some(name) => unit.recipe.as_str() == name || unit.name() == name,
        None => unit.outcome != UnitOutcome::Passed || !unit.cases.is_empty(),
    };
    let red: Vec<_> = run.units.iter().filter(|unit| fits(unit)).map(|unit| &unit.id).collect();
    let heads = records.iter().flat_map(|record| match &record.event {
        Event::RunStarted { units, .. } => units.as_slice(),
        _ => &[],
    });
    let again = |head: &UnitHead| {
        let version = head.base.as_ref().map(ToString::to_string);
        let commit = head.base_commit.as_ref().map(|commit| format!("#{commit}"));
        let (from, tiers) = (commit.or(version), head.tiers.clone());
        (Asked::parse(&head.asked), Wish { from, tiers, ..Wish::default() })
    };
    let wanted: Vec<_> =
        heads.filter(|head| red.contains(&&Some(head.unit.clone()))).map(again).collect();
    if wanted.is_empty() {
        let message = match name {
            Some(name) => format!("the run has no unit of {name:?} that was planned"),
            None => "nothing that was planned in this run was red".to_owned(),
        };
        return Err(CliError::message(Kind::Usage, message)
            .hint("`cc-ci rerun RECIPE` runs any recipe alone on the node"));
    }
    Ok(wanted)
}
