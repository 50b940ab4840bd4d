//! Waiting for what the engine tells.

use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use tokio::time::{Instant, sleep, timeout_at};

use super::broken::Broken;
use super::subject::Subject;
use crate::{Engine, EngineError, EngineEvent, Selector, TaskState};

/// Time within which everything has to happen; generous, because two cores may be shared.
const LIMIT: Duration = Duration::from_secs(90);
/// How often is asked although no event came: not every state of a task has one.
const POLL: Duration = Duration::from_millis(100);

/// A view of the engine since a moment.
pub(super) struct Watch<'a> {
    engine: &'a dyn Engine,
    mine: Selector,
    events: BoxStream<'static, Result<EngineEvent, EngineError>>,
}

impl<'a> Watch<'a> {
    pub(super) async fn begin(subject: &Subject<'a>) -> Result<Self, Broken> {
        let events = subject.engine.events().await?;
        Ok(Self { engine: subject.engine, mine: subject.mine(), events })
    }

    /// The next event that fits. Only events count here: nothing is asked of the engine.
    pub(super) async fn event(
        &mut self,
        what: &str,
        fits: impl Fn(&EngineEvent) -> bool,
    ) -> Result<EngineEvent, Broken> {
        let deadline = Instant::now() + LIMIT;
        loop {
            match timeout_at(deadline, self.events.next()).await {
                Ok(Some(Ok(event))) if fits(&event) => return Ok(event),
                Ok(Some(Ok(_))) => {}
                Ok(Some(Err(error))) => return Err(error.into()),
                Ok(None) => {
                    return Err(Broken::Promise {
                        expected: format!("a stream that ends only with an error, before {what}"),
                        found: "its end".to_owned(),
                    });
                }
                Err(_) => return Err(self.late(&format!("the event: {what}")).await),
            }
        }
    }

    /// Waits until `look` finds something; looks after every event and now and then without one.
    pub(super) async fn until<T>(
        &mut self,
        what: &str,
        mut look: impl AsyncFnMut(&'a dyn Engine, &Selector) -> Result<Option<T>, EngineError>,
    ) -> Result<T, Broken> {
        let deadline = Instant::now() + LIMIT;
        loop {
            if let Some(found) = look(self.engine, &self.mine).await? {
                return Ok(found);
            }
            if Instant::now() >= deadline {
                return Err(self.late(what).await);
            }
            tokio::select! {
                event = self.events.next() => match event {
                    Some(Ok(_)) => {}
                    Some(Err(error)) => return Err(error.into()),
                    None => sleep(POLL).await,
                },
                () = sleep(POLL) => {}
            }
        }
    }

    /// Waits for a task that fits.
    pub(super) async fn task(
        &mut self,
        what: &str,
        fits: impl Fn(&TaskState) -> bool,
    ) -> Result<TaskState, Broken> {
        self.until(what, async |engine, mine| {
            Ok(engine.tasks(mine).await?.into_iter().find(|task| fits(task)))
        })
        .await
    }

    /// Waits for a task that runs and is wanted.
    pub(super) async fn running(&mut self) -> Result<TaskState, Broken> {
        self.task("a running task", |task| task.state == "running" && task.desired == "running")
            .await
    }

    async fn late(&self, what: &str) -> Broken {
        let last = match self.engine.tasks(&self.mine).await {
            Ok(tasks) => format!("{tasks:?}"),
            Err(error) => error.to_string(),
        };
        Broken::Late { waiting_for: what.to_owned(), seconds: LIMIT.as_secs(), last }
    }
}
