//! Time limits that do not count the time in which the node was stalled.
//!
//! A limit says how long an app may take on a node that works for it. A node on which other work waits for the
//! processor, for the disk or for memory gives less in the same time, and an app that is late there is not slow. So a
//! limit grows by the time that the node was stalled since the wait began. It grows to [`MOST`] times its length
//! and no further: a wait has an end on any node. Each limit that grows is an event.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use cc_ci_model::{Event, NodeSample, Stalls};
use tokio::time::{Instant, sleep_until};

use crate::bench::Bench;

/// A limit becomes at most this many times as long.
pub(crate) const MOST: u32 = 3;
/// A limit that grows by less is not worth a word.
const NOTABLE: Duration = Duration::from_secs(1);
/// Time by which the present state of the node is judged, where a limit has to be fixed before the wait begins.
const RECENT: Duration = Duration::from_secs(30);

/// A time limit of one wait.
pub(crate) struct TimeLimit<'a> {
    bench: &'a Bench<'a>,
    what: String,
    started: Instant,
    own: Duration,
    said: AtomicBool,
}

impl<'a> TimeLimit<'a> {
    /// The wait for `what` begins now and may take `own` on a node that is not stalled.
    pub(crate) fn begin(bench: &'a Bench<'a>, what: impl Into<String>, own: Duration) -> Self {
        let (what, started, said) = (what.into(), Instant::now(), AtomicBool::new(false));
        Self { bench, what, started, own, said }
    }

    /// The limit as it was asked for, which a fault names.
    pub(crate) fn own(&self) -> Duration {
        self.own
    }

    /// When the wait ends, by what is known now. It can become later while the wait goes on, never earlier.
    pub(crate) fn deadline(&self) -> Instant {
        let end = self.started + self.own;
        if Instant::now() < end { end } else { self.grown() }
    }

    /// The end with the time in which the node was stalled; says so where that makes it later.
    fn grown(&self) -> Instant {
        let end = self.started + self.own;
        let stalled = stalled(&self.bench.world.site.samples.raw(self.started));
        let more = stalled.min(self.own * (MOST - 1));
        let notable = more >= NOTABLE && Instant::now() < end + more;
        if notable && !self.said.swap(true, Ordering::Relaxed) {
            let limits = (self.own, self.own * MOST);
            self.bench.say(stretched(&self.what, limits, stalled));
        }
        end + more
    }

    /// True once nothing more is waited for.
    pub(crate) fn is_over(&self) -> bool {
        Instant::now() >= self.deadline()
    }

    /// True where nothing more is waited for after a pause.
    pub(crate) fn is_over_after(&self, pause: Duration) -> bool {
        let then = Instant::now() + pause;
        // Whether the limit grows is known once its own time is over. The pause is short against any limit.
        then >= self.started + self.own && then >= self.grown()
    }

    /// Ends with the limit.
    pub(crate) async fn over(&self) {
        while !self.is_over() {
            sleep_until(self.deadline()).await;
        }
    }
}

/// A time limit that has to be fixed before its wait begins: it goes by what the node was like in the last seconds.
pub(crate) struct Fixed<'a> {
    bench: &'a Bench<'a>,
    what: &'static str,
    started: Instant,
    own: Duration,
    limit: Duration,
}

impl<'a> Fixed<'a> {
    /// The wait for `what` begins now and may take `own` on a node that is not stalled.
    pub(crate) fn ahead(bench: &'a Bench<'a>, what: &'static str, own: Duration) -> Self {
        let started = Instant::now();
        let recent = started.checked_sub(RECENT).unwrap_or(started);
        let recent = bench.world.site.samples.raw(recent);
        let seconds: f64 = spans(&recent).map(|(_, seconds)| seconds).sum();
        let stalled = stalled(&recent).as_secs_f64();
        let share = if seconds > 0.0 { (stalled / seconds).min(1.0) } else { 0.0 };
        // Work that gets the rest of each second takes 1 / (1 - share) times as long.
        let longer = (1.0 / (1.0 - share)).min(f64::from(MOST));
        Self { bench, what, started, own, limit: own.mul_f64(longer) }
    }

    /// How long the wait may take.
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }
}

/// Says at the end of the wait that it took longer than it may on a node that is not stalled.
impl Drop for Fixed<'_> {
    fn drop(&mut self) {
        if self.limit >= self.own + NOTABLE && self.started.elapsed() > self.own {
            let stalled = stalled(&self.bench.world.site.samples.raw(self.started));
            self.bench.say(stretched(self.what, (self.own, self.limit), stalled));
        }
    }
}

fn stretched(what: &str, (own, most): (Duration, Duration), stalled: Duration) -> Event {
    Event::LimitStretched {
        what: what.to_owned(),
        limit_seconds: own.as_secs(),
        stalled_seconds: stalled.as_secs(),
        most_seconds: most.as_secs(),
    }
}

/// How long the node was stalled in these samples.
fn stalled(samples: &[NodeSample]) -> Duration {
    Duration::from_secs_f64(spans(samples).map(|(share, seconds)| share * seconds).sum())
}

/// The share of each sample in which the node was stalled, with the seconds that it stands for.
fn spans(samples: &[NodeSample]) -> impl Iterator<Item = (f64, f64)> + '_ {
    let before = samples.iter().map(|sample| sample.millis);
    samples.iter().skip(1).zip(before).map(|(sample, before)| {
        // A thread that samples late on a loaded node stands for the whole time since the last sample.
        let seconds = sample.millis.saturating_sub(before) as f64 / 1000.0;
        (share(sample), seconds)
    })
}

/// The worst of the stalls that count, as a share of the time.
fn share(sample: &NodeSample) -> f64 {
    let Stalls { cpu, io, memory } = sample.stalls();
    let worst = [cpu, io, memory].into_iter().flatten().max().unwrap_or_default();
    f64::from(worst) / 1000.0
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::Arc;

    use cc_ci_model::{NodeWindow, Stall, Tier};
    use cc_ci_suite::Suite;

    use super::*;
    use crate::Samples;
    use crate::testing::{Scene, services};

    /// A node that is looked at once a second since `since`, and stalled by one share of the time.
    struct Busy {
        since: Instant,
        sample: NodeSample,
    }

    impl Samples for Busy {
        fn window(&self, _: Instant) -> NodeWindow {
            NodeWindow::default()
        }

        fn raw(&self, from: Instant) -> Vec<NodeSample> {
            let first = from.max(self.since).duration_since(self.since).as_secs();
            let last = self.since.elapsed().as_secs();
            let sample = |second: u64| NodeSample { millis: second * 1000, ..self.sample };
            (first..=last).map(sample).collect()
        }
    }

    pub(crate) fn cpu(some: f64) -> NodeSample {
        NodeSample { cpu: Some(Stall { some, full: None }), ..NodeSample::default() }
    }

    pub(crate) fn scene(sample: NodeSample) -> Scene {
        let mut scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        scene.world.site.samples = Arc::new(Busy { since: Instant::now(), sample });
        scene
    }

    fn events(scene: &Scene) -> Vec<Event> {
        scene.world.journal.records().into_iter().map(|record| record.event).collect()
    }

    /// How long a limit of 60 s lasts on a node with this sample in each second.
    async fn lasts(sample: NodeSample) -> (u64, Vec<Event>) {
        let scene = scene(sample);
        let (bench, started) = (scene.bench(Tier::Deploy), Instant::now());
        TimeLimit::begin(&bench, "app", Duration::from_secs(60)).over().await;
        (started.elapsed().as_secs(), events(&scene))
    }

    #[rstest::rstest]
    #[case::idle(0.0, 60..=60)]
    // A second that is stalled by half counts half: 120 s have 60 s in them.
    #[case::half(50.0, 118..=121)]
    #[case::stalled(100.0, 180..=180)]
    #[tokio::test(start_paused = true)]
    async fn stalled_time_does_not_count(
        #[case] some: f64,
        #[case] expected: std::ops::RangeInclusive<u64>,
    ) {
        let (seconds, said) = lasts(cpu(some)).await;
        assert!(expected.contains(&seconds), "{seconds}");
        let stretched = Event::LimitStretched {
            what: "app".to_owned(),
            limit_seconds: 60,
            stalled_seconds: (some * 0.6) as u64,
            most_seconds: 180,
        };
        assert_eq!(said, if some > 0.0 { vec![stretched] } else { vec![] });
    }

    #[rstest::rstest]
    #[case::some_task_waits_for_the_disk(Stall { some: 100.0, full: Some(0.0) }, 60)]
    #[case::every_task_waits_for_the_disk(Stall { some: 100.0, full: Some(100.0) }, 180)]
    #[tokio::test(start_paused = true)]
    async fn waiting_for_the_disk_counts_where_nothing_else_is_done(
        #[case] io: Stall,
        #[case] expected: u64,
    ) {
        assert_eq!(lasts(NodeSample { io: Some(io), ..NodeSample::default() }).await.0, expected);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_ends_in_time_stretches_nothing() {
        let scene = scene(cpu(100.0));
        let bench = scene.bench(Tier::Deploy);
        let limit = TimeLimit::begin(&bench, "app", Duration::from_secs(60));
        tokio::time::sleep(Duration::from_secs(59)).await;
        assert!(!limit.is_over());
        assert_eq!(events(&scene), []);
    }

    #[rstest::rstest]
    #[case::idle(0.0, 20)]
    #[case::half(50.0, 40)]
    #[case::stalled(100.0, 60)]
    #[tokio::test(start_paused = true)]
    async fn a_limit_that_is_fixed_before_its_wait_goes_by_the_last_seconds(
        #[case] some: f64,
        #[case] expected: u64,
    ) {
        let scene = scene(cpu(some));
        let (bench, own) = (scene.bench(Tier::Backup), Duration::from_secs(20));
        // Nothing is known of the node before the first samples.
        assert_eq!(Fixed::ahead(&bench, "hooks", own).limit().as_secs(), 20);
        tokio::time::sleep(Duration::from_secs(100)).await;
        let limit = Fixed::ahead(&bench, "hooks", own);
        assert_eq!(limit.limit().as_secs(), expected);
        tokio::time::sleep(Duration::from_secs(10)).await;
        drop(limit);
        assert_eq!(events(&scene), [], "a wait that takes no longer than usual says nothing");
        let limit = Fixed::ahead(&bench, "hooks", own);
        tokio::time::sleep(Duration::from_secs(30)).await;
        drop(limit);
        let said = Event::LimitStretched {
            what: "hooks".to_owned(),
            limit_seconds: 20,
            stalled_seconds: (some * 0.3) as u64,
            most_seconds: expected,
        };
        assert_eq!(events(&scene), if expected > 20 { vec![said] } else { vec![] });
    }
}
