//! One look at the machine, and what lies between two of them.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Instant, SystemTime};

use cc_ci_model::{ContainerPeak, NodeSample, Stall};

use super::cgroup;
use super::kernel::{Stalled, counter, load, memory_available, stalled};
use crate::Host;
use crate::space::Space;

/// One look at the machine: sums since it was booted, and values of the moment.
#[derive(Debug, Clone)]
pub(super) struct Reading {
    pub(super) at: Instant,
    pub(super) wall: SystemTime,
    pub(super) cpu: Option<Stalled>,
    pub(super) io: Option<Stalled>,
    pub(super) memory: Option<Stalled>,
    pub(super) load: Option<(f64, u64)>,
    pub(super) memory_available: Option<u64>,
    pub(super) oom_kills: Option<u64>,
    pub(super) space: Option<Space>,
    pub(super) containers: BTreeMap<String, ContainerPeak>,
}

impl Reading {
    /// Looks at `host`, whose engine keeps its data in `data`.
    pub(super) fn of(host: &Host, data: &Path) -> Self {
        let pressure =
            |kind: &str| stalled(&host.read(&format!("/proc/pressure/{kind}")).unwrap_or_default());
        let read = |path: &str| host.read(path).unwrap_or_default();
        Self {
            at: Instant::now(),
            wall: SystemTime::now(),
            cpu: pressure("cpu"),
            io: pressure("io"),
            memory: pressure("memory"),
            load: load(&read("/proc/loadavg")),
            memory_available: memory_available(&read("/proc/meminfo")),
            oom_kills: counter(&read("/proc/vmstat"), "oom_kill"),
            space: Space::at(&host.path(data)).ok(),
            containers: cgroup::containers(host),
        }
    }

    /// The sample that this look makes together with the one `before`, on the clocks of the `first` look.
    pub(super) fn since(&self, before: &Self, first: &Self) -> NodeSample {
        let micros = u64::try_from((self.at - before.at).as_micros()).unwrap_or(u64::MAX);
        let steady = self.at - first.at;
        let walls = match self.wall.duration_since(first.wall) {
            Ok(later) => i64::try_from(later.as_millis()).unwrap_or(i64::MAX),
            Err(earlier) => {
                i64::try_from(earlier.duration().as_millis()).map_or(i64::MIN, |millis| -millis)
            }
        };
        let steady = i64::try_from(steady.as_millis()).unwrap_or(i64::MAX);
        NodeSample {
            millis: u64::try_from(steady).unwrap_or_default(),
            cpu: stall(before.cpu, self.cpu, micros),
            io: stall(before.io, self.io, micros),
            memory: stall(before.memory, self.memory, micros),
            load: self.load.map(|(load, _)| load),
            threads: self.load.map(|(_, threads)| threads),
            memory_available: self.memory_available,
            disk_free: self.space.map(|space| space.free),
            inodes_free: self.space.filter(|space| space.inodes > 0).map(|space| space.free_inodes),
            oom_kills: self.oom_kills,
            clock_gain: walls.saturating_sub(steady),
        }
    }
}

/// The shares of `micros` in which tasks were stalled.
fn stall(before: Option<Stalled>, now: Option<Stalled>, micros: u64) -> Option<Stall> {
    let (before, now) = (before?, now?);
    if micros == 0 {
        return None;
    }
    // Sums that went backwards belong to two machines, as after a container was moved.
    let share = |before: u64, now: u64| {
        let stalled = now.checked_sub(before)?;
        Some((stalled as f64 * 100.0 / micros as f64).min(100.0))
    };
    let full = before.full.zip(now.full).and_then(|(before, now)| share(before, now));
    Some(Stall { some: share(before.some, now.some)?, full })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use rstest::rstest;

    use super::*;

    fn reading(at: Instant, wall: SystemTime) -> Reading {
        Reading { at, wall, ..Reading::of(&Host::at("/nonexistent"), Path::new("/data")) }
    }

    fn sums(some: u64, full: Option<u64>) -> Option<Stalled> {
        Some(Stalled { some, full })
    }

    #[rstest]
    #[case::half(sums(100, Some(0)), sums(500_100, Some(10_000)), Some((50.0, Some(1.0))))]
    #[case::no_full(sums(0, None), sums(0, None), Some((0.0, None)))]
    // The kernel's sums and our clock are not read in the same moment.
    #[case::never_above_all(sums(0, None), sums(1_000_400, None), Some((100.0, None)))]
    #[case::backwards(sums(9, None), sums(1, None), None)]
    #[case::unknown_before(None, sums(1, None), None)]
    fn a_stall_is_a_share_of_the_time(
        #[case] before: Option<Stalled>,
        #[case] now: Option<Stalled>,
        #[case] expected: Option<(f64, Option<f64>)>,
    ) {
        let found = stall(before, now, 1_000_000);
        assert_eq!(found.map(|stall| (stall.some, stall.full)), expected);
        assert_eq!(stall(before, now, 0), None);
    }

    #[rstest]
    #[case::jumps_ahead(5_000, 4_000)]
    #[case::keeps_up(1_000, 0)]
    #[case::is_set_back(-2_000, -3_000)]
    fn a_clock_that_is_set_is_seen(#[case] wall_millis: i64, #[case] expected: i64) {
        let (at, wall) = (Instant::now(), SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000));
        let first = reading(at, wall);
        let moved = Duration::from_millis(wall_millis.unsigned_abs());
        let wall = if wall_millis < 0 { wall - moved } else { wall + moved };
        let later = reading(at + Duration::from_secs(1), wall);
        assert_eq!(later.since(&first, &first).clock_gain, expected);
        assert_eq!(later.since(&first, &first).millis, 1_000);
    }

    #[test]
    fn what_the_kernel_does_not_give_is_absent() {
        let (at, wall) = (Instant::now(), SystemTime::now());
        let (first, later) = (reading(at, wall), reading(at + Duration::from_secs(1), wall));
        let sample = later.since(&first, &first);
        assert_eq!((sample.cpu, sample.load, sample.oom_kills), (None, None, None));
        assert_eq!((sample.threads, sample.memory_available), (None, None));
    }
}
