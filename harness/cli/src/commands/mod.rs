//! The commands, each in its own file.

mod bench;
mod config;
mod doctor;
mod history;
mod images;
mod lint;
mod list;
mod nightly;
mod quickstart;
mod reap;
mod report;
mod rerun;
mod run;
mod units;
mod verify;

use cc_ci_session::{Failure, Session, Settings};
use tokio_util::sync::CancellationToken;

use crate::args::Command;
use crate::printer::Printer;

/// What every command gets.
pub(crate) struct Context<'a> {
    pub(crate) session: Session<'a>,
    pub(crate) printer: Printer,
}

/// Carries out the command and returns the exit code.
pub(crate) async fn dispatch(
    command: Command,
    settings: &Settings,
    printer: Printer,
    cancel: CancellationToken,
) -> Result<u8, Failure> {
    let session = Session { settings, ear: &printer, cancel: cancel.clone(), making: None };
    let context = Context { session, printer };
    let ended = ends_by_itself(&command);
    tokio::select! {
        biased;
        done = carried_out(command, &context) => done,
        () = cancel.cancelled(), if !ended => Err(Failure::cancelled()),
    }
}

/// True for a command that has to clean up or write something down when the user cancels it. Every other
/// command is dropped at once.
fn ends_by_itself(command: &Command) -> bool {
    match command {
        Command::Quickstart(_)
        | Command::Images(_)
        | Command::Run(_)
        | Command::Rerun(_)
        | Command::Nightly(_)
        | Command::Bench(_) => true,
        Command::Doctor(_)
        | Command::List
        | Command::Config(_)
        | Command::Lint(_)
        | Command::Report(_)
        | Command::Verify(_)
        | Command::History(_)
        | Command::Reap(_) => false,
    }
}

async fn carried_out(command: Command, context: &Context<'_>) -> Result<u8, Failure> {
    match command {
        Command::Quickstart(args) => quickstart::run(context, args).await,
        Command::Doctor(args) => doctor::run(context, &args).await,
        Command::Images(args) => images::run(context, &args).await,
        Command::List => list::run(context).await,
        Command::Config(args) => config::run(context, &args).await,
        Command::Lint(args) => lint::run(context, &args).await,
        Command::Run(args) => run::run(context, args).await,
        Command::Rerun(args) => rerun::run(context, args).await,
        Command::Nightly(args) => nightly::run(context, args).await,
        Command::Report(args) => report::run(context, &args),
        Command::Verify(args) => verify::run(context, &args),
        Command::History(args) => history::run(context, &args),
        Command::Reap(args) => reap::run(context, &args).await,
        Command::Bench(args) => bench::run(context, &args).await,
    }
}
