//! `cc-ci quickstart`

use std::sync::Arc;

use cc_ci_node::images::{Action, Making};
use cc_ci_session::{Failure, Kind, OWN_IMAGES, Session};

use super::{Context, doctor, nightly};
use crate::args::{Nightly, Quickstart};
use crate::image_progress::ImageProgress;

/// The recipe that is tested first: it has the least images, so it gives the first verdict.
const FIRST: &str = "custom-html";

/// Three steps from a bare machine to a report. The recipes begin as soon as the images of the first are there.
pub(super) async fn run(context: &Context<'_>, args: Quickstart) -> Result<u8, Failure> {
    let Context { session, printer } = context;
    // Mistakes in the definitions are found before minutes are spent on the machine.
    let definitions = session.settings.images()?;
    let catalogue = definitions.all()?.clone();
    let making = Arc::new(Making::building(catalogue, &[])?);

    printer.talk("1/3 the machine");
    let fixed = doctor::mend(context, args.yes).await?;
    if !fixed.commands.is_empty() {
        let error = Failure::message(Kind::Machine, "this machine has to be prepared by hand");
        return Err(fixed.commands.into_iter().fold(error, Failure::hint));
    }
    printer.talk("2/3 the images, those that are needed first before the others");
    let engine = session.engine().await?;
    OWN_IMAGES.iter().for_each(|name| making.want(name));
    let progress = ImageProgress::of(*printer, true);
    let session = Session { making: Some(making.clone()), ..session.clone() };
    let context = Context { session, printer: *printer };
    let made = async {
        let made = context.session.make(engine.as_ref(), &making, &progress).await;
        if let Ok(built) = &made {
            let new = built.iter().filter(|image| image.action == Action::Built).count();
            let all = built.len();
            printer.talk(&format!("{new} of {all} images built, the others were up to date"));
        }
        made
    };
    printer.talk("3/3 the recipes, each as soon as its images are there");
    let names = first(context.session.settings.catalogue.names()?);
    let (phase, output) = ("quickstart".to_owned(), args.output);
    let night = nightly::in_order(&context, Nightly { phase, output, ..Nightly::default() }, names);
    let (made, code) = tokio::join!(made, night);
    // The exit code of the recipes comes first: an image that could not be made shows in the recipe that needs
    // it.
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
