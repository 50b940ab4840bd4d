//! `cc-ci images`

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use cc_ci_engine::Engine;
use cc_ci_node::images::{Action, Built, Listed, Making};
use cc_ci_node::infra::writer;

use super::Context;
use crate::args::Images;
use crate::error::CliError;
use crate::image_progress::ImageProgress;
use crate::node::{docker, engine, while_it_answers};
use crate::settings::image_error;

/// Time to remove the registry's writer after the user broke off.
const CLOSING: Duration = Duration::from_secs(5);

pub(super) async fn run(context: &Context<'_>, args: &Images) -> Result<u8, CliError> {
    match args {
        Images::Build { names } => {
            let built = build(context, names).await?;
            context.printer.data(&built, &lines(&built));
        }
        Images::Push { names } => {
            let (engine, images) = (reached(context).await?, context.settings.images()?);
            let catalogue = images.all().map_err(image_error)?;
            let making = Making::sending(catalogue.clone(), names).map_err(image_error)?;
            let progress = ImageProgress::of(context.printer);
            let pushed = made(context, engine.as_ref(), &making, &progress).await?;
            context.printer.data(&pushed, &lines(&pushed));
        }
        Images::List => {
            let listed = tokio::select! {
                listed = listed(context) => listed?,
                () = context.cancel.cancelled() => return Err(CliError::cancelled()),
            };
            let mut text = String::new();
            for image in &listed {
                let name = format!("{}:{}", image.name, image.tag);
                let state = match (image.built, image.pushed) {
                    (_, true) => "in the registry",
                    (true, false) => "built, not pushed",
                    (false, false) => "not built",
                };
                let size =
                    image.bytes.map_or_else(String::new, |b| format!("{} MB", b / 1_000_000));
                let _ = writeln!(text, "{name:18} {state:18} {size:>8}  {}", image.description);
            }
            context.printer.data(&listed, &text);
        }
    }
    Ok(0)
}

/// Reaches the engine, until the user breaks off.
pub(super) async fn reached(context: &Context<'_>) -> Result<Arc<dyn Engine>, CliError> {
    tokio::select! {
        engine = engine() => engine,
        () = context.cancel.cancelled() => Err(CliError::cancelled()),
    }
}

async fn listed(context: &Context<'_>) -> Result<Vec<Listed>, CliError> {
    let (docker, images) = (docker().await?, context.settings.images()?);
    let catalogue = images.all().map_err(image_error)?;
    let listed =
        async { catalogue.list(&docker, &context.settings.node).await.map_err(image_error) };
    while_it_answers(&docker, listed).await
}

/// Builds what has changed; says on stderr what it does.
pub(super) async fn build(context: &Context<'_>, names: &[String]) -> Result<Vec<Built>, CliError> {
    let (engine, images) = (reached(context).await?, context.settings.images()?);
    let catalogue = images.all().map_err(image_error)?;
    let making = Making::building(catalogue.clone(), names).map_err(image_error)?;
    made(context, engine.as_ref(), &making, &ImageProgress::of(context.printer)).await
}

/// Makes images, for which the registry's writer may be opened, until the user breaks it off.
pub(super) async fn made(
    context: &Context<'_>,
    engine: &dyn Engine,
    making: &Making,
    progress: &ImageProgress,
) -> Result<Vec<Built>, CliError> {
    tokio::select! {
        done = making.run(engine, &context.settings.node, progress) => done.map_err(image_error),
        () = context.cancel.cancelled() => {
            // The work was dropped half-way, and with it whatever would have closed the writer. An engine
            // that hangs is not waited for: the next command that needs the registry removes the writer.
            let stray = writer::remove_stray(engine, &context.settings.node);
            match tokio::time::timeout(CLOSING, stray).await {
                Ok(removed) => removed?,
                Err(_) => context.printer.talk("warning: the registry's writer may still be there"),
            }
            Err(CliError::cancelled())
        }
    }
}

fn lines(built: &[Built]) -> String {
    let mut text = String::new();
    for image in built {
        let action = match image.action {
            Action::Built => "built",
            Action::Pushed => "pushed",
            Action::UpToDate => "up to date",
        };
        let _ = writeln!(
            text,
            "{:18} {action:10} {:>6.1} s  {}",
            image.name, image.seconds, image.digest
        );
    }
    text
}
