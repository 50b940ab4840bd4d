//! The command line of `cc-ci bench`.

use std::path::PathBuf;

use clap::Subcommand;
use clap::builder::TypedValueParser;

#[derive(Debug, Subcommand)]
pub(crate) enum Bench {
    /// A whole life, a tear-down and a crash loop, against shell scripts over the Docker CLI
    #[command(after_help = "Examples:
  cc-ci bench lifecycle
  cc-ci bench lifecycle -n 5 --json | jq '.rows[] | {what, ratio, met}'

Ends with 0 where every goal is met, else with 1. Needs the Docker CLI, bash and curl; the scripts
are in tests/bench/. Measure a release build on a machine that does nothing else.")]
    Lifecycle {
        /// Rounds; in each one everything is measured once, ours and the scripts by turns
        #[arg(short = 'n', long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
        rounds: u32,
    },
    /// How often the verdict is right about recipes whose truth is known
    #[command(after_help = "Examples:
  cc-ci bench soundness --rounds 20 --keep machine-docs/soundness.md
  cc-ci bench soundness --rounds 3 --jobs 4 custom-html bad-restore
  cc-ci bench soundness --restart-daemon      also what is red only after a reboot

Green are the bundled recipes and those in tests/fixtures/recipes, but for the red ones there, which say
in expected.toml how.
Ends with 0 where every round was right, else with 1.")]
    Soundness {
        /// Only these, by name; all where none is named
        recipes: Vec<String>,
        /// Rounds; in each one every recipe is walked once
        #[arg(long, default_value_t = 20)]
        rounds: usize,
        /// Recipes that are walked at once
        #[arg(long, default_value_t = 2)]
        jobs: usize,
        /// Begin no walk after so many minutes; the table says how many rounds were made
        #[arg(long)]
        minutes: Option<u64>,
        /// Keep the table as a page
        #[arg(long, value_name = "FILE")]
        keep: Option<PathBuf>,
    },
    /// Runs killed with SIGKILL all over their life, and what `reap` leaves of them
    #[command(after_help = "Examples:
  cc-ci bench kill --keep kills.jsonl
  cc-ci bench kill --keep kills.jsonl --minutes 20      called again, it continues
  cc-ci bench kill -n 10 custom-html --json | jq '{killed, clean, red}'

One life of each recipe is recorded (deploy to restore, and tear-down). Kills are uniform over it, with at
least one in twenty each in backup, restore and tear-down. Afterwards nothing may be left: objects on the
engine, lease files, mounts, temporary folders.
Ends with 0 where nothing was left after every kill that was asked for, else with 1.")]
    Kill {
        /// Recipes, as for `run`; custom-html and mumble where none is named
        recipes: Vec<String>,
        /// Runs that are killed
        #[arg(short = 'n', long = "kills", value_name = "N", default_value_t = 200, value_parser = kills())]
        kills: usize,
        /// Begin no run after so many minutes; the table says how many were killed
        #[arg(long)]
        minutes: Option<u64>,
        /// Keep the results, a line each; a file that exists is continued
        #[arg(long, value_name = "FILE")]
        keep: Option<PathBuf>,
    },
    /// Taking 1,000 secrets out of logs, against the SHA-256 of the same bytes
    #[command(after_help = "Examples:
  cc-ci bench redact
  cc-ci bench redact -n 50 --json | jq '{ratio, redaction, sha256}'

Ends with 0 where the goal is met, else with 1. Measure a release build on a machine that does
nothing else.")]
    Redact {
        /// Rounds; in each one both are measured once, by turns
        #[arg(short = 'n', long, default_value_t = 21, value_parser = clap::value_parser!(u32).range(1..))]
        rounds: u32,
    },
    /// The records of a large run written, folded, reported and verified
    #[command(after_help = "Examples:
  cc-ci bench journal
  cc-ci bench journal -n 1000000 --json | jq '{seconds, peak_megabytes}'

Times are of CPU, but for the time on the wall. Ends with 0 where the goal is met, else with 1; the goal is for
100,000 records. Measure a release build on a machine that does nothing else.")]
    Journal {
        /// About so many records
        #[arg(short = 'n', long, default_value_t = 100_000, value_parser = kills())]
        records: usize,
    },
    /// Units of a large catalogue scheduled on simulated nodes
    #[command(after_help = "Examples:
  cc-ci bench schedule --simulate
  cc-ci bench schedule --simulate --units 1000 --nodes 4 --json | jq '{seconds, schedule_sha256}'

The scheduler is that of a run; durations are made up from the seed, and the same seed gives the same schedule.
Ends with 0 where the goal is met, else with 1; the goal is for 100,000 units on 1,000 nodes. Measure a release
build on a machine that does nothing else.")]
    Schedule {
        /// Simulate the run; nothing is deployed and no engine is needed
        #[arg(long, required = true)]
        simulate: bool,
        /// Units of the run
        #[arg(long, default_value_t = 100_000, value_parser = kills())]
        units: usize,
        /// Nodes of the run
        #[arg(long, default_value_t = 1_000, value_parser = kills())]
        nodes: usize,
        /// What the units and durations are made up from
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
    /// Recipes read, normalised and judged per second, on one core
    #[command(after_help = "Examples:
  cc-ci bench lint
  cc-ci bench lint recipes/mumble ../elsewhere/shop -s 10 --json | jq .per_second

Ends with 0 where the goal is met, else with 1. Measure a release build on a machine that does
nothing else.")]
    Lint {
        /// Recipes, as for `lint`; those of the catalogue where none is named
        recipes: Vec<String>,
        /// How long to measure
        #[arg(short, long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
        seconds: u64,
    },
}

/// A count of at least one: a bench that measures nothing would prove nothing.
fn kills() -> impl TypedValueParser<Value = usize> {
    clap::value_parser!(u64).range(1..1_000_000).try_map(usize::try_from)
}
