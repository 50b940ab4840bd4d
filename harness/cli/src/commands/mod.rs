//! The commands, each in its own file.

mod bench;
mod config;
mod doctor;
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

use cc_ci_suite::UnitPlan;
use tokio_util::sync::CancellationToken;

use crate::args::Command;
use crate::error::CliError;
use crate::plan::Planned;
use crate::printer::Printer;
use crate::settings::Settings;

/// What every command gets.
pub(crate) struct Context<'a> {
    pub(crate) settings: &'a Settings,
    pub(crate) printer: Printer,
    pub(crate) cancel: CancellationToken,
}

impl Context<'_> {
    /// The unit; what is worth saying about it is said.
    pub(crate) fn planned(&self, planned: Planned) -> UnitPlan {
        let Planned { unit, warnings } = planned;
        for warning in warnings {
            self.printer.talk(&format!("warning: {}: {warning}", unit.head.unit));
        }
        unit
    }
}

/// Does what was asked; the answer is the exit code.
pub(crate) async fn dispatch(
    command: Command,
    settings: &Settings,
    printer: Printer,
    cancel: CancellationToken,
) -> Result<u8, CliError> {
    let context = Context { settings, printer, cancel };
    match command {
        Command::Quickstart(args) => quickstart::run(&context, args).await,
        Command::Doctor(args) => doctor::run(&context, &args).await,
        Command::Images(args) => images::run(&context, &args).await,
        Command::List => list::run(&context).await,
        Command::Config(args) => config::run(&context, &args).await,
        Command::Lint(args) => lint::run(&context, &args).await,
        Command::Run(args) => run::run(&context, args).await,
        Command::Rerun(args) => rerun::run(&context, args).await,
        Command::Nightly(args) => {
            nightly::run(&context, &args.phase, args.granting.grants, args.output).await
        }
        Command::Report(args) => report::run(&context, &args),
        Command::Reap(args) => reap::run(&context, &args).await,
        Command::Bench(args) => bench::run(&context, &args).await,
    }
}
