//! The spans of the log: run, unit, tier and check. They hold names and ids, and nothing that an app,
//! a recipe or the engine said.

use cc_ci_model::{CheckId, RunId, Tier, UnitId};
use tracing::{Span, info_span};

/// A whole run.
pub(crate) fn run(run: &RunId) -> Span {
    info_span!(target: "cc_ci::run", "run", id = run.as_str())
}

/// One attempt of a unit.
pub(crate) fn unit(unit: &UnitId, attempt: u32) -> Span {
    info_span!(target: "cc_ci::run", "unit", id = unit.as_str(), attempt)
}

/// A tier of an attempt.
pub(crate) fn tier(tier: Tier) -> Span {
    info_span!(target: "cc_ci::run", "tier", id = %tier)
}

/// A check of a tier.
pub(crate) fn check(id: &CheckId) -> Span {
    info_span!(target: "cc_ci::run", "check", id = id.as_str())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::{Arc, Mutex};

    use cc_ci_suite::Suite;
    use tracing::span::{Attributes, Id};
    use tracing_subscriber::layer::{Context, SubscriberExt as _};
    use tracing_subscriber::{Layer, Registry};

    use crate::testing::{Scene, services};
    use crate::{RunRequest, Runner};

    /// Keeps each span as its path of names.
    #[derive(Clone, Default)]
    struct Paths(Arc<Mutex<BTreeSet<String>>>);

    impl Layer<Registry> for Paths {
        fn on_new_span(&self, _: &Attributes<'_>, id: &Id, context: Context<'_, Registry>) {
            let scope = context.span_scope(id).into_iter().flat_map(|scope| scope.from_root());
            let names: Vec<_> = scope.map(|span| span.name()).collect();
            self.0.lock().unwrap().insert(names.join("/"));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_stands_in_its_tier_its_unit_and_its_run() {
        // While there is a single subscriber, `tracing` asks only the thread that meets a span first whether
        // it is wanted (tracing-core, `Dispatchers::has_just_one`), and other tests meet these spans too.
        let _second = tracing::Dispatch::new(Registry::default());
        let paths = Paths::default();
        let _log = tracing::subscriber::set_default(Registry::default().with(paths.clone()));
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let units = vec![scene.plan.clone()];
        let request = RunRequest { units, without_experiments: true, ..RunRequest::default() };
        Runner::new(scene.world.clone()).run(&request).await;
        let expected = ["run", "run/unit", "run/unit/tier", "run/unit/tier/check"];
        assert_eq!(*paths.0.lock().unwrap(), expected.map(str::to_owned).into());
    }
}
