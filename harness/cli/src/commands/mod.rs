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
mod record;
mod report;
mod reproduced;
mod rerun;
mod run;
mod units;
mod verify;

use std::sync::Arc;

use cc_ci_model::RunId;
use cc_ci_node::images::Making;
use cc_ci_plan::{Asked, Planned, UnitPlan, Wish};
use tokio_util::sync::CancellationToken;

use crate::args::Command;
use crate::error::CliError;
use crate::printer::Printer;
use crate::settings::Settings;

/// What every command gets.
pub(crate) struct Context<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) printer: Printer,
    pub(crate) cancel: CancellationToken,
    /// Images that are made meanwhile, where the command makes them.
    pub(crate) making: Option<Arc<Making>>,
}

impl Context<'_> {
    /// Plans the unit that tests `asked`, until the user breaks off; what is worth saying about it is said.
    ///
    /// # Errors
    /// It cannot be planned.
    pub(crate) async fn plan(
        &self,
        run: &RunId,
        asked: &Asked,
        wish: &Wish,
    ) -> Result<UnitPlan, CliError> {
        Ok(self.planned(run, asked, wish).await?.unit)
    }

    /// As [`Context::plan`], with what else the planning found.
    ///
    /// # Errors
    /// It cannot be planned.
    pub(crate) async fn planned(
        &self,
        run: &RunId,
        asked: &Asked,
        wish: &Wish,
    ) -> Result<Planned, CliError> {
        let planner = self.settings.planner();
        let planned = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(CliError::cancelled()),
            planned = planner.plan(run, asked, wish) => planned,
        };
        // A signal that ended git as well says nothing about the recipe.
        if self.cancel.is_cancelled() {
            return Err(CliError::cancelled());
        }
        let planned = planned?;
        for warning in &planned.warnings {
            self.printer.talk(&format!("warning: {}: {warning}", planned.unit.head.unit));
        }
        Ok(planned)
    }
}

/// Does what was asked; the answer is the exit code.
pub(crate) async fn dispatch(
    command: Command,
    settings: &Settings,
    printer: Printer,
    cancel: CancellationToken,
) -> Result<u8, CliError> {
    let context = Context { settings, printer, cancel: cancel.clone(), making: None };
    let ended = ends_by_itself(&command);
    tokio::select! {
        biased;
        done = carried_out(command, &context) => done,
        () = cancel.cancelled(), if !ended => Err(CliError::cancelled()),
    }
}

/// True for a command that has something to clean up or to write down when the user breaks it off; every
/// other one is dropped where it stands.
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

async fn carried_out(command: Command, context: &Context<'_>) -> Result<u8, CliError> {
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
