//! `cc-ci config`

use std::collections::BTreeMap;
use std::path::Path;

use cc_ci_engine::stack::service_object;
use cc_ci_model::{RunId, ServiceSpec, StackName, UnitId};
use cc_ci_plan::scratch::Scratch;
use cc_ci_plan::{Asked, PlanError, Powers, label};
use cc_ci_recipe::{Input, Instance, RecipeError};
use cc_ci_session::{Failure, Kind};
use cc_ci_source::Opened;

use super::Context;
use crate::args::Config;

/// Prints the merged, interpolated stack, or with `--spec` the services as they would be sent.
pub(super) async fn run(context: &Context<'_>, args: &Config) -> Result<u8, Failure> {
    let asked = Asked::parse(&args.recipe);
    let opened = open(context, &asked, &args.compose).await?;
    let head = match &asked.version {
        Some(wanted) => opened.version(wanted).map_err(PlanError::from)?,
        None => &opened.head,
    };
    let scratch = Scratch::make(&context.session.settings.temp)
        .map_err(|error| Failure::new(Kind::Machine, error))?;
    let recipe = opened.recipe(scratch.path(), &[head]).await;
    let recipe = recipe.map_err(PlanError::from)?;

    let run = RunId::new("config").map_err(Failure::bug)?;
    let stack = StackName::derive(&run, &UnitId::of(&recipe.name, &head.version));
    let settings = BTreeMap::new();
    let domain = format!("{stack}.cc-ci.test");
    let folder = recipe.folder(&head.version);
    let input = Input {
        folder: &folder,
        env_file: args.env.as_deref(),
        files: &args.compose,
        instance: Instance { stack: &stack, domain: &domain, settings: &settings },
    };
    let talk = |what: &str, names: &[String]| {
        if !names.is_empty() {
            context.printer.talk(&format!("{what}: {}", names.join(", ")));
        }
    };
    // The stack is printed even if it cannot be deployed. Warnings go to stderr.
    if let Ok(resolved) = input.stack() {
        resolved.mapped.iter().for_each(|said| context.printer.talk(&format!("warning: {said}")));
        let powers = Powers {
            manifest: &opened.manifest,
            trust: context.session.settings.catalogue.trust(&asked),
            typed: &args.granting.grants,
            root: context.session.settings.catalogue.root().given(),
        };
        for refusal in powers.review([(&resolved, domain.as_str())])?.refused {
            context.printer.talk(&format!("warning: a run would refuse this: {refusal}"));
        }
    }
    if args.spec {
        let mut resolved = input.stack().map_err(unreadable)?;
        label(&mut resolved.spec, &recipe.name, head);
        talk("ignored by Swarm", &resolved.ignored);
        talk("variables without a value", &resolved.unset);
        let sent = |key: &String, service: &ServiceSpec| {
            let object = service_object(&resolved.spec, key, service, &[]);
            (object.name, object.spec)
        };
        let services = resolved.spec.services.iter().map(|(key, service)| sent(key, service));
        let services: BTreeMap<_, _> = services.collect();
        let text = serde_json::to_string_pretty(&services).map_err(Failure::bug)?;
        context.printer.raw(&text);
        return Ok(0);
    }
    let rendered = input.config().map_err(unreadable)?;
    talk("ignored by Swarm", &rendered.ignored);
    talk("variables without a value", &rendered.unset);
    if let Some(refused) = &rendered.refused {
        context.printer.talk(&format!("warning: a deploy would refuse this: {refused}"));
    }
    let json = context.printer.is_json();
    context.printer.raw(&if json { rendered.json() } else { rendered.yaml() });
    Ok(0)
}

/// Opens the recipe. A folder whose compose files are named one by one need not have the file names of a
/// recipe.
async fn open(context: &Context<'_>, asked: &Asked, compose: &[String]) -> Result<Opened, Failure> {
    let opened = context.session.settings.catalogue.open(asked).await;
    let folder = Path::new(&asked.recipe);
    let loose = !asked.is_name() && compose.first().is_some_and(|file| folder.join(file).is_file());
    match opened {
        Err(_) if loose => Ok(Opened::plain(folder).map_err(PlanError::from)?),
        opened => Ok(opened?),
    }
}

fn unreadable(error: RecipeError) -> Failure {
    Failure::usage(error)
}
