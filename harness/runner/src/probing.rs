//! Probes as the tiers use them: filled in, bounded in time, repeated where time may heal.

use std::pin::pin;
use std::time::Duration;

use cc_ci_model::Fault;
use cc_ci_probe::{Access, FIRST_PAUSE, LONGEST_PAUSE, Probe, ProbeError, Unheld};
use futures_util::future::BoxFuture;
use tokio::time::{Instant, sleep, sleep_until};

use crate::stretch::TimeLimit;

/// How long the edge may take to learn a route, after which its own answer is looked into.
const SETTLES: Duration = Duration::from_secs(10);
/// Pause between two looks into why the edge answers in the app's place.
const LOOKS: Duration = Duration::from_secs(5);

/// Looks into why the edge does not serve the app.
pub(crate) struct Edge<'a> {
    /// Says why, and gives the reason where no waiting changes it.
    pub(crate) explain: &'a (dyn Fn(Fault) -> BoxFuture<'a, (Fault, Option<String>)> + Sync),
    /// What a conversation is that does not end; nothing for a probe that does not ask the edge.
    pub(crate) silent: Option<Fault>,
}

/// What was found at the last look, where no waiting changes it.
struct Looks {
    next: Instant,
    found: Option<String>,
}

impl Looks {
    /// Looks; the fault is the verdict where two looks in a row find the same and no waiting changes it.
    async fn look(&mut self, edge: &Edge<'_>, fault: Fault) -> (Fault, bool) {
        // The edge may answer at one look and be silent at the next, for one reason.
        let (fault, reason) = (edge.explain)(fault).await;
        let again = reason.is_some() && self.found == reason;
        self.found = reason;
        self.next = Instant::now() + LOOKS;
        (fault, again)
    }
}

/// Repeats the probe until it holds. Ready probes are repeated because an app may need a moment
/// after its container runs; what they say last is what is reported.
///
/// Where the edge answers itself or not at all, for a reason that lies in the recipe's files, there is
/// nothing to wait for.
pub(crate) async fn until_it_holds(
    probe: &dyn Probe,
    access: &Access,
    limit: &TimeLimit<'_>,
    edge: Edge<'_>,
) -> Result<(), Fault> {
    let mut looks = Looks { next: Instant::now() + SETTLES, found: None };
    let mut pause = FIRST_PAUSE;
    loop {
        let mut attempt = pin!(once_within(probe, access, limit));
        let answer = loop {
            tokio::select! {
                biased;
                answer = &mut attempt => break answer,
                () = sleep_until(looks.next), if edge.silent.is_some() => {}
            }
            let Some(silent) = edge.silent.clone() else { continue };
            let (fault, done) = looks.look(&edge, silent).await;
            if done {
                return Err(fault);
            }
        };
        let error = match answer {
            Ok(()) => return Ok(()),
            Err(Unheld::Said(error)) => error,
            Err(Unheld::Silent(fault)) => {
                let Some(silent) = edge.silent.clone() else { return Err(fault) };
                let (explained, reason) = (edge.explain)(silent).await;
                return Err(if reason.is_some() { explained } else { fault });
            }
        };
        let over = limit.is_over_after(pause);
        match error {
            ProbeError::NotServing { .. } if over || Instant::now() >= looks.next => {
                let (fault, done) = looks.look(&edge, error.fault()).await;
                if over || done {
                    return Err(fault);
                }
            }
            ProbeError::NotServing { .. } => {}
            // Silence until time ran out says that it is late, not whose fault that is.
            ProbeError::NoAnswer { .. } if over => {
                let seconds = limit.own().as_secs();
                return Err(Fault::Deadline { seconds, waiting_for: error.to_string() });
            }
            _ if over => return Err(error.fault()),
            _ => {}
        }
        sleep(pause).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

/// One try that ends with `limit`.
pub(crate) async fn once_within(
    probe: &dyn Probe,
    access: &Access,
    limit: &TimeLimit<'_>,
) -> Result<(), Unheld> {
    tokio::select! {
        biased;
        held = probe.run(access) => held.map_err(Unheld::Said),
        () = limit.over() => {
            let waiting_for = format!("{}: the conversation did not end", probe.at());
            Err(Unheld::Silent(Fault::Deadline { seconds: limit.own().as_secs(), waiting_for }))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use async_trait::async_trait;
    use cc_ci_model::Tier;
    use cc_ci_suite::Suite;
    use futures_util::FutureExt as _;

    use super::*;
    use crate::stretch;
    use crate::testing::{Scene, services};

    /// Answers as the edge does until `good` tries were made; after that it holds, or never answers.
    struct Route {
        tries: AtomicU32,
        good: u32,
        hangs: bool,
        /// How long an answer takes.
        after: Duration,
    }

    #[async_trait]
    impl Probe for Route {
        async fn run(&self, _: &Access) -> Result<(), ProbeError> {
            sleep(self.after).await;
            let (url, detail) = ("https://app.test/".to_owned(), "404".to_owned());
            match self.tries.fetch_add(1, Ordering::Relaxed) {
                tries if tries >= self.good && self.hangs => std::future::pending().await,
                tries if tries >= self.good => Ok(()),
                _ => Err(ProbeError::NotServing { url, detail }),
            }
        }

        fn describe(&self) -> String {
            "edge".to_owned()
        }
    }

    /// Waits for an edge that is right after `good` tries and whose fault is `lasting`; the answer has the
    /// seconds that it took.
    async fn wait(good: u32, lasting: bool) -> (Result<(), Fault>, u64) {
        wait_for(
            Route { tries: AtomicU32::new(0), good, hangs: false, after: Duration::ZERO },
            lasting,
        )
        .await
    }

    async fn wait_for(route: Route, lasting: bool) -> (Result<(), Fault>, u64) {
        let explain = move |fault: Fault| {
            async move {
                let Fault::NotServing { url, detail } = fault else { panic!("{fault:?}") };
                (
                    Fault::NotServing { url, detail: format!("{detail}; no port") },
                    lasting.then(|| "no port".to_owned()),
                )
            }
            .boxed()
        };
        let started = Instant::now();
        let access = Access { gateway: None, edge: None };
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let bench = scene.bench(Tier::Deploy);
        let limit = TimeLimit::begin(&bench, "route", Duration::from_secs(300));
        let silent =
            Fault::NotServing { url: "https://app.test/".into(), detail: "silence".into() };
        let edge = Edge { explain: &explain, silent: Some(silent) };
        let held = until_it_holds(&route, &access, &limit, edge).await;
        (held, started.elapsed().as_secs())
    }

    #[tokio::test(start_paused = true)]
    async fn the_wait_ends_once_the_edge_cannot_get_better() {
        let (held, seconds) = wait(u32::MAX, true).await;
        let Err(Fault::NotServing { detail, .. }) = held else { panic!("{held:?}") };
        assert_eq!(detail, "404; no port");
        assert!((10..=20).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn what_may_get_better_is_waited_for_to_the_end() {
        let (held, seconds) = wait(u32::MAX, false).await;
        assert!(matches!(held, Err(Fault::NotServing { detail, .. }) if detail == "404; no port"));
        assert!((299..=301).contains(&seconds), "{seconds}");
        // About a minute of tries at half a second each.
        let (held, seconds) = wait(120, false).await;
        assert!(held.is_ok() && seconds < 90, "{held:?} after {seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_route_that_never_answers_is_looked_into_as_well() {
        let hangs =
            || Route { tries: AtomicU32::new(0), good: 0, hangs: true, after: Duration::ZERO };
        let (held, seconds) = wait_for(hangs(), true).await;
        let Err(Fault::NotServing { detail, .. }) = held else { panic!("{held:?}") };
        assert_eq!(detail, "silence; no port");
        assert!((10..=20).contains(&seconds), "{seconds}");
        let (held, seconds) = wait_for(hangs(), false).await;
        assert!(matches!(held, Err(Fault::Deadline { .. })), "{held:?}");
        assert_eq!(seconds, 300);
    }

    /// Refused at once by an app that is not there yet: each try is short, so none of them hangs across the limit.
    struct Refusing;

    #[async_trait]
    impl Probe for Refusing {
        async fn run(&self, _: &Access) -> Result<(), ProbeError> {
            let (target, detail) = ("app:80".to_owned(), "connection refused".to_owned());
            Err(ProbeError::NoAnswer { target, detail })
        }

        fn describe(&self) -> String {
            "app".to_owned()
        }
    }

    #[rstest::rstest]
    #[case::idle(0.0, 60)]
    #[case::stalled(100.0, 180)]
    #[tokio::test(start_paused = true)]
    async fn quick_refusals_are_waited_for_as_long_as_silence(
        #[case] some: f64,
        #[case] expected: u64,
    ) {
        let scene = stretch::tests::scene(stretch::tests::cpu(some));
        let bench = scene.bench(Tier::Deploy);
        let (started, limit) = (Instant::now(), Duration::from_secs(60));
        let limit = TimeLimit::begin(&bench, "app", limit);
        let explain = |fault: Fault| async move { (fault, None) }.boxed();
        let access = Access { gateway: None, edge: None };
        let edge = Edge { explain: &explain, silent: None };
        let held = until_it_holds(&Refusing, &access, &limit, edge).await;
        assert!(matches!(held, Err(Fault::Deadline { seconds: 60, .. })), "{held:?}");
        let seconds = started.elapsed().as_secs();
        assert!(seconds.abs_diff(expected) <= 1, "{seconds}");
    }

    /// The looks fall into a conversation and behind an answer by turns.
    #[tokio::test(start_paused = true)]
    async fn a_route_that_answers_slowly_has_one_reason() {
        let after = Duration::from_secs(3);
        let (good, hangs, tries) = (u32::MAX, false, AtomicU32::new(0));
        let (held, seconds) = wait_for(Route { tries, good, hangs, after }, true).await;
        assert!(matches!(held, Err(Fault::NotServing { .. })), "{held:?}");
        assert!((10..=25).contains(&seconds), "{seconds}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_route_that_comes_late_is_a_route() {
        let (held, seconds) = wait(20, true).await;
        assert!(held.is_ok() && seconds < 10, "{held:?} after {seconds}");
    }
}
