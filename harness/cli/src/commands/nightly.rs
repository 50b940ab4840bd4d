//! `cc-ci nightly`

use cc_ci_model::{Outcome, RecipeName};
use cc_ci_plan::{Asked, Wish};
use cc_ci_runner::{Refused, RunRequest};

use super::Context;
use super::units::{Job, carry_out, new_run};
use crate::args::Nightly;
use crate::error::{CliError, Kind};

pub(super) async fn run(context: &Context<'_>, args: Nightly) -> Result<u8, CliError> {
    let Nightly { phase, pace, granting, output } = args;
    RecipeName::new(phase.as_str()).map_err(|error| {
        CliError::usage(anyhow::Error::new(error).context("--phase becomes part of a file name"))
            .hint("give a plain word, as in --phase t1")
    })?;
    let run = new_run()?;
    let names = context.settings.catalogue().names()?;
    if names.is_empty() {
        // An empty night looks like a green one; it is a mistake.
        return Err(CliError::message(Kind::Usage, "there is no recipe under recipes/")
            .hint("a recipe is a folder with recipe.toml and versions/<version>/compose.yml"));
    }
    let wish = Wish { grants: granting.grants, ..Wish::default() };
    let mut request =
        RunRequest { attempts: 1, schedule: pace.schedule(), ..RunRequest::default() };
    for name in names {
        let asked = Asked { recipe: name, version: None };
        match context.plan(&run, &asked, &wish).await {
            Ok(unit) => request.units.push(unit),
            // One recipe that cannot be read does not cost the others their night.
            Err(error) => {
                let recipe = asked.slug();
                let Some(fault) = error.fault() else { return Err(error) };
                let outcome = Outcome::Failed { fault };
                request.refused.push(Refused { recipe, version: None, outcome });
            }
        }
    }
    carry_out(context, Job { run, phase, request, keep: false, output, publish: true }).await
}
