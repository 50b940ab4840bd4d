//! Arguments, settings, printer and exit codes: the only crate that reads the environment, prints
//! and exits.

mod args;
mod commands;
mod error;
mod green;
mod images;
mod message;
mod node;
mod printer;
mod progress;
mod settings;
mod settings_file;
mod turn;

use std::process::ExitCode;

use clap::Parser;
use tokio_util::sync::CancellationToken;

use crate::args::Cli;
use crate::error::CliError;
use crate::printer::Printer;
use crate::settings::Settings;

/// Runs the program with the process's own arguments.
#[must_use]
pub fn main() -> ExitCode {
    // Clap prints usage errors itself and ends with code 2, which is ours for bad input too.
    let cli = Cli::parse();
    let printer = Printer::new(cli.global.json);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            let error = CliError::bug(anyhow::Error::new(error).context("start the runtime"));
            return printer.fail(&error);
        }
    };
    start_log(cli.global.verbose);
    let result = runtime.block_on(async {
        let settings = Settings::new(&cli.global)?;
        let cancel = CancellationToken::new();
        let watcher = tokio::spawn(settings::watch_signals(cancel.clone(), printer));
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

/// Diagnostics of the harness itself, off unless asked for: they are talk, so they go to stderr.
fn start_log(verbose: bool) {
    let level = if verbose { "cc_ci=debug,info" } else { "off" };
    let filter = tracing_subscriber::EnvFilter::new(level);
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A second start (in tests) keeps the first log.
    let _ = log.try_init();
}
