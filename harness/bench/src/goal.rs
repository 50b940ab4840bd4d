//! The goals that measurements are compared with.

use std::fmt;

use serde::Serialize;

/// A system of the same kind in Python needs 61 s for the same life.
pub(super) const LIFE: Goal = Goal { seconds: 11.0, ratio: Some(0.58) };
/// `docker stack rm` alone takes several times as long.
pub(super) const TEARDOWN: Goal = Goal { seconds: 1.0, ratio: None };
/// Three failures are a crash loop, and with Swarm's default pause of 5 s they take less.
pub(super) const CRASH: Goal = Goal { seconds: 20.0, ratio: None };

/// A goal for a duration.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Goal {
    /// At most so many seconds.
    pub(super) seconds: f64,
    /// At most this share of the script's time.
    pub(super) ratio: Option<f64>,
}

impl Goal {
    /// True where both limits hold. What was not measured is not met.
    pub(super) fn is_met(self, seconds: Option<f64>, ratio: Option<f64>) -> bool {
        let fast = seconds.is_some_and(|seconds| seconds <= self.seconds);
        let faster = match self.ratio {
            Some(limit) => ratio.is_some_and(|ratio| ratio <= limit),
            None => true,
        };
        fast && faster
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = format!("≤ {} s", self.seconds);
        match self.ratio {
            Some(ratio) => f.pad(&format!("{seconds} and ≤ {ratio:.2} ×")),
            None => f.pad(&seconds),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case::both_hold(LIFE, Some(11.0), Some(0.58), true)]
    #[case::too_slow(LIFE, Some(11.1), Some(0.5), false)]
    #[case::too_near_the_script(LIFE, Some(9.0), Some(0.59), false)]
    #[case::no_ratio_measured(LIFE, Some(9.0), None, false)]
    #[case::nothing_measured(CRASH, None, None, false)]
    #[case::no_ratio_wanted(CRASH, Some(6.0), None, true)]
    #[case::a_worse_ratio_that_nobody_limits(TEARDOWN, Some(0.9), Some(3.0), true)]
    fn a_goal_is_met_only_by_what_was_measured(
        #[case] goal: Goal,
        #[case] seconds: Option<f64>,
        #[case] ratio: Option<f64>,
        #[case] met: bool,
    ) {
        assert_eq!(goal.is_met(seconds, ratio), met);
    }
}
