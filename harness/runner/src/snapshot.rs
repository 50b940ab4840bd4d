//! One listing of a run's services and tasks for all who look at the same time.

use std::sync::{Arc, Mutex, PoisonError};

use cc_ci_engine::{
    Engine, EngineError, LABEL_NAMESPACE, LABEL_RUN, Selector, ServiceState, TaskState,
};
use cc_ci_model::{RunId, StackName};
use tokio::time::Instant;

/// The services and tasks of a run. Units that wait beside each other hear of the same events, and look for the same
/// reason: a listing that began after that reason answers all of them, however many they are.
#[derive(Clone, Default)]
pub struct Snapshots(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Held while a listing is made; the others wait for its answer.
    listing: tokio::sync::Mutex<()>,
    /// When the last listing began, and what it answered.
    last: Mutex<Option<(Instant, Arc<Listed>)>>,
}

/// What the engine had when it was asked.
#[derive(Debug)]
pub(crate) struct Listed {
    services: Vec<ServiceState>,
    tasks: Vec<TaskState>,
}

impl Snapshots {
    /// The services and tasks of `run` as they were at `since` or later.
    ///
    /// # Errors
    /// The engine's own. Those who waited for a listing that failed make one of their own.
    pub(crate) async fn since(
        &self,
        engine: &dyn Engine,
        run: &RunId,
        since: Instant,
    ) -> Result<Arc<Listed>, EngineError> {
        if let Some(listed) = self.0.last_since(since) {
            return Ok(listed);
        }
        let _listing = self.0.listing.lock().await;
        if let Some(listed) = self.0.last_since(since) {
            return Ok(listed);
        }
        let begun = Instant::now();
        let selector = Selector::label(LABEL_RUN, run.as_str());
        let (services, tasks) =
            tokio::try_join!(engine.services(&selector), engine.tasks(&selector))?;
        let listed = Arc::new(Listed { services, tasks });
        *self.0.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((begun, listed.clone()));
        Ok(listed)
    }
}

impl Shared {
    fn last_since(&self, since: Instant) -> Option<Arc<Listed>> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.as_ref().filter(|(begun, _)| *begun >= since).map(|(_, listed)| listed.clone())
    }
}

impl Listed {
    /// The services of a stack, and their tasks.
    pub(crate) fn stack(&self, stack: &StackName) -> (Vec<ServiceState>, Vec<TaskState>) {
        let of_stack = |service: &&ServiceState| {
            service.labels.get(LABEL_NAMESPACE).is_some_and(|name| name == stack.as_str())
        };
        let services: Vec<_> = self.services.iter().filter(of_stack).cloned().collect();
        let of_service =
            |task: &&TaskState| services.iter().any(|service| service.id == task.service);
        let tasks = self.tasks.iter().filter(of_service).cloned().collect();
        (services, tasks)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_engine::stack::{self, SecretValues};
    use futures_util::future::join_all;

    use super::*;

    fn run() -> RunId {
        RunId::new("run-1").unwrap()
    }

    /// Two stacks of the run and one of another, whose tasks run.
    async fn engine() -> FakeEngine {
        let fake = FakeEngine::with_images(["app:1"]);
        for (name, run) in [("a", "run-1"), ("b", "run-1"), ("c", "run-2")] {
            let spec = cc_ci_testkit::stack::one_service(name, "app:1");
            let labels = [(LABEL_RUN.to_owned(), run.to_owned())];
            stack::deploy(&fake, &spec, &labels, &SecretValues::new()).await.unwrap();
        }
        tokio::time::sleep(Duration::from_secs(5)).await;
        fake
    }

    #[tokio::test(start_paused = true)]
    async fn four_who_look_for_one_reason_share_a_listing() {
        let (fake, snapshots) = (engine().await, Snapshots::default());
        // The deploys looked as well.
        let before = (fake.count("services"), fake.count("tasks"));
        let listings = || (fake.count("services") - before.0, fake.count("tasks") - before.1);
        let reason = Instant::now();
        let run = run();
        let looks = (0..4).map(|_| snapshots.since(&fake, &run, reason));
        assert!(join_all(looks).await.iter().all(Result::is_ok));
        assert_eq!(listings(), (1, 1));
        // What happened later needs another look.
        tokio::time::advance(Duration::from_millis(1)).await;
        snapshots.since(&fake, &run, Instant::now()).await.unwrap();
        assert_eq!(listings(), (2, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_stack_has_its_own_services_and_tasks() {
        let (fake, snapshots) = (engine().await, Snapshots::default());
        let listed = snapshots.since(&fake, &run(), Instant::now()).await.unwrap();
        for (name, expected) in [("a", 1), ("b", 1), ("c", 0)] {
            let (services, tasks) = listed.stack(&StackName::new(name).unwrap());
            assert_eq!((services.len(), tasks.len()), (expected, expected), "{name}");
            assert!(services.iter().all(|service| service.name.starts_with(name)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_listing_that_fails_is_nobody_elses_answer() {
        let (fake, snapshots) = (engine().await, Snapshots::default());
        let (action, message) = ("list".to_owned(), "not now".to_owned());
        fake.fail_next("tasks", EngineError::Refused { action, status: None, message });
        let (reason, run) = (Instant::now(), run());
        let looks = (0..3).map(|_| snapshots.since(&fake, &run, reason));
        let answers = join_all(looks).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_err()).count(), 1);
        assert_eq!(fake.count("tasks"), 2);
    }
}
