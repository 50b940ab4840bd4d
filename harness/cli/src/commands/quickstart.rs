//! `cc-ci quickstart`

use cc_ci_node::images::Action;

use super::{Context, doctor, images, nightly};
use crate::args::{Nightly, Quickstart};
use crate::error::{CliError, Kind};
use crate::settings::image_error;

/// Three steps from a bare machine to a report.
pub(super) async fn run(context: &Context<'_>, args: Quickstart) -> Result<u8, CliError> {
    let printer = context.printer;
    // Before minutes are spent on a machine, the cheap mistakes.
    context.settings.images()?.all().map_err(image_error)?;

    printer.talk("1/3 the machine");
    let fixed = doctor::mend(context, args.yes).await?;
    if !fixed.commands.is_empty() {
        let error = CliError::message(Kind::Machine, "this machine has to be prepared by hand");
        return Err(fixed.commands.into_iter().fold(error, CliError::hint));
    }
    printer.talk("2/3 the images");
    let built = images::build(context, &[]).await?;
    let new = built.iter().filter(|image| image.action == Action::Built).count();
    printer.talk(&format!("{new} of {} images built, the others are up to date", built.len()));

    printer.talk("3/3 the recipes");
    let (phase, output) = ("quickstart".to_owned(), args.output);
    nightly::run(context, Nightly { phase, output, ..Nightly::default() }).await
}
