//! Arguments, settings, printer and exit codes: the only crate that reads the environment, prints
//! and exits.

mod args;
mod commands;
mod ear;
mod exit;
mod image_progress;
mod log;
mod printer;
mod progress;
mod settings;
mod settings_file;
mod signals;

use std::process::ExitCode;

use cc_ci_session::Failure;
use clap::Parser;
use tokio_util::sync::CancellationToken;

use crate::args::Cli;
use crate::printer::Printer;
use crate::settings::settings;
use crate::signals::watch_signals;

/// Runs the program with the process's own arguments. `commit` is what it was built from.
#[must_use]
pub fn main(commit: Option<&'static str>) -> ExitCode {
    // Clap prints usage errors itself and ends with code 2, which is ours for bad input too.
    let cli = Cli::parse();
    let shown = cli.global.log.clone().unwrap_or_else(|| log::Shown::of(cli.global.verbose));
    // Log lines would break the progress bars.
    let printer = Printer::new(cli.global.json, !shown.is_nothing());
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            return printer.fail(&Failure::bug(error).context("start the runtime"));
        }
    };
    log::start(shown, cli.global.log_format);
    let result = runtime.block_on(async {
        let settings = settings(&cli.global, commit)?;
        let cancel = CancellationToken::new();
        let watcher = tokio::spawn(watch_signals(cancel.clone(), printer));
        let result = commands::dispatch(cli.command, &settings, printer, cancel).await;
        watcher.abort();
        result
    });
    // A blocking call in a thread of the runtime, as a look at a slow disk, does not delay the end.
    runtime.shutdown_background();
    match result {
        Ok(code) => ExitCode::from(code),
        Err(error) => printer.fail(&error),
    }
}
