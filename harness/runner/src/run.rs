//! A run: what was asked for, then the experiments that classification asks for.

use cc_ci_model::{Event, Outcome, Program, RecipeName, Version};
use cc_ci_plan::UnitPlan;
use cc_ci_schedule::Settings;
use tokio::time::Instant;
use tracing::Instrument as _;

use crate::before::Before;
use crate::bench::millis_since;
use crate::dispatch;
use crate::experiments;
use crate::hidden::{Known, say_visible};
use crate::outage::Outages;
use crate::spans;
use crate::{Past, World};

/// A unit that was asked for but cannot be planned.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Its recipe.
    pub recipe: RecipeName,
    /// Its version, where that is known.
    pub version: Option<Version>,
    /// Why.
    pub outcome: Outcome,
}

/// What a run is asked to do.
#[derive(Debug, Default)]
pub struct RunRequest {
    /// The units, in their order.
    pub units: Vec<UnitPlan>,
    /// Units that cannot be planned.
    pub refused: Vec<Refused>,
    /// Every unit alone on the node from its first attempt on.
    pub isolated: bool,
    /// Attempts that each unit gets whatever becomes of it.
    pub attempts: u32,
    /// How many legs may be in flight, and the other rules of their schedule.
    pub schedule: Settings,
    /// Begin nothing more once a unit was red.
    pub fail_fast: bool,
    /// Do nothing that classification would ask for: the first look is all that is wanted.
    pub without_experiments: bool,
    /// The journal holds the beginning of this run, which was killed: units that have ended are not tried again.
    pub resume: bool,
    /// What past runs say of the units.
    pub past: Past,
    /// The program that carries it out, as far as it is known.
    pub program: Program,
}

/// Carries out a run.
pub struct Runner {
    pub(crate) world: World,
    pub(crate) outages: Outages,
}

impl Runner {
    /// A runner in `world`.
    #[must_use]
    pub fn new(world: World) -> Self {
        Self { world, outages: Outages::default() }
    }

    /// Walks every unit through its tiers, reruns red ones alone as long as `classify` asks for
    /// it, and ends when nothing more can be learnt. What happened is in the journal.
    pub async fn run(&self, request: &RunRequest) {
        self.carried_out(request).instrument(spans::run(&self.world.run)).await;
    }

    async fn carried_out(&self, request: &RunRequest) {
        let started = Instant::now();
        let world = &self.world;
        let say = |event| world.journal.write(None, 0, event);
        let visible = Known::of(world, &request.units).hide(world);
        let before = request.resume.then(|| Before::of(&world.journal));
        match &before {
            Some(before) => say(before.event()),
            None => say(Event::RunStarted {
                run: world.run.clone(),
                harness: world.harness.clone(),
                phase: world.phase.clone(),
                node: world.site.node.clone(),
                units: request.units.iter().map(|plan| plan.head.clone()).collect(),
            }),
        }
        let before = before.unwrap_or_default();
        let refused = request.refused.iter().filter(|refused| !before.refused(&refused.recipe));
        for Refused { recipe, version, outcome } in refused.cloned() {
            say(Event::UnitRefused { recipe, version, outcome });
        }
        let Program { commit, sha256 } = request.program.clone();
        say(Event::ProgramKnown { commit, sha256 });
        for plan in &request.units {
            say(Event::FilesRead { unit: plan.head.unit.clone(), files: plan.files.clone() });
        }
        request.past.tell(world);
        say_visible(visible, say);
        dispatch::all(self, request, &before).await;
        // A kept instance is kept as it is: a rerun would be deployed on top of it.
        if !world.keep && !request.without_experiments {
            experiments::carry_out(self, &request.units).await;
        }
        world.journal.take_back();
        let scan = world.journal.scan();
        let cc_ci_journal::Scan { values, files, hits, unread } = scan;
        say(Event::SecretsScanned { values, files, hits, unread });
        let cancelled = world.cancel.is_cancelled();
        let millis = before.millis() + millis_since(started);
        say(Event::RunFinished { millis, cancelled });
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::EngineError;
    use cc_ci_suite::Suite;

    use super::*;
    use crate::testing::{Scene, services};

    #[tokio::test(start_paused = true)]
    async fn a_node_that_was_not_looked_at_before_is_not_called_clean() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        let message = "rpc error".to_owned();
        let error = EngineError::Conflict { object: "the list".to_owned(), message };
        scene.fake.fail_next("everything", error.clone());
        let request = RunRequest {
            units: vec![scene.plan.clone()],
            without_experiments: true,
            ..RunRequest::default()
        };
        Runner::new(scene.world.clone()).run(&request).await;
        let checks = scene.checks();
        let leaked = checks.iter().find(|(check, ..)| check == "nothing_leaked").unwrap();
        assert_eq!((leaked.1, leaked.2.clone()), ("failed", Some(error.fault().to_string())));
    }

    #[tokio::test(start_paused = true)]
    async fn after_the_end_no_unit_begins() {
        let scene = Scene::new(services(&[("app", "app:1", &[])]), Suite::default());
        scene.world.cancel.cancel();
        let request = RunRequest { units: vec![scene.plan.clone()], ..RunRequest::default() };
        Runner::new(scene.world.clone()).run(&request).await;
        let records = scene.world.journal.records();
        assert!(
            records.iter().any(|r| matches!(r.event, Event::RunFinished { cancelled: true, .. }))
        );
        assert!(!records.iter().any(|r| matches!(r.event, Event::UnitStarted { .. })));
    }
}
