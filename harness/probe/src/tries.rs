//! Tries of a probe that are bounded in time.

use std::time::Duration;

use cc_ci_model::Fault;
use tokio::time::{Instant, sleep, timeout_at};

use crate::{Access, Probe, ProbeError};

/// Pause before the first repetition; doubles up to [`LONGEST_PAUSE`].
pub const FIRST_PAUSE: Duration = Duration::from_millis(25);
/// The longest pause between two repetitions.
pub const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Why a probe did not hold within its time.
#[derive(Debug)]
pub enum Unheld {
    /// The probe failed and said why.
    Said(ProbeError),
    /// Its time ran out in the middle of the conversation.
    Silent(Fault),
}

impl Unheld {
    /// Its typed origin.
    #[must_use]
    pub fn fault(self) -> Fault {
        match self {
            Self::Said(error) => error.fault(),
            Self::Silent(fault) => fault,
        }
    }
}

/// One try that ends at `deadline`; `limit` is the time that a fault names.
async fn once_until(
    probe: &dyn Probe,
    access: &Access,
    deadline: Instant,
    limit: Duration,
) -> Result<(), Unheld> {
    match timeout_at(deadline, probe.run(access)).await {
        Ok(result) => result.map_err(Unheld::Said),
        Err(_) => {
            let waiting_for = format!("{}: the conversation did not end", probe.at());
            Err(Unheld::Silent(Fault::Deadline { seconds: limit.as_secs(), waiting_for }))
        }
    }
}

/// Repeats the probe only while nothing answers: a clear answer, good or bad, is final.
///
/// # Errors
/// It does not hold.
pub async fn until_it_answers(
    probe: &dyn Probe,
    access: &Access,
    limit: Duration,
) -> Result<(), Unheld> {
    let no_answer = |error: &ProbeError| {
        matches!(error, ProbeError::NoAnswer { .. } | ProbeError::NotServing { .. })
    };
    let deadline = Instant::now() + limit;
    let mut pause = FIRST_PAUSE;
    loop {
        let error = match once_until(probe, access, deadline, limit).await {
            Err(Unheld::Said(error)) => error,
            ended => return ended,
        };
        if !no_answer(&error) || Instant::now() + pause >= deadline {
            return Err(Unheld::Said(error));
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
