//! `cc-ci images`

use std::fmt::Write as _;

use cc_ci_node::images::{Action, Built, Listed, Making};
use cc_ci_session::{Failure, while_it_answers};

use super::Context;
use crate::args::Images;
use crate::image_progress::ImageProgress;

pub(super) async fn run(context: &Context<'_>, args: &Images) -> Result<u8, Failure> {
    match args {
        Images::Build { names } => {
            let built = build(context, names).await?;
            context.printer.data(&built, &lines(&built));
        }
        Images::Push { names } => {
            let (engine, images) =
                (context.session.engine().await?, context.session.settings.images()?);
            let catalogue = images.all()?;
            let making = Making::sending(catalogue.clone(), names)?;
            let progress = ImageProgress::of(context.printer, false);
            let pushed = context.session.make(engine.as_ref(), &making, &progress).await?;
            context.printer.data(&pushed, &lines(&pushed));
        }
        Images::List => {
            let listed = tokio::select! {
                listed = listed(context) => listed?,
                () = context.session.cancel.cancelled() => return Err(Failure::cancelled()),
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

async fn listed(context: &Context<'_>) -> Result<Vec<Listed>, Failure> {
    let settings = context.session.settings;
    let (docker, images) = (settings.endpoint.docker().await?, settings.images()?);
    let catalogue = images.all()?;
    let listed = async { Ok(catalogue.list(&docker, &settings.node).await?) };
    while_it_answers(&docker, listed).await
}

/// Builds what has changed; says on stderr what it does.
async fn build(context: &Context<'_>, names: &[String]) -> Result<Vec<Built>, Failure> {
    let (engine, images) = (context.session.engine().await?, context.session.settings.images()?);
    let catalogue = images.all()?;
    let making = Making::building(catalogue.clone(), names)?;
    let progress = ImageProgress::of(context.printer, false);
    context.session.make(engine.as_ref(), &making, &progress).await
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
