//! The command line.

mod bench;
mod history;
mod pace;
mod runs;

use std::path::PathBuf;

use cc_ci_model::{Ceiling, Tier};
use cc_ci_policy::Grant;
use cc_ci_session::Folders;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};

use crate::log::{LogFormat, Shown};
use crate::settings_file;

pub(crate) use bench::Bench;
pub(crate) use history::History;
pub(crate) use runs::{Nightly, Rerun, Run};

/// Proves that self-hosted app recipes deploy, serve, upgrade, back up and restore, and names who
/// must act when they do not.
#[derive(Debug, Parser)]
#[command(
    name = "cc-ci",
    version,
    max_term_width = 100,
    after_help = "Examples:
  cc-ci quickstart --yes           make this machine able and test the bundled recipes
  cc-ci run mumble                 one recipe through its whole life
  cc-ci run ./my-recipe --keep     a recipe from anywhere; leave it running afterwards
  cc-ci rerun latest               what was red last time, each alone on the node

Settings: a flag holds before CC_CI_… in the environment, that before settings.toml in the folder
of --state (/var/lib/cc-ci for root, else ~/.local/state/cc-ci).

Exit codes: 0 green · 1 bug of cc-ci · 2 usage or bad input · 10 recipe failures ·
11 harness failures · 12 undetermined only · 13 flakes with --fail-on-flake ·
14 verify found a difference · 15 reap found what it removes only with --yes · 20 engine unreachable · 130 cancelled"
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command understands.
#[derive(Debug, Args)]
#[command(next_help_heading = "Options of every command")]
pub(crate) struct Global {
    /// Folder with `recipes/` and `suites/`; found upward from the current folder, else the program's own
    #[arg(long, global = true, value_name = "DIR", env = "CC_CI_ROOT")]
    pub(crate) root: Option<PathBuf>,
    /// Folder for what outlives a run: certificates, locks, build work
    #[arg(long, global = true, value_name = "DIR", env = "CC_CI_STATE")]
    pub(crate) state: Option<PathBuf>,
    /// Loopback port of the local registry; 5055 where not given
    #[arg(long, global = true, value_name = "PORT", env = "CC_CI_REGISTRY_PORT")]
    pub(crate) registry_port: Option<u16>,
    /// Where backups go: any backend of restic, as `rest:http://host:8000/ci`; without it a volume
    /// of the unit's own
    #[arg(long, global = true, value_name = "BACKEND", env = "CC_CI_BACKUPS")]
    pub(crate) backups: Option<String>,
    /// File with what restic needs to be let in there, as AWS_ACCESS_KEY_ID=…, a line each
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CC_CI_BACKUPS_ENV",
        requires = "backups"
    )]
    pub(crate) backups_env: Option<PathBuf>,
    /// Let suites that ask for the reboot tier restart the engine's daemon; this stops every container
    /// on the machine for a moment
    #[arg(
        long,
        global = true,
        env = "CC_CI_RESTART_DAEMON",
        value_parser = clap::builder::FalseyValueParser::new()
    )]
    pub(crate) restart_daemon: bool,
    /// How much of the machine one unit may take, as memory_per_task=2g; may be repeated.
    /// machine-docs/ceilings.md has every KEY; CC_CI_CEILINGS=KEY=VALUE,… does the same
    #[arg(long = "ceiling", global = true, value_name = "KEY=VALUE", value_parser = ceiling)]
    pub(crate) ceilings: Vec<(Ceiling, u64)>,
    /// Data for a program on stdout instead of text for a person
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Log on stderr what cc-ci itself does and how long it took: -v runs, units, tiers and checks,
    /// -vv each request to the engine too
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// What is logged, in place of -v, as cc_ci=info,cc_ci::engine=debug
    #[arg(long, global = true, value_name = "TARGET=LEVEL,…", env = "CC_CI_LOG")]
    pub(crate) log: Option<Shown>,
    /// What the lines of the log look like
    #[arg(
        long,
        global = true,
        value_name = "FORMAT",
        env = "CC_CI_LOG_FORMAT",
        default_value = "text"
    )]
    pub(crate) log_format: LogFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make this machine able, build the images and test the bundled recipes
    Quickstart(Quickstart),
    /// Is this machine able? What is missing, and the fix
    Doctor(Doctor),
    /// Images that no registry has
    #[command(
        subcommand,
        after_help = "Examples:\n  cc-ci images build\n  cc-ci images build nginx:1.26\n  cc-ci images list --json"
    )]
    Images(Images),
    /// Recipes and their versions
    #[command(after_help = "Examples:\n  cc-ci list\n  cc-ci list --json | jq '.[].recipe'")]
    List,
    /// The merged stack, as `docker stack config` would print it
    Config(Config),
    /// Judge recipes by rules, without deploying anything
    Lint(Lint),
    /// Walk recipes through their whole life
    Run(Run),
    /// The same again, alone on the node
    Rerun(Rerun),
    /// Walk every recipe through its life and write the backlog
    Nightly(Nightly),
    /// Write the reports of a run again, from its events alone
    Report(Report),
    /// Recompute a run's outcomes and reports from its events and evidence, and compare
    Verify(Verify),
    /// Past runs, and how long things took
    #[command(
        subcommand,
        after_help = "Examples:\n  cc-ci history list mumble\n  cc-ci history rebuild"
    )]
    History(History),
    /// Remove what no living run owns
    Reap(Reap),
    /// Measure
    #[command(
        subcommand,
        after_help = "Examples:\n  cc-ci bench lifecycle\n  cc-ci bench lifecycle -n 1 --json"
    )]
    Bench(Bench),
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cc-ci reap                   what ended runs left; asks on a terminal
  cc-ci reap --dry-run --json  says what it would remove
  cc-ci reap --yes             also objects that have no lease
  cc-ci reap --kept            also the instances of `run --keep`
  cc-ci reap RUN               only what belongs to one run

A run is dead where its process on this machine has ended, where this machine was booted since, or where
another machine has not renewed its lease for ten minutes. Everything else lives.")]
pub(crate) struct Reap {
    /// Only these runs
    #[arg(value_name = "RUN")]
    pub(crate) runs: Vec<String>,
    /// Do not ask, and remove objects without a lease as well
    #[arg(long)]
    pub(crate) yes: bool,
    /// Remove kept instances as well
    #[arg(long)]
    pub(crate) kept: bool,
    /// Say what would be removed and remove nothing
    #[arg(long, conflicts_with = "yes")]
    pub(crate) dry_run: bool,
    /// Wait until RUN is over, and remove what it left if it was killed
    #[arg(long, hide = true, requires = "runs", conflicts_with_all = ["yes", "kept", "dry_run"])]
    pub(crate) when_dead: bool,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cc-ci quickstart            asks before it changes the machine
  cc-ci quickstart --yes --out /tmp/first")]
pub(crate) struct Quickstart {
    /// Install and start what is missing without asking
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cc-ci doctor
  cc-ci doctor --fix --yes     as root on Debian or Ubuntu: install, start, join
  cc-ci doctor --json | jq '.findings[] | select(.status != \"ok\")'")]
pub(crate) struct Doctor {
    /// Install and start what is missing, or print the commands
    #[arg(long)]
    pub(crate) fix: bool,
    /// Do not ask before changing the machine
    #[arg(long, requires = "fix")]
    pub(crate) yes: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Images {
    /// Build what has changed and send it to the local registry
    Build {
        /// Only these, as `nginx:1.26` or `nginx`; all where none is named
        names: Vec<String>,
    },
    /// Send built images to the local registry
    Push {
        /// Only these; all where none is named
        names: Vec<String>,
    },
    /// Images, and whether they are built and pushed
    List,
}

/// Powers beyond running containers.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct Granting {
    /// Grant the recipes this power, as `cap:NET_ADMIN`; a refusal names the words. Repeatable
    #[arg(long = "grant", value_name = "GRANT")]
    pub(crate) grants: Vec<Grant>,
}

/// Where a run writes.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct Output {
    /// Folder of the run; `.cc-ci/runs/<run>` under the root, or here, where not given
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Folder of the backlog; the root's `machine-docs/` where not given
    #[arg(long, value_name = "DIR")]
    pub(crate) docs: Option<PathBuf>,
    /// End with 13 where there were only flakes
    #[arg(long)]
    pub(crate) fail_on_flake: bool,
}

impl Output {
    /// The folders that were asked for.
    pub(crate) fn folders(&self) -> Folders {
        Folders { out: self.out.clone(), docs: self.docs.clone() }
    }
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cc-ci config mumble
  cc-ci config ./my-recipe --env my.env -c compose.yml -c compose.postgres.yml
  cc-ci config mumble --spec | jq keys      what would be sent to the engine")]
pub(crate) struct Config {
    /// RECIPE or RECIPE@VERSION: a name under `recipes/`, a path or a git URL, where #REF picks a commit
    pub(crate) recipe: String,
    /// Environment file in place of the recipe's `.env.sample`
    #[arg(long, value_name = "FILE")]
    pub(crate) env: Option<PathBuf>,
    /// Compose files, in the order in which they are merged; COMPOSE_FILE's where none is given
    #[arg(short = 'c', long = "compose-file", value_name = "FILE")]
    pub(crate) compose: Vec<String>,
    /// The services as they would be sent to the engine, as JSON
    #[arg(long)]
    pub(crate) spec: bool,
    #[command(flatten)]
    pub(crate) granting: Granting,
}

/// How lint results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum LintFormat {
    /// For people, with source lines
    Text,
    /// For programs
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// JUnit XML, one case per rule
    Junit,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cc-ci lint mumble
  cc-ci lint ./my-recipe --from 1.2.0+3.4     also what changed since then
  cc-ci lint mumble --format sarif > lint.sarif

Ends with 10 where a rule of severity error is broken, with 0 otherwise.")]
pub(crate) struct Lint {
    /// RECIPE or RECIPE@VERSION: a name under `recipes/`, a path or a git URL, where #REF picks a commit
    #[arg(required = true, value_name = "RECIPE")]
    pub(crate) recipes: Vec<String>,
    /// Compare with this older version: rules about upgrades, and the differences
    #[arg(long, value_name = "VERSION")]
    pub(crate) from: Option<String>,
    /// How to write the result
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: LintFormat,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cc-ci report latest
  cc-ci report /tmp/red --out /tmp/again     from the events alone, without Docker")]
pub(crate) struct Report {
    /// The run's folder, or `latest`
    pub(crate) run: PathBuf,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cc-ci verify latest
  cc-ci verify /tmp/red --json | jq '.differences[0]'

Looks at every record and the tree over them, every piece of evidence, every tier, level and class, and every
report in the folder. Reads nothing else; needs no Docker.
Ends with 0 where everything was recomputed and is the same, with 14 where something differs or cannot be
recomputed; the first place is named first. A folder whose events, tree and reports were all made
again is not recognised: that needs a signature.")]
pub(crate) struct Verify {
    /// The run's folder, or `latest`
    pub(crate) run: PathBuf,
}

/// One ceiling, as `KEY=VALUE`.
fn ceiling(text: &str) -> Result<(Ceiling, u64), String> {
    settings_file::ceiling(text)
}

/// Clap suggests the nearest word only where it knows all of them.
fn tier() -> impl TypedValueParser<Value = Tier> {
    PossibleValuesParser::new(Tier::ALL.map(Tier::as_str)).try_map(|word| word.parse::<Tier>())
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn common_options_have_a_heading_and_git_urls_are_named() {
        let help = |name: &str| {
            let mut cli = Cli::command();
            cli.build();
            let command = cli.find_subcommand_mut(name).unwrap();
            command.render_long_help().to_string()
        };
        for name in ["run", "rerun", "lint", "config"] {
            let help = help(name);
            let (own, common) = help.split_once("Options of every command:").unwrap();
            assert!(common.contains("--root") && common.contains("--ceiling"), "{help}");
            assert!(!own.contains("--root <DIR>"), "{help}");
            assert!(
                help.split_whitespace().collect::<Vec<_>>().join(" ").contains("git URL"),
                "{help}"
            );
        }
        let list = help("list");
        assert!(list.contains("Options of every command:"), "{list}");
    }

    #[test]
    fn every_command_shows_examples() {
        for command in Cli::command().get_subcommands() {
            let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
            assert!(help.contains("cc-ci "), "{} has no examples", command.get_name());
        }
    }
}
