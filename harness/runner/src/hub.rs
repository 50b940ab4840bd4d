//! One stream of the engine's events for all watchers.

use std::sync::{Arc, PoisonError};

use cc_ci_engine::{Engine, EngineError, EngineEvent};
use futures_util::StreamExt as _;
use tokio::sync::broadcast::{self, Receiver, Sender, error::RecvError};
use tokio::task::AbortHandle;

/// Events that a watcher may be behind. A deploy of ten services makes some hundred.
const BEHIND: usize = 4096;

type Told = Result<EngineEvent, EngineError>;

/// The engine's events. The stream is opened for the first watcher and read until the hub is dropped. After an error
/// it is opened again for the next watcher.
#[derive(Clone, Default)]
pub struct Hub(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// Held while the stream is opened, so that it is opened once.
    opening: tokio::sync::Mutex<()>,
    stream: std::sync::Mutex<Option<Stream>>,
}

struct Stream {
    teller: Sender<Told>,
    reader: AbortHandle,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl Hub {
    /// What changes from now on.
    ///
    /// # Errors
    /// The engine does not open its stream.
    pub(crate) async fn watch(&self, engine: &dyn Engine) -> Result<Events, EngineError> {
        let _opening = self.0.opening.lock().await;
        if let Some(events) = self.0.subscribe() {
            return Ok(events);
        }
        let mut stream = engine.events().await?;
        let (teller, events) = broadcast::channel(BEHIND);
        let tell = teller.clone();
        let reader = tokio::spawn(async move {
            while let Some(told) = stream.next().await {
                let is_over = told.is_err();
                // An error says that the stream has no watcher at the moment.
                let _ = tell.send(told);
                if is_over {
                    return;
                }
            }
        });
        let stream = Stream { teller, reader: reader.abort_handle() };
        *self.0.stream.lock().unwrap_or_else(PoisonError::into_inner) = Some(stream);
        Ok(Events(events))
    }
}

impl Shared {
    /// Nothing where no stream is open, or the one that was has ended.
    fn subscribe(&self) -> Option<Events> {
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        let stream = stream.as_ref().filter(|stream| !stream.reader.is_finished())?;
        Some(Events(stream.teller.subscribe()))
    }
}

/// The events since the watch began.
pub(crate) struct Events(Receiver<Told>);

/// What a watcher gets next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Next {
    Event(EngineEvent),
    /// The watcher was too slow, and events were dropped.
    Missed,
}

impl Events {
    /// The next event.
    ///
    /// # Errors
    /// The stream ended.
    pub(crate) async fn next(&mut self) -> Result<Next, EngineError> {
        match self.0.recv().await {
            Ok(told) => told.map(Next::Event),
            Err(RecvError::Lagged(_)) => Ok(Next::Missed),
            Err(RecvError::Closed) => {
                let message = "the event stream ended".to_owned();
                Err(EngineError::Unreachable { endpoint: "events".to_owned(), message })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::Swarm as _;
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_model::VolumeSpec;

    use super::*;

    fn error() -> EngineError {
        EngineError::Unreachable { endpoint: "fake".to_owned(), message: "gone".to_owned() }
    }

    #[tokio::test(start_paused = true)]
    async fn all_who_watch_share_one_stream() {
        let (engine, hub) = (FakeEngine::new(), Hub::default());
        let mut watchers = Vec::new();
        for _ in 0..20 {
            watchers.push(hub.watch(&engine).await.unwrap());
        }
        assert_eq!(engine.count("events"), 1);
        let spec = VolumeSpec { name: "data".to_owned(), ..VolumeSpec::default() };
        engine.create_volume(&spec, &[]).await.unwrap();
        let mut told = Vec::new();
        for watcher in &mut watchers {
            told.push(watcher.next().await.unwrap());
        }
        assert!(told.iter().all(|event| *event == told[0]), "{told:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_ends_every_watch_and_the_next_opens_a_stream() {
        let (engine, hub) = (FakeEngine::new(), Hub::default());
        let mut watchers = [hub.watch(&engine).await.unwrap(), hub.watch(&engine).await.unwrap()];
        engine.cut_events(error());
        for watcher in &mut watchers {
            assert_eq!(watcher.next().await, Err(error()));
        }
        tokio::task::yield_now().await;
        let _watcher = hub.watch(&engine).await.unwrap();
        assert_eq!(engine.count("events"), 2);
    }
}
