//! The command lines of `cc-ci run`, `rerun` and `nightly`.

use std::path::PathBuf;

use cc_ci_model::Tier;
use cc_ci_schedule::Shard;
use clap::Args;

use super::pace::{Pace, shard};
use super::{Granting, Output, tier};

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cc-ci run custom-html mumble
  cc-ci run mumble@0.2.0+1.5.735 --from 0.1.0+1.3.4
  cc-ci run custom-html --tiers deploy,custom      the newest version, no upgrade
  cc-ci run custom-html --restart-daemon           on a machine that may lose its engine for a moment
  cc-ci run tests/fixtures/recipes/bad-backup      a recipe from anywhere
  cc-ci run https://example.org/shop.git#main      a git repository, at a branch, tag or commit")]
pub(crate) struct Run {
    /// RECIPE or RECIPE@VERSION: a name under `recipes/`, a path or a git URL, where #REF picks a commit
    #[arg(required = true, value_name = "RECIPE")]
    pub(crate) recipes: Vec<String>,
    /// Version that the upgrade starts from, or a commit as `#COMMIT`; the newest older one where not
    /// given
    #[arg(long, value_name = "VERSION")]
    pub(crate) from: Option<String>,
    /// Only these tiers, separated by commas
    #[arg(long, value_name = "TIERS", value_delimiter = ',', value_parser = tier())]
    pub(crate) tiers: Vec<Tier>,
    /// Leave the instance running
    #[arg(long)]
    pub(crate) keep: bool,
    /// Alone on the node: waits for other runs and keeps them out
    #[arg(long)]
    pub(crate) isolated: bool,
    #[command(flatten)]
    pub(crate) pace: Pace,
    #[command(flatten)]
    pub(crate) granting: Granting,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cc-ci rerun mumble               one recipe, alone on the node
  cc-ci rerun mumble -n 5          five times
  cc-ci rerun latest               every unit that was red in the last run
  cc-ci rerun RUN-DIR mumble/custom/udp_ping
  cc-ci rerun mumble custom/udp_ping       only this tier, with those that it rests on")]
pub(crate) struct Rerun {
    /// A run's folder, `latest`, or a RECIPE[@VERSION]: a name under `recipes/`, a path or a git URL
    #[arg(value_name = "DIR|RECIPE")]
    pub(crate) what: String,
    /// Only this case, as `recipe/tier/check` of a run or `tier/check` of a recipe: its tier, with
    /// those that it rests on
    pub(crate) case: Option<String>,
    /// Version that the upgrade starts from, or a commit as `#COMMIT`; as in the run where not given
    #[arg(long, value_name = "VERSION")]
    pub(crate) from: Option<String>,
    /// Only these tiers, separated by commas; as in the run where not given
    #[arg(long, value_name = "TIERS", value_delimiter = ',')]
    pub(crate) tiers: Vec<cc_ci_model::Tier>,
    /// How often
    #[arg(short = 'n', long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) times: u32,
    #[command(flatten)]
    pub(crate) granting: Granting,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Default, Args)]
#[command(after_help = "Examples:
  cc-ci nightly
  cc-ci nightly --jobs 1                  one leg of one recipe after the other
  cc-ci nightly --deadline 6h --fail-fast
  cc-ci nightly --shard 2/4               the second of four machines
  cc-ci nightly --changed-since origin/main    only what a change concerns
  cc-ci nightly --resume latest           goes on with a night that was killed
  cc-ci nightly --phase upgrade --docs machine-docs --fail-on-flake")]
pub(crate) struct Nightly {
    /// Name of the backlog, `BACKLOG-<phase>.md`
    #[arg(long, default_value = "nightly")]
    pub(crate) phase: String,
    /// Only recipes that differ from this commit in their files or suite; all where the harness, an image or the floor does
    #[arg(long, value_name = "REF")]
    pub(crate) changed_since: Option<String>,
    /// Go on with the night of this folder, or `latest`, which was killed; what has ended is not tried again
    #[arg(long, value_name = "DIR", conflicts_with_all = ["phase", "shard", "changed_since", "out"])]
    pub(crate) resume: Option<PathBuf>,
    /// Only this part of the recipes, as `2/4`; the parts take about as long as each other
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub(crate) shard: Option<Shard>,
    #[command(flatten)]
    pub(crate) pace: Pace,
    #[command(flatten)]
    pub(crate) granting: Granting,
    #[command(flatten)]
    pub(crate) output: Output,
}
