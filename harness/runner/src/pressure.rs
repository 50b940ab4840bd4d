//! Back-pressure: while the node is in trouble, nothing more begins on it.
//!
//! Trouble is what past attempts in which everything passed did not see: stalls above the 99th percentile of theirs.
//! Where there are too few of them, and for what no history excuses, there are fixed limits: little memory, little
//! disk, and an engine that answers late.

use std::time::Duration;

use cc_ci_engine::Engine;
use cc_ci_model::{Ceiling, Ceilings, NodeSample, Stalls};
use cc_ci_schedule::Pressure;
use tokio::time::{Instant, sleep, timeout};

use crate::World;
use crate::admission::Admission;

/// Time between two looks.
const PAUSE: Duration = Duration::from_secs(5);
/// Stalls are judged over so much time: one busy second is no trouble.
const WINDOW: Duration = Duration::from_secs(10);
/// Stalls for want of memory above this are trouble on any node: pages go to the disk and come back while nothing
/// else is done.
const MEMORY_STALLED: u32 = 200;
/// A new leg is not begun with less memory than this: its own tasks would be killed.
const MEMORY_LEFT: u64 = 256 << 20;
/// An engine that needs longer for a ping is late with everything.
const LATE: Duration = Duration::from_secs(2);
/// No ping is waited for longer.
const PING: Duration = Duration::from_secs(10);

/// Looks again and again and tells the schedule where it is not what was `said`. Never ends.
pub(crate) async fn watch(
    world: &World,
    admission: &Admission,
    (from, mut said): (Stalls, Pressure),
) {
    loop {
        sleep(PAUSE).await;
        let now = look(world, from).await;
        // Trouble that goes on is told once. Its numbers change at each look, and each change would be a record of each
        // leg that waits.
        if std::mem::discriminant(&now) != std::mem::discriminant(&said) {
            admission.pressure(now.clone());
            said = now;
        }
    }
}

/// How the node is now.
pub(crate) async fn look(world: &World, from: Stalls) -> Pressure {
    let late = late(world.site.engine.as_ref()).await;
    let now = Instant::now();
    let samples = world.site.samples.raw(now.checked_sub(WINDOW).unwrap_or(now));
    let trouble = late.or_else(|| trouble(&samples, &from, &world.ceilings));
    trouble.map_or(Pressure::Calm, Pressure::High)
}

/// That the engine is late, in words. What it answers is for others to judge.
async fn late(engine: &dyn Engine) -> Option<String> {
    let began = Instant::now();
    let answered = timeout(PING, engine.answers()).await.is_ok();
    let took = began.elapsed();
    if answered && took < LATE {
        return None;
    }
    Some(format!("the engine takes {} s for a ping", took.as_secs()))
}

/// What the node is short of, in words.
fn trouble(samples: &[NodeSample], from: &Stalls, ceilings: &Ceilings) -> Option<String> {
    let last = samples.last()?;
    let least = ceilings.get(Ceiling::DiskFreeBytes);
    if let Some(free) = last.disk_free.filter(|free| *free < least) {
        return Some(format!("{} MiB of disk are free, less than {}", free >> 20, least >> 20));
    }
    if let Some(left) = last.memory_available.filter(|left| *left < MEMORY_LEFT) {
        return Some(format!("{} MiB of memory are left", left >> 20));
    }
    let memory = from.memory.map_or(MEMORY_STALLED, |usual| usual.min(MEMORY_STALLED));
    let stalled: Vec<Stalls> = samples.iter().map(NodeSample::stalls).collect();
    let mean = |of: fn(&Stalls) -> Option<u32>| mean(stalled.iter().filter_map(of));
    let kinds = [
        ("memory", mean(|s| s.memory), Some(memory)),
        ("a processor", mean(|s| s.cpu), from.cpu),
        ("the disk", mean(|s| s.io), from.io),
    ];
    kinds.into_iter().find_map(|(what, now, limit)| {
        let (now, limit) = (now?, limit?);
        let (percent, most, seconds) = (now / 10, limit / 10, WINDOW.as_secs());
        let said = || {
            format!(
                "work waited for {what} in {percent} % of the last {seconds} s, more than {most} %"
            )
        };
        (now > limit).then(said)
    })
}

/// The mean of `values`, rounded down.
fn mean(values: impl Iterator<Item = u32>) -> Option<u32> {
    let (sum, count) = values.fold((0, 0), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / count)
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Stall;

    use super::*;

    const GIB: u64 = 1 << 30;

    fn ceilings() -> Ceilings {
        Ceilings::of_machine(8 * GIB)
    }

    fn calm() -> NodeSample {
        let stall = |some, full| Some(Stall { some, full: Some(full) });
        NodeSample {
            cpu: stall(90.0, 0.0),
            io: stall(90.0, 50.0),
            memory: stall(5.0, 1.0),
            memory_available: Some(GIB),
            disk_free: Some(100 * GIB),
            ..NodeSample::default()
        }
    }

    fn usual() -> Stalls {
        Stalls { cpu: Some(950), io: Some(600), memory: Some(100) }
    }

    fn stalled(some: f64, full: f64) -> Option<Stall> {
        Some(Stall { some, full: Some(full) })
    }

    #[rstest::rstest]
    #[case::calm(calm(), usual(), None)]
    #[case::nothing_is_known_of_the_past(calm(), Stalls::default(), None)]
    #[case::cpu(NodeSample { cpu: stalled(96.0, 0.0), ..calm() }, usual(), Some("a processor in 96 %"))]
    #[case::cpu_without_a_past(NodeSample { cpu: stalled(100.0, 0.0), ..calm() }, Stalls::default(), None)]
    #[case::disk(NodeSample { io: stalled(90.0, 61.0), ..calm() }, usual(), Some("the disk in 61 %"))]
    #[case::memory(NodeSample { memory: stalled(50.0, 11.0), ..calm() }, usual(), Some("more than 10 %"))]
    #[case::memory_without_a_past(NodeSample { memory: stalled(50.0, 21.0), ..calm() }, Stalls::default(), Some("more than 20 %"))]
    #[case::little_memory(NodeSample { memory_available: Some(255 << 20), ..calm() }, usual(), Some("255 MiB of memory are left"))]
    #[case::little_disk(NodeSample { disk_free: Some(1 << 20), ..calm() }, usual(), Some("1 MiB of disk are free"))]
    fn trouble_is_said_in_words(
        #[case] sample: NodeSample,
        #[case] from: Stalls,
        #[case] expected: Option<&str>,
    ) {
        let said = trouble(&[sample, sample], &from, &ceilings());
        match (&said, expected) {
            (Some(said), Some(expected)) => assert!(said.contains(expected), "{said}"),
            (said, expected) => assert_eq!(said.as_deref(), expected),
        }
    }

    #[test]
    fn one_busy_second_is_no_trouble_and_no_sample_says_nothing() {
        let mut samples = [calm(); 10];
        samples[3].memory = stalled(100.0, 100.0);
        assert_eq!(trouble(&samples, &Stalls::default(), &ceilings()), None);
        assert_eq!(trouble(&[], &usual(), &ceilings()), None);
    }
}
