//! The samples of the last hour, and the containers that were seen last.

use std::collections::{BTreeMap, VecDeque};
use std::time::Instant;

use cc_ci_model::{ContainerPeak, NodeSample, NodeWindow, Spread, Stall, StallSpread};

use super::cgroup;
use super::reading::Reading;

/// Samples that are kept: an hour of them, below half a megabyte.
const MOST: usize = 3600;
/// Containers that are kept. Those that were not seen for the longest time go first.
const MOST_CONTAINERS: usize = 512;

/// The samples of the last hour, and the containers that were seen last.
#[derive(Debug)]
pub(super) struct Ring {
    first: Reading,
    last: Reading,
    samples: VecDeque<(Instant, NodeSample)>,
    containers: BTreeMap<String, (Instant, ContainerPeak)>,
}

impl Ring {
    /// Nothing but a first look: a sample lies between two.
    pub(super) fn new(first: Reading) -> Self {
        let last = first.clone();
        Self { first, last, samples: VecDeque::new(), containers: BTreeMap::new() }
    }

    /// Takes another look in.
    pub(super) fn push(&mut self, reading: Reading) {
        if self.samples.len() == MOST {
            self.samples.pop_front();
        }
        let sample = reading.since(&self.last, &self.first);
        self.samples.push_back((reading.at, sample));
        for (id, now) in &reading.containers {
            let before = self.containers.get(id).map_or(*now, |(_, before)| *before);
            self.containers.insert(id.clone(), (reading.at, cgroup::merge(before, *now)));
        }
        while self.containers.len() > MOST_CONTAINERS {
            let oldest = self.containers.iter().min_by_key(|(_, (seen, _))| *seen);
            let Some(id) = oldest.map(|(id, _)| id.clone()) else { break };
            self.containers.remove(&id);
        }
        // Containers are in the map; the last reading only needs its sums.
        self.last = Reading { containers: BTreeMap::new(), ..reading };
    }

    /// The samples that were taken from `from` on.
    pub(super) fn raw(&self, from: Instant) -> Vec<NodeSample> {
        self.since(from).copied().collect()
    }

    fn since(&self, from: Instant) -> impl Iterator<Item = &NodeSample> + Clone {
        self.samples.iter().filter(move |(at, _)| *at >= from).map(|(_, sample)| sample)
    }

    /// The node from `from` on.
    pub(super) fn window(&self, from: Instant) -> NodeWindow {
        let samples = self.since(from);
        let (Some(first), Some(last)) = (samples.clone().next(), samples.clone().last()) else {
            return NodeWindow::default();
        };
        let stalls =
            |of: fn(&NodeSample) -> Option<Stall>| StallSpread::of(self.since(from).filter_map(of));
        let spread =
            |of: fn(&NodeSample) -> Option<f64>| Spread::of(self.since(from).filter_map(of));
        let before = self.samples.iter().rev().find(|(at, _)| *at < from);
        let before = before.map_or(self.first.oom_kills, |(_, sample)| sample.oom_kills);
        let seen = self.containers.iter().filter(|(_, (seen, _))| *seen >= from);
        NodeWindow {
            samples: samples.clone().count() as u64,
            millis: last.millis - first.millis,
            cpu: stalls(|sample| sample.cpu),
            io: stalls(|sample| sample.io),
            memory: stalls(|sample| sample.memory),
            load: spread(|sample| sample.load),
            threads: spread(|sample| sample.threads.map(|threads| threads as f64)),
            memory_available: spread(|sample| sample.memory_available.map(|bytes| bytes as f64)),
            disk_free: spread(|sample| sample.disk_free.map(|bytes| bytes as f64)),
            inodes_free: spread(|sample| sample.inodes_free.map(|inodes| inodes as f64)),
            clock_gain: spread(|sample| Some(sample.clock_gain as f64)),
            oom_kills: last.oom_kills.zip(before).map(|(now, then)| now.saturating_sub(then)),
            containers: seen.map(|(id, (_, peak))| (id.clone(), *peak)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::super::kernel::Stalled;
    use super::*;
    use crate::Host;

    const SECOND: Duration = Duration::from_secs(1);

    /// Look number `n`, a second after the one before; `stalled` microseconds were lost since the first.
    fn look(start: &Reading, n: u32, stalled: u64, oom_kills: u64) -> Reading {
        Reading {
            at: start.at + SECOND * n,
            wall: start.wall + SECOND * n,
            cpu: Some(Stalled { some: stalled, full: None }),
            oom_kills: Some(oom_kills),
            ..start.clone()
        }
    }

    fn start() -> Reading {
        let nowhere = Reading::of(&Host::at("/nonexistent"), Path::new("/"));
        look(&nowhere, 0, 0, 7)
    }

    #[test]
    fn a_window_holds_what_was_taken_from_its_beginning_on() {
        let first = start();
        let mut ring = Ring::new(first.clone());
        // Quiet, then a second that is wholly lost, in which the kernel kills two processes.
        for (n, stalled, kills) in [(1, 0, 8), (2, 0, 8), (3, 1_000_000, 10)] {
            ring.push(look(&first, n, stalled, kills));
        }
        let whole = ring.window(first.at);
        let cpu = whole.cpu.unwrap();
        assert_eq!((whole.samples, whole.millis, whole.oom_kills), (3, 2000, Some(3)));
        assert_eq!((cpu.some.p50, cpu.some.max, cpu.full), (0.0, 100.0, None));
        let late = ring.window(first.at + SECOND * 3);
        assert_eq!((late.samples, late.oom_kills), (1, Some(2)));
        assert_eq!(ring.raw(first.at + SECOND * 2).len(), 2);
    }

    #[test]
    fn a_window_without_samples_says_nothing() {
        let first = start();
        let ring = Ring::new(first.clone());
        assert_eq!(ring.window(first.at), NodeWindow::default());
    }

    #[test]
    fn memory_does_not_grow() {
        let first = start();
        let mut ring = Ring::new(first.clone());
        for n in 1..=u32::try_from(MOST + 10).unwrap() {
            let mut reading = look(&first, n, 0, 7);
            reading.containers = [(format!("{n:012}"), ContainerPeak::default())].into();
            ring.push(reading);
        }
        assert_eq!((ring.samples.len(), ring.containers.len()), (MOST, MOST_CONTAINERS));
        assert!(size_of::<(Instant, NodeSample)>() * MOST < 1 << 20);
        // The oldest went first.
        assert!(ring.containers.contains_key(&format!("{:012}", MOST + 10)));
        assert!(!ring.containers.contains_key(&format!("{:012}", 1)));
    }

    #[test]
    fn containers_of_an_earlier_time_are_not_in_the_window() {
        let first = start();
        let mut ring = Ring::new(first.clone());
        let with = |n: u32, id: &str, bytes: u64| {
            let peak = ContainerPeak { memory_bytes: Some(bytes), ..ContainerPeak::default() };
            Reading { containers: [(id.to_owned(), peak)].into(), ..look(&first, n, 0, 7) }
        };
        for reading in [with(1, "old", 1), with(2, "new", 9), with(3, "new", 4)] {
            ring.push(reading);
        }
        let window = ring.window(first.at + SECOND * 2);
        let peaks: Vec<_> =
            window.containers.iter().map(|(id, peak)| (id.as_str(), peak.memory_bytes)).collect();
        assert_eq!(peaks, [("new", Some(9))]);
    }
}
