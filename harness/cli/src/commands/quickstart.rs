//! `cc-ci quickstart`

use std::sync::Arc;

use cc_ci_node::images::{Action, Making};

use super::{Context, doctor, images, nightly};
use crate::args::{Nightly, Quickstart};
use crate::error::{CliError, Kind};
use crate::image_progress::ImageProgress;
use crate::node::OWN_IMAGES;
use crate::settings::image_error;

/// The recipe that is tested first: it has the least images, so it gives the first verdict.
const FIRST: &str = "custom-html";

/// Three steps from a bare machine to a report. The recipes begin as soon as the images of the first are there.
pub(super) async fn run(context: &Context<'_>, args: Quickstart) -> Result<u8, CliError> {
    let Context { settings, printer, cancel, .. } = context;
    // Before minutes are spent on a machine, the cheap mistakes.
    let definitions = settings.images()?;
    let catalogue = definitions.all().map_err(image_error)?.clone();
    let making = Arc::new(Making::building(catalogue, &[]).map_err(image_error)?);

    printer.talk("1/3 the machine");
    let fixed = doctor::mend(context, args.yes).await?;
    if !fixed.commands.is_empty() {
        let error = CliError::message(Kind::Machine, "this machine has to be prepared by hand");
        return Err(fixed.commands.into_iter().fold(error, CliError::hint));
    }
    printer.talk("2/3 the images, those that are needed first before the others");
    let engine = images::reached(context).await?;
    OWN_IMAGES.iter().for_each(|name| making.want(name));
    let progress = ImageProgress::beside_a_run(*printer);
    let context = Context {
        settings,
        printer: *printer,
        cancel: cancel.clone(),
        making: Some(making.clone()),
    };
    let made = async {
        let made = images::made(&context, engine.as_ref(), &making, &progress).await;
        if let Ok(built) = &made {
            let new = built.iter().filter(|image| image.action == Action::Built).count();
            let all = built.len();
            printer.talk(&format!("{new} of {all} images built, the others were up to date"));
        }
        made
    };
    printer.talk("3/3 the recipes, each as soon as its images are there");
    let names = first(settings.catalogue().names()?);
    let (phase, output) = ("quickstart".to_owned(), args.output);
    let night = nightly::in_order(&context, Nightly { phase, output, ..Nightly::default() }, names);
    let (made, code) = tokio::join!(made, night);
    // What became of the recipes says more than an image that one of them lacked.
    match (code?, made) {
        (0, Err(error)) => Err(error),
        (code, _) => Ok(code),
    }
}

/// The names with [`FIRST`] in front.
fn first(mut names: Vec<String>) -> Vec<String> {
    names.sort_by_key(|name| name != FIRST);
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recipe_with_the_least_images_comes_first() {
        let names = |names: [&str; 3]| names.map(str::to_owned).to_vec();
        let ordered = first(names(["canaille", "custom-html", "wordpress"]));
        assert_eq!(ordered, names(["custom-html", "canaille", "wordpress"]));
    }
}
