//! How the units of a run share the node, on the command line.

use std::time::Duration;

use cc_ci_runner::{Jobs, Schedule};
use cc_ci_schedule::{Shard, ShardError};
use clap::Args;
use jiff::SignedDuration;

/// How the units of a run share the node.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct Pace {
    /// How many legs may run at the same time, or `auto`: as many as cores and memory allow
    #[arg(long, value_name = "N", default_value = "auto", value_parser = jobs)]
    pub(crate) jobs: Jobs,
    /// Begin nothing that is not predicted to end within this time, as `6h` or `90m`
    #[arg(long, value_name = "TIME", value_parser = deadline)]
    pub(crate) deadline: Option<Duration>,
    /// Begin nothing more once a unit was red
    #[arg(long)]
    pub(crate) fail_fast: bool,
    /// Start no process that removes what is left where this one is killed
    #[arg(long)]
    pub(crate) no_reaper: bool,
}

impl Pace {
    pub(crate) fn schedule(&self) -> Schedule {
        let deadline_millis = self.deadline.map(|time| {
            // A longer time is cut to the largest number of milliseconds.
            u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
        });
        Schedule { jobs: self.jobs, deadline_millis, ..Schedule::default() }
    }
}

/// A time from now on.
fn deadline(text: &str) -> Result<Duration, String> {
    let time: SignedDuration =
        text.parse().map_err(|_| "expected a time as 6h, 90m or 1h30m".to_owned())?;
    Duration::try_from(time).map_err(|_| "the deadline lies in the past".to_owned())
}

/// A part of the night.
pub(super) fn shard(text: &str) -> Result<Shard, String> {
    text.parse().map_err(|error: ShardError| error.to_string())
}

/// `auto`, or a number of jobs.
fn jobs(text: &str) -> Result<Jobs, String> {
    if text == "auto" {
        return Ok(Jobs::Auto);
    }
    let number = text.parse().map_err(|_| "expected `auto` or a number from 1 on".to_owned())?;
    Ok(Jobs::Fixed(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_is_a_time_from_now_on() {
        assert_eq!(deadline("90m"), Ok(Duration::from_secs(5400)));
        assert_eq!(deadline("1h30m"), Ok(Duration::from_secs(5400)));
        assert_eq!(deadline("-5m"), Err("the deadline lies in the past".to_owned()));
        assert!(deadline("soon").is_err() && deadline("").is_err());
    }

    #[test]
    fn jobs_are_a_number_or_chosen() {
        assert_eq!(jobs("auto"), Ok(Jobs::Auto));
        assert!(matches!(jobs("3"), Ok(Jobs::Fixed(number)) if number.get() == 3));
        assert!(jobs("0").is_err() && jobs("-1").is_err() && jobs("all").is_err());
    }

    #[test]
    fn a_part_that_does_not_exist_is_refused() {
        assert!(shard("2/4").is_ok());
        for odd in ["5/4", "0/4", "1/0", "2", "a/b"] {
            assert!(shard(odd).is_err(), "{odd}");
        }
    }
}
