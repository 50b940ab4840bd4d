//! What the node was like meanwhile, kept as evidence: percentiles of each attempt, and every second before a red.

use std::time::Duration;

use cc_ci_model::{Event, EvidenceKind, EvidenceRef, NodeSample, NodeWindow, Stalls, UnitId};
use tokio::time::Instant;

use crate::World;

/// Time before a red of which every sample is kept. Pressure that explains a failure comes before it.
const BEFORE: Duration = Duration::from_secs(30);

/// The node as it was looked at once a second.
pub trait Samples: Send + Sync + 'static {
    /// The node from `from` until now. A window of no samples says nothing.
    fn window(&self, from: Instant) -> NodeWindow;
    /// The samples from `from` until now.
    fn raw(&self, from: Instant) -> Vec<NodeSample>;
}

/// Nothing looks at the node.
#[derive(Debug, Clone, Copy)]
pub struct NoSamples;

impl Samples for NoSamples {
    fn window(&self, _: Instant) -> NodeWindow {
        NodeWindow::default()
    }

    fn raw(&self, _: Instant) -> Vec<NodeSample> {
        Vec::new()
    }
}

/// Keeps the percentiles of an attempt that began at `started`. Nothing is kept where there are no samples.
pub(crate) fn of_attempt(world: &World, unit: &UnitId, attempt: u32, started: Instant) {
    let window = world.site.samples.window(started);
    if window.samples == 0 {
        return;
    }
    let evidence = world.journal.keep_json(EvidenceKind::Node, "node", &window);
    world.journal.write(Some(unit), attempt, Event::Captured { evidence });
    let stalls = window.stalls();
    if stalls != Stalls::default() {
        world.journal.write(Some(unit), attempt, Event::NodeStalled { stalls });
    }
}

/// Keeps every sample of the time before a red.
pub(crate) fn before_red(world: &World) -> Option<EvidenceRef> {
    let now = Instant::now();
    let raw = world.site.samples.raw(now.checked_sub(BEFORE).unwrap_or(now));
    let kept = || world.journal.keep_json(EvidenceKind::Node, "node-before", &raw);
    (!raw.is_empty()).then(kept)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use cc_ci_model::Tier;
    use cc_ci_suite::Suite;
    use tokio::time::sleep;

    use super::*;
    use crate::capture;
    use crate::run::{RunRequest, Runner};
    use crate::testing::{Scene, services};

    /// A node that is looked at once a second since `since`.
    struct Steady {
        since: Instant,
    }

    impl Samples for Steady {
        fn window(&self, from: Instant) -> NodeWindow {
            // An attempt on the fake engine takes no time.
            let samples = 1 + self.raw(from).len() as u64;
            NodeWindow { samples, oom_kills: Some(1), ..NodeWindow::default() }
        }

        fn raw(&self, from: Instant) -> Vec<NodeSample> {
            let from = from.max(self.since);
            let millis = |second| (from - self.since).as_millis() as u64 + second * 1000;
            let sample = |second| NodeSample { millis: millis(second), ..NodeSample::default() };
            (0..from.elapsed().as_secs()).map(sample).collect()
        }
    }

    fn scene() -> Scene {
        let mut scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        scene.world.site.samples = Arc::new(Steady { since: Instant::now() });
        scene
    }

    #[tokio::test(start_paused = true)]
    async fn an_attempt_keeps_its_percentiles() {
        let scene = scene();
        let request = RunRequest {
            units: vec![scene.plan.clone()],
            without_experiments: true,
            ..RunRequest::default()
        };
        Runner::new(scene.world.clone()).run(&request).await;
        let records = scene.world.journal.records();
        let kept = records.iter().position(|record| match &record.event {
            Event::Captured { evidence } => {
                evidence.kind == EvidenceKind::Node && evidence.name == "node"
            }
            _ => false,
        });
        let ended =
            records.iter().position(|record| matches!(record.event, Event::UnitFinished { .. }));
        assert!(kept.is_some() && kept < ended, "{kept:?} {ended:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_red_keeps_the_seconds_before_it() {
        let scene = scene();
        sleep(BEFORE * 3).await;
        let kept = capture::unit(&scene.bench(Tier::Deploy)).await;
        let node: Vec<_> = kept.iter().filter(|kept| kept.kind == EvidenceKind::Node).collect();
        assert_eq!(node.len(), 1, "{kept:?}");
        assert_eq!(
            scene.world.site.samples.raw(Instant::now() - BEFORE).len() as u64,
            BEFORE.as_secs()
        );
    }

    #[tokio::test(start_paused = true)]
    async fn without_samples_nothing_is_kept() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        of_attempt(&scene.world, &scene.plan.head.unit, 1, Instant::now());
        assert!(scene.world.journal.records().is_empty());
        assert_eq!(before_red(&scene.world), None);
    }
}
