//! Requests that create something are carried out to their end.

use std::future::Future;
use std::sync::Arc;

use cc_ci_engine::EngineError;
use tokio::sync::RwLock;

/// The requests of this process that create something and have not ended.
///
/// The engine carries a request out even where its client has hung up. A container that was asked for
/// by a step that was cancelled can therefore appear after the stack was taken down. Each request runs in a
/// task of its own, so that the tear-down can wait for its end.
#[derive(Clone, Debug, Default)]
pub(crate) struct Creations(Arc<RwLock<()>>);

impl Creations {
    /// Carries `work` out to its end, also where the caller does not wait for it. Calls must not be nested:
    /// [`Creations::ended`] lets no new one begin.
    pub(crate) async fn carry_out<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T, EngineError>> + Send + 'static,
    ) -> Result<T, EngineError> {
        let begun = self.0.clone().read_owned().await;
        let task = tokio::spawn(async move {
            let _begun = begun;
            work.await
        });
        task.await.unwrap_or_else(|error| match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            Err(error) => Err(EngineError::Refused {
                action: "carry out a request".to_owned(),
                status: None,
                message: error.to_string(),
            }),
        })
    }

    /// Waits until every request that has begun has ended.
    pub(crate) async fn ended(&self) {
        drop(self.0.write().await);
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::oneshot;

    use super::*;

    #[tokio::test]
    async fn work_without_a_caller_is_waited_for() {
        let creations = Creations::default();
        let (go, wait) = oneshot::channel::<()>();
        let (made, was_made) = oneshot::channel();
        let work = async move {
            let _ = wait.await;
            let _ = made.send("made");
            Ok(())
        };
        assert!(creations.carry_out(work).now_or_never().is_none());
        assert!(creations.ended().now_or_never().is_none(), "it has not ended");
        go.send(()).unwrap();
        creations.ended().await;
        assert_eq!(was_made.now_or_never(), Some(Ok("made")));
    }
}
