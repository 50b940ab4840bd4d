//! The command line of `cc-ci history`.

use std::path::PathBuf;

use cc_ci_model::RecipeName;
use clap::Subcommand;

#[derive(Debug, Subcommand)]
pub(crate) enum History {
    /// What became of units in past runs, the newest first
    #[command(after_help = "Examples:
  cc-ci history list
  cc-ci history list mumble -n 50
  cc-ci history list mumble --json | jq '.[] | {started, outcome, millis}'

A run is in the history once it has ended. The history is history.db in the folder of --state.")]
    List {
        /// Only this recipe
        recipe: Option<RecipeName>,
        /// At most so many attempts
        #[arg(short = 'n', long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
        count: u32,
    },
    /// Make the history anew from the folders of runs
    #[command(after_help = "Examples:
  cc-ci history rebuild
  cc-ci history rebuild .cc-ci/runs /srv/nights/2026-11-30

Folders that the old history knows are read as well. A folder that cannot be read is named and skipped. The old
file is kept where it holds a run that no folder holds any more.")]
    Rebuild {
        /// Folders of runs, or folders that hold such; `.cc-ci/runs` under the root, or here, where none is given
        #[arg(value_name = "DIR")]
        folders: Vec<PathBuf>,
    },
}
