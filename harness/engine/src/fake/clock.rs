//! The fake's calendar.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;

/// The fake's first moment, 2030-01-01T00:00:00Z: fixed, so that two runs of a test see the same
/// times, and far enough from now that nobody takes it for the real clock.
const BEGINNING_SECOND: i64 = 1_893_456_000;

/// Turns moments of tokio's clock into dates.
#[derive(Debug)]
pub(super) struct Clock {
    start: Instant,
}

impl Clock {
    pub(super) fn new() -> Self {
        Self { start: Instant::now() }
    }

    fn date(&self, at: Instant) -> Timestamp {
        let passed = at.saturating_duration_since(self.start);
        let beginning = Timestamp::from_second(BEGINNING_SECOND).unwrap_or_default();
        let passed = SignedDuration::try_from(passed).unwrap_or(SignedDuration::ZERO);
        beginning.checked_add(passed).unwrap_or(beginning)
    }

    /// The date as RFC 3339.
    pub(super) fn text(&self, at: Instant) -> String {
        self.date(at).to_string()
    }

    /// Nanoseconds since 1970.
    pub(super) fn nanos(&self, at: Instant) -> i64 {
        i64::try_from(self.date(at).as_nanosecond()).unwrap_or(i64::MAX)
    }
}

/// A duration that a specification gives in nanoseconds.
pub(super) fn nanoseconds(value: Option<u64>, default: Duration) -> Duration {
    value.map_or(default, Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_move_with_the_clock() {
        let clock = Clock::new();
        assert_eq!(clock.text(clock.start), "2030-01-01T00:00:00Z");
        let later = clock.start + Duration::from_millis(1500);
        assert_eq!(clock.text(later), "2030-01-01T00:00:01.5Z");
        assert_eq!(clock.nanos(later) - clock.nanos(clock.start), 1_500_000_000);
    }
}
