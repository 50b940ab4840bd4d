//! What will happen, and when.

use std::collections::BTreeMap;

use tokio::time::Instant;

/// Something that is due at a moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    /// A task gets its image and mounts.
    Prepare(String),
    /// A prepared task gets its container.
    Create(String),
    /// A waiting task may start.
    Release(String),
    /// A task's process starts.
    Launch(String),
    /// A container's process ends with a code.
    Exit(String, i64),
    /// A container's health check decides; the error is the check's output.
    Health(String, Result<(), String>),
    /// An update of a service begins, if the service is still at that version of its template.
    Begin(String, u64),
    /// An update goes on with the next copies.
    Proceed(String, u64),
    /// An update was watched long enough.
    Settle(String, u64),
    /// Swarm removes a container whose service is gone.
    Reap(String),
    /// Swarm forgets a task whose service is gone.
    Forget(String),
}

/// Things due, in order of time and then of their entry.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BTreeMap<(Instant, u64), Due>,
    serial: u64,
}

impl Agenda {
    pub(super) fn add(&mut self, at: Instant, due: Due) {
        self.serial += 1;
        self.entries.insert((at, self.serial), due);
    }

    /// When the next thing is due.
    pub(super) fn next(&self) -> Option<Instant> {
        self.entries.keys().next().map(|(at, _)| *at)
    }

    /// Takes the next thing that is due at `now` or earlier.
    pub(super) fn take(&mut self, now: Instant) -> Option<(Instant, Due)> {
        let entry = self.entries.first_entry().filter(|entry| entry.key().0 <= now)?;
        let ((at, _), due) = entry.remove_entry();
        Some((at, due))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn due_things_come_in_order_and_not_early() {
        let now = Instant::now();
        let mut agenda = Agenda::default();
        agenda.add(now + Duration::from_secs(1), Due::Reap("late".into()));
        agenda.add(now, Due::Reap("b".into()));
        agenda.add(now, Due::Reap("a".into()));
        let taken: Vec<Due> = std::iter::from_fn(|| agenda.take(now)).map(|(_, due)| due).collect();
        assert_eq!(taken, [Due::Reap("b".into()), Due::Reap("a".into())]);
        assert_eq!(agenda.next(), Some(now + Duration::from_secs(1)));
    }
}
