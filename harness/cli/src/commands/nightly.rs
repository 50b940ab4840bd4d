//! `cc-ci nightly`

use std::path::Path;

use cc_ci_model::{Outcome, RecipeName};
use cc_ci_plan::{Asked, Wish};
use cc_ci_runner::{Refused, RunRequest};
use cc_ci_session::{Failure, Job, Killed, Kind, keep_part, new_run, run_folder};

use super::Context;
use super::units::carry_out;
use crate::args::Nightly;

pub(super) async fn run(context: &Context<'_>, args: Nightly) -> Result<u8, Failure> {
    if let Some(folder) = args.resume.clone() {
        return resume(context, args, &folder).await;
    }
    let catalogue = &context.session.settings.catalogue;
    let names = match &args.changed_since {
        None => catalogue.names()?,
        Some(since) => {
            let names = catalogue.changed_since(since).await?;
            if names.is_empty() {
                let said = format!("no recipe differs from {since}: nothing to run");
                context.printer.data(&serde_json::json!({ "units": [] }), &said);
                return Ok(0);
            }
            names
        }
    };
    in_order(context, args, names).await
}

/// Resumes the killed night in `folder`.
async fn resume(context: &Context<'_>, args: Nightly, folder: &Path) -> Result<u8, Failure> {
    let session = &context.session;
    let killed = Killed::read(&run_folder(session.settings, folder)?)?;
    killed.clear(session).await?;
    let Nightly { pace, granting, output, .. } = args;
    let request = RunRequest {
        units: killed.plan(session, &granting.grants).await?,
        attempts: 1,
        schedule: pace.schedule(),
        fail_fast: pace.fail_fast,
        resume: true,
        ..RunRequest::default()
    };
    let folders = killed.folders(output.docs);
    let (run, phase, reaper) = (killed.run, killed.phase, !pace.no_reaper);
    let job = Job { run, phase, request, keep: false, folders, reaper, publish: true };
    carry_out(context, job, output.fail_on_flake).await.map(|(code, _)| code)
}

/// As [`run`], for the recipes `names` in this order.
pub(super) async fn in_order(
    context: &Context<'_>,
    args: Nightly,
    names: Vec<String>,
) -> Result<u8, Failure> {
    let Nightly { phase, changed_since: _, resume: _, shard, pace, granting, output } = args;
    RecipeName::new(phase.as_str()).map_err(|error| {
        Failure::usage(error)
            .context("--phase becomes part of a file name")
            .hint("give a plain word, as in --phase t1")
    })?;
    let run = new_run()?;
    if names.is_empty() {
        // A night without recipes would look green, so it is an error.
        return Err(Failure::message(Kind::Usage, "there is no recipe under recipes/")
            .hint("a recipe is a folder with recipe.toml and versions/<version>/compose.yml"));
    }
    let wish = Wish { grants: granting.grants, ..Wish::default() };
    let (schedule, fail_fast) = (pace.schedule(), pace.fail_fast);
    let mut request = RunRequest { attempts: 1, schedule, fail_fast, ..RunRequest::default() };
    for name in names {
        let asked = Asked { recipe: name, version: None };
        match context.session.plan(&run, &asked, &wish).await {
            Ok(planned) => {
                let unit = planned.unit;
                // The images of the first unit are made first.
                if let Some(making) = &context.session.making {
                    unit.substitutes.values().for_each(|name| making.want(name));
                }
                request.units.push(unit);
            }
            // A recipe that cannot be planned does not stop the others.
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
    let folders = output.folders();
    let job = Job { run, phase, request, keep, folders, reaper, publish: true };
    carry_out(context, job, output.fail_on_flake).await.map(|(code, _)| code)
}
