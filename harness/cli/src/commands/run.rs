//! `cc-ci run`

use cc_ci_plan::{Asked, UnitPlan, Wish};
use cc_ci_runner::RunRequest;
use cc_ci_session::{Early, Failure, Job, Kind, new_run};

use super::Context;
use super::units::carry_out;
use crate::args::Run;

pub(super) async fn run(context: &Context<'_>, args: Run) -> Result<u8, Failure> {
    let run = new_run()?;
    let (from, tiers, grants) = (args.from, args.tiers, args.granting.grants);
    let wish = Wish { from, tiers, grants, ..Wish::default() };
    if wish.from.is_some() && args.recipes.len() > 1 {
        let message = "--from names a version of one recipe, but several recipes are given";
        return Err(Failure::message(Kind::Usage, message).hint("run the recipes one by one"));
    }
    let (phase, folders) = ("run".to_owned(), args.output.folders());
    let mut early = Early { run, phase, folders, planned: Vec::new() };
    let mut units = Vec::new();
    for text in &args.recipes {
        let asked = Asked::parse(text);
        let planned = context.session.plan(&early.run, &asked, &wish).await;
        let planned =
            planned.map_err(|error| early.refused(&context.session, asked.slug(), error))?;
        let unit = planned.unit;
        if units.iter().any(|known: &UnitPlan| known.head.unit == unit.head.unit) {
            let message = format!("{} is given twice", unit.head.unit);
            return Err(Failure::message(Kind::Usage, message)
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
    let (Early { run, phase, folders, .. }, keep) = (early, args.keep);
    let reaper = !args.pace.no_reaper;
    let job = Job { run, phase, request, keep, folders, reaper, publish: false };
    carry_out(context, job, args.output.fail_on_flake).await.map(|(code, _)| code)
}
