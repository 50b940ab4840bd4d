//! Probes as the tiers use them: filled in, bounded in time, repeated where time may heal.

use std::time::Duration;

use cc_ci_model::{Fault, ProbeSpec};
use cc_ci_probe::{Access, Probe, ProbeError};
use cc_ci_suite::Words;
use tokio::time::{Instant, sleep, timeout_at};

/// Pause before the first repetition; doubles up to [`LONGEST_PAUSE`].
const FIRST_PAUSE: Duration = Duration::from_millis(25);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Builds the probe with every word filled in.
///
/// # Errors
/// [`Fault::BrokenCheck`]: the suite is wrong, not the recipe.
pub(crate) fn build(words: &Words, spec: &ProbeSpec) -> Result<Box<dyn Probe>, Fault> {
    let broken = |message: String| Fault::BrokenCheck { message };
    let filled = words.fill(spec).map_err(|error| broken(error.to_string()))?;
    cc_ci_probe::build(&filled).map_err(|error| broken(error.to_string()))
}

/// Why a probe did not hold within its time.
#[derive(Debug)]
pub(crate) enum Unheld {
    /// It said why.
    Said(ProbeError),
    /// Its time ran out in the middle of the conversation.
    Silent(Fault),
}

impl Unheld {
    pub(crate) fn fault(self) -> Fault {
        match self {
            Self::Said(error) => error.fault(),
            Self::Silent(fault) => fault,
        }
    }
}

/// One try within `limit`.
pub(crate) async fn once(
    probe: &dyn Probe,
    access: &Access,
    limit: Duration,
) -> Result<(), Unheld> {
    try_until(probe, access, Instant::now() + limit, limit).await
}

async fn try_until(
    probe: &dyn Probe,
    access: &Access,
    deadline: Instant,
    limit: Duration,
) -> Result<(), Unheld> {
    match timeout_at(deadline, probe.run(access)).await {
        Ok(result) => result.map_err(Unheld::Said),
        Err(_) => {
            let waiting_for = format!("{}: the conversation did not end", probe.describe());
            Err(Unheld::Silent(Fault::Deadline { seconds: limit.as_secs(), waiting_for }))
        }
    }
}

/// Repeats the probe until it holds. Ready probes are repeated because an app may need a moment
/// after its container runs; what they say last is what is reported.
pub(crate) async fn until_it_holds(
    probe: &dyn Probe,
    access: &Access,
    limit: Duration,
) -> Result<(), Fault> {
    match repeat(probe, access, limit, |_| true).await {
        Ok(()) => Ok(()),
        // Silence until time ran out says that it is late, not whose fault that is.
        Err(Unheld::Said(error @ ProbeError::NoAnswer { .. })) => {
            Err(Fault::Deadline { seconds: limit.as_secs(), waiting_for: error.to_string() })
        }
        Err(unheld) => Err(unheld.fault()),
    }
}

/// Repeats the probe only while nobody answers: a clear answer, good or bad, is final.
pub(crate) async fn until_it_answers(
    probe: &dyn Probe,
    access: &Access,
    limit: Duration,
) -> Result<(), Unheld> {
    let nobody = |error: &ProbeError| {
        matches!(error, ProbeError::NoAnswer { .. } | ProbeError::NotServing { .. })
    };
    repeat(probe, access, limit, nobody).await
}

async fn repeat(
    probe: &dyn Probe,
    access: &Access,
    limit: Duration,
    again: impl Fn(&ProbeError) -> bool,
) -> Result<(), Unheld> {
    let deadline = Instant::now() + limit;
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match try_until(probe, access, deadline, limit).await {
            Err(Unheld::Said(error)) => error,
            ended => return ended,
        };
        if !again(&error) || Instant::now() + pause >= deadline {
            return Err(Unheld::Said(error));
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
