//! What the processes of an image do.

use std::time::Duration;

use cc_ci_model::Healthcheck;

use super::clock::nanoseconds;
use super::shell;

/// How long a process that ends by itself runs.
const SHORT_LIFE: Duration = Duration::from_millis(300);
/// Docker's default time between two health checks; the first one runs after it.
const INTERVAL: Duration = Duration::from_secs(30);
/// Docker's default number of failed checks after which a container is unhealthy.
const RETRIES: u32 = 3;

/// What the containers of an image do, where a test wants it otherwise than their command says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Behaviour {
    /// Starts and stays; healthy at the first check.
    Runs,
    /// Starts and ends with an error, again and again.
    Crashes {
        /// Its exit code.
        exit_code: i64,
        /// The engine's words; where empty, Swarm's own `task: non-zero exit (…)`.
        error: String,
    },
    /// Ends with an error so many times per copy, then stays.
    Recovers {
        /// Crashes of each copy before it stays.
        crashes: u32,
        /// Exit code of those.
        exit_code: i64,
    },
    /// Killed by the kernel for memory, again and again.
    OutOfMemory,
    /// The engine refuses the task before a process starts.
    Rejected {
        /// The engine's words.
        error: String,
    },
    /// No node can take the task.
    Unschedulable {
        /// The scheduler's words.
        error: String,
    },
    /// Runs, but its health check always fails; Swarm then replaces it.
    NeverHealthy {
        /// Output of the check.
        output: String,
    },
    /// Healthy only so long after its start, whatever its health check says.
    HealthyAfter(Duration),
    /// Does its work and ends with 0.
    ExitsZero,
}

/// What one process will do, decided when it starts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Life {
    /// When it ends by itself, and with which code.
    pub(super) end: Option<(Duration, i64)>,
    /// The engine's words about that end, where they are not Swarm's usual ones.
    pub(super) error: String,
    /// The kernel ends it for memory.
    pub(super) oom: bool,
    /// When its health is decided; the error is the output of the check.
    pub(super) health: Option<(Duration, Result<(), String>)>,
    /// What it prints.
    pub(super) output: Vec<u8>,
}

impl Behaviour {
    /// The life of a process of this behaviour; `crashed` is how often its copy did already.
    pub(super) fn life(&self, crashed: u32, check: Option<&Healthcheck>) -> Life {
        let crash = |code| Life { end: Some((SHORT_LIFE, code)), ..Life::default() };
        let steady =
            || Life { health: enabled(check).map(|c| (first(c), Ok(()))), ..Life::default() };
        match self {
            Self::Runs | Self::Rejected { .. } | Self::Unschedulable { .. } => steady(),
            Self::Crashes { exit_code, error } => {
                Life { error: error.clone(), ..crash(*exit_code) }
            }
            Self::Recovers { crashes, exit_code } if crashed < *crashes => crash(*exit_code),
            Self::Recovers { .. } => steady(),
            Self::OutOfMemory => Life { oom: true, ..crash(137) },
            Self::NeverHealthy { output } => {
                let after = check.map_or(INTERVAL * RETRIES, last);
                Life { health: Some((after, Err(output.clone()))), ..Life::default() }
            }
            Self::HealthyAfter(after) => Life { health: Some((*after, Ok(()))), ..Life::default() },
            Self::ExitsZero => crash(0),
        }
    }
}

/// The life of a process that no behaviour was scripted for: what its command and its health check
/// say, as far as the fake understands them; else it runs and is healthy.
pub(super) fn natural(command: Option<&[String]>, check: Option<&Healthcheck>) -> Life {
    let mut life = Behaviour::Runs.life(0, check);
    if let Some(done) = command.and_then(shell::predict) {
        life.output.extend(done.output.stdout);
        life.output.extend(done.output.stderr);
        life.end = Some((SHORT_LIFE + done.slept, done.output.exit_code));
    }
    if let Some(check) = enabled(check)
        && let Some(done) = shell::predict(&check_command(check))
        && !done.output.ok()
    {
        let output = [done.output.stdout, done.output.stderr].concat();
        life.health = Some((last(check), Err(String::from_utf8_lossy(&output).into_owned())));
    }
    life
}

/// `NONE` switches an image's health check off.
fn enabled(check: Option<&Healthcheck>) -> Option<&Healthcheck> {
    check.filter(|check| check.test.first().is_some_and(|word| word != "NONE"))
}

fn check_command(check: &Healthcheck) -> Vec<String> {
    match check.test.split_first() {
        Some((head, rest)) if head == "CMD-SHELL" => {
            ["/bin/sh", "-c"].iter().map(ToString::to_string).chain(rest.iter().cloned()).collect()
        }
        Some((_, rest)) => rest.to_vec(),
        None => Vec::new(),
    }
}

fn first(check: &Healthcheck) -> Duration {
    nanoseconds(check.interval_ns, INTERVAL)
}

fn last(check: &Healthcheck) -> Duration {
    let start = nanoseconds(check.start_period_ns, Duration::ZERO);
    start + first(check) * check.retries.unwrap_or(RETRIES)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn check(test: &[&str]) -> Healthcheck {
        Healthcheck {
            test: test.iter().map(ToString::to_string).collect(),
            interval_ns: Some(1_000_000_000),
            retries: Some(2),
            ..Healthcheck::default()
        }
    }

    #[rstest]
    #[case::good(&["CMD", "true"], Some((1, Ok(()))))]
    #[case::bad(&["CMD-SHELL", "echo sick; exit 1"], Some((2, Err("sick\n".to_owned()))))]
    #[case::unknown_is_good(&["CMD", "curl", "x"], Some((1, Ok(()))))]
    #[case::off(&["NONE"], None)]
    fn health_follows_the_check(
        #[case] test: &[&str],
        #[case] expected: Option<(u64, Result<(), String>)>,
    ) {
        let life = natural(None, Some(&check(test)));
        let expected = expected.map(|(after, verdict)| (Duration::from_secs(after), verdict));
        assert_eq!(life.health, expected);
    }

    #[test]
    fn recovery_counts_the_crashes() {
        let behaviour = Behaviour::Recovers { crashes: 2, exit_code: 3 };
        assert_eq!(behaviour.life(1, None).end.map(|(_, code)| code), Some(3));
        assert_eq!(behaviour.life(2, None).end, None);
    }

    #[test]
    fn a_command_that_ends_is_a_life_that_ends() {
        let command: Vec<String> =
            ["sh", "-c", "echo out; exit 7"].iter().map(ToString::to_string).collect();
        let life = natural(Some(&command), None);
        assert_eq!(life.end.map(|(_, code)| code), Some(7));
        assert_eq!(life.output, b"out\n");
    }
}
