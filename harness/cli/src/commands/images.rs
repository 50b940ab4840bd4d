//! `cc-ci images`

use std::fmt::Write as _;

use cc_ci_node::images::{Action, Built, Catalogue, ImageError};
use cc_ci_node::infra::writer;

use super::Context;
use crate::args::Images;
use crate::error::{CliError, Kind};
use crate::node::engine;

pub(super) async fn run(context: &Context<'_>, args: &Images) -> Result<u8, CliError> {
    match args {
        Images::Build { names } => {
            let built = build(context, names).await?;
            context.printer.data(&built, &lines(&built));
        }
        Images::Push { names } => {
            let (engine, catalogue) = (engine().await?, catalogue(context)?);
            let node = &context.settings.node;
            let progress = progress(context);
            let pushed = catalogue.push(engine.as_ref(), node, names, &progress).await;
            let pushed = pushed.map_err(image_error)?;
            context.printer.data(&pushed, &lines(&pushed));
        }
        Images::List => {
            let (engine, catalogue) = (engine().await?, catalogue(context)?);
            let listed = catalogue.list(engine.as_ref(), &context.settings.node).await;
            let listed = listed.map_err(image_error)?;
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

/// Builds what has changed; says on stderr what it does.
pub(super) async fn build(context: &Context<'_>, names: &[String]) -> Result<Vec<Built>, CliError> {
    let (engine, catalogue) = (engine().await?, catalogue(context)?);
    let progress = progress(context);
    let built = catalogue.build(engine.as_ref(), &context.settings.node, names, &progress);
    tokio::select! {
        built = built => built.map_err(image_error),
        () = context.cancel.cancelled() => {
            // The build was dropped half-way, and with it whatever would have closed the writer.
            writer::remove_stray(engine.as_ref(), &context.settings.node).await?;
            Err(CliError::cancelled())
        }
    }
}

fn catalogue(context: &Context<'_>) -> Result<Catalogue, CliError> {
    context.settings.root()?;
    Catalogue::load(&context.settings.node.images).map_err(image_error)
}

fn progress(context: &Context<'_>) -> impl Fn(&str) + Send + Sync + use<> {
    let printer = context.printer;
    move |line: &str| printer.talk(&format!("  {line}"))
}

fn image_error(error: ImageError) -> CliError {
    let usage = matches!(error, ImageError::Unknown { .. } | ImageError::Manifest { .. });
    CliError::new(if usage { Kind::Usage } else { Kind::Machine }, error)
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
