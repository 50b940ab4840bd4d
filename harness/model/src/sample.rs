//! Load and resources of a node over a stretch of time. Facts only: whether they explain a failure is for
//! `classify`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The node at one moment. A value that the kernel does not give is absent, never zero.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct NodeSample {
    /// Milliseconds from the start of the sampler to this sample.
    pub millis: u64,
    /// Stalls for want of a processor since the sample before.
    pub cpu: Option<Stall>,
    /// Stalls for want of the disk since the sample before.
    pub io: Option<Stall>,
    /// Stalls for want of memory since the sample before.
    pub memory: Option<Stall>,
    /// Load average of the last minute, in runnable tasks.
    pub load: Option<f64>,
    /// Processes and threads that exist.
    pub threads: Option<u64>,
    /// Bytes that a new process can have without swapping (`MemAvailable`).
    pub memory_available: Option<u64>,
    /// Free bytes where the engine keeps its data.
    pub disk_free: Option<u64>,
    /// Free inodes there. Absent on a file system without a fixed number of inodes.
    pub inodes_free: Option<u64>,
    /// Processes that the kernel killed for want of memory since it was booted, under whichever limit.
    pub oom_kills: Option<u64>,
    /// Milliseconds that the clock on the wall gained on the steady clock since the sampler began.
    pub clock_gain: i64,
}

/// Pressure as the kernel counts it (PSI): the share of the time, in percent.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Stall {
    /// At least one task was stalled.
    pub some: f64,
    /// Every task that had something to do was stalled. Kernels before 5.13 do not give it for the processor.
    pub full: Option<f64>,
}

/// Which stalls count against the node, in thousandths of a time. That some task waits for the disk or for memory is usual on
/// an idle node, so there only the time counts in which nothing else was done. What the kernel does not give is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Stalls {
    /// A task waited for a processor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<u32>,
    /// All that had something to do waited for the disk.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub io: Option<u32>,
    /// All that had something to do waited for memory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u32>,
}

/// How the values of a window are spread. Percentiles are by nearest rank, so each is a value that was measured.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Spread {
    /// The least.
    pub min: f64,
    /// The median.
    pub p50: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The greatest.
    pub max: f64,
}

/// How [`Stall`]s are spread.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct StallSpread {
    /// Shares in which at least one task was stalled, in percent.
    pub some: Spread,
    /// Shares in which every task was stalled, in percent.
    pub full: Option<Spread>,
}

/// What one container took while it was seen. A value that the kernel does not give is absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ContainerPeak {
    /// The most memory that it had at once, in bytes, with the page cache that is counted for it.
    pub memory_bytes: Option<u64>,
    /// Processes in it that the kernel killed for want of memory.
    pub oom_kills: Option<u64>,
    /// Milliseconds that its tasks were held back by its processor limit.
    pub throttled_millis: Option<u64>,
    /// The most processes and threads that a look found in it.
    pub pids: Option<u64>,
    /// Times that its limit of processes refused a new one.
    pub pids_refused: Option<u64>,
}

/// The node over a stretch of time.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct NodeWindow {
    /// Samples that it is made of. With none, it says nothing.
    pub samples: u64,
    /// Milliseconds from the first to the last of them.
    pub millis: u64,
    /// Stalls for want of a processor.
    pub cpu: Option<StallSpread>,
    /// Stalls for want of the disk.
    pub io: Option<StallSpread>,
    /// Stalls for want of memory.
    pub memory: Option<StallSpread>,
    /// Load averages of one minute.
    pub load: Option<Spread>,
    /// Processes and threads.
    pub threads: Option<Spread>,
    /// Bytes of memory that were available.
    pub memory_available: Option<Spread>,
    /// Bytes that were free where the engine keeps its data.
    pub disk_free: Option<Spread>,
    /// Inodes that were free there.
    pub inodes_free: Option<Spread>,
    /// Milliseconds that the clock on the wall gained on the steady clock.
    pub clock_gain: Option<Spread>,
    /// Processes of the node that the kernel killed for want of memory in this stretch.
    pub oom_kills: Option<u64>,
    /// Containers that were seen in this stretch, by the first 12 digits of their ids.
    pub containers: BTreeMap<String, ContainerPeak>,
}

impl NodeSample {
    /// Its stalls.
    #[must_use]
    pub fn stalls(&self) -> Stalls {
        let full = |stall: Option<Stall>| stall?.full.map(thousandths);
        Stalls {
            cpu: self.cpu.map(|stall| thousandths(stall.some)),
            io: full(self.io),
            memory: full(self.memory),
        }
    }
}

impl NodeWindow {
    /// Its stalls that nine tenths of the samples do not exceed.
    #[must_use]
    pub fn stalls(&self) -> Stalls {
        let most = |spread: Option<Spread>| spread.map(|spread| thousandths(spread.p90));
        Stalls {
            cpu: most(self.cpu.map(|stall| stall.some)),
            io: most(self.io.and_then(|stall| stall.full)),
            memory: most(self.memory.and_then(|stall| stall.full)),
        }
    }
}

/// Percent as whole thousandths. A value that is no number or out of range is brought into the range.
fn thousandths(percent: f64) -> u32 {
    (percent * 10.0).round().clamp(0.0, 1000.0) as u32
}

impl Spread {
    /// How `values` are spread; `None` without values. A value that is no number is left out.
    #[must_use]
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let (min, max) = (*values.first()?, *values.last()?);
        let rank = |percent: usize| {
            let rank = (values.len() * percent).div_ceil(100);
            values.get(rank.saturating_sub(1)).copied().unwrap_or(max)
        };
        Some(Self { min, p50: rank(50), p90: rank(90), p99: rank(99), max })
    }
}

impl StallSpread {
    /// How `stalls` are spread; nothing where there are none.
    #[must_use]
    pub fn of(stalls: impl Iterator<Item = Stall> + Clone) -> Option<Self> {
        let some = Spread::of(stalls.clone().map(|stall| stall.some))?;
        Some(Self { some, full: Spread::of(stalls.filter_map(|stall| stall.full)) })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::hundred((1..=100).map(f64::from).collect(), [1.0, 50.0, 90.0, 99.0, 100.0])]
    #[case::one(vec![7.0], [7.0; 5])]
    #[case::two(vec![9.0, 1.0], [1.0, 1.0, 9.0, 9.0, 9.0])]
    #[case::no_number(vec![f64::NAN, 3.0], [3.0; 5])]
    fn percentiles_are_measured_values(#[case] values: Vec<f64>, #[case] expected: [f64; 5]) {
        let Spread { min, p50, p90, p99, max } = Spread::of(values).unwrap();
        assert_eq!([min, p50, p90, p99, max], expected);
    }

    #[test]
    fn no_values_are_no_spread() {
        assert_eq!(Spread::of([]), None);
        assert_eq!(StallSpread::of(std::iter::empty()), None);
        let only_some = StallSpread::of(std::iter::once(Stall { some: 1.0, full: None })).unwrap();
        assert_eq!(only_some.full, None);
    }
}
