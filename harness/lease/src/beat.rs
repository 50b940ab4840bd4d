//! A run says again and again that it lives.

use std::sync::Arc;
use std::time::Duration;

use cc_ci_engine::{Engine, EngineError};
use cc_ci_model::RunId;
use jiff::Timestamp;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::task::AbortOnDropHandle;

use crate::labels::name;
use crate::{Claim, Host};

/// Between two beats; a sixtieth of the silence after which a run elsewhere is dead.
const BEAT: Duration = Duration::from_secs(10);

/// Beats until it is dropped.
pub(crate) fn start(engine: Arc<dyn Engine>, run: RunId, host: Host) -> AbortOnDropHandle<()> {
    AbortOnDropHandle::new(tokio::spawn(async move {
        let mut ticks = interval(BEAT);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        // The first tick is at once, and the lease is fresh.
        ticks.tick().await;
        loop {
            ticks.tick().await;
            // An engine that does not answer now may do so at the next beat.
            let _ = renew(engine.as_ref(), &run, &host).await;
        }
    }))
}

/// Puts the engine's time into the lease, and makes the lease again where it was removed.
async fn renew(engine: &dyn Engine, run: &RunId, host: &Host) -> Result<(), EngineError> {
    let claim = Claim::of(host, engine_time(engine).await?);
    match engine.relabel_config(&name(run), &claim.labels(run)).await {
        Err(EngineError::NotFound { .. }) => {
            engine.create_config(&claim.config(run)).await.map(|_| ())
        }
        result => result,
    }
}

/// What time it is for the engine.
///
/// # Errors
/// The engine's own; an answer without a time is a refusal.
pub async fn engine_time(engine: &dyn Engine) -> Result<Timestamp, EngineError> {
    let time = engine.node().await?.time;
    time.parse().map_err(|error| EngineError::Refused {
        action: "tell the time".to_owned(),
        status: None,
        message: format!("{time:?}: {error}"),
    })
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_engine::{LABEL_LEASE, ObjectKind, Selector, Swarm as _};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_lease_is_renewed_by_the_engines_clock_and_made_again() {
        let fake = FakeEngine::new();
        let run = RunId::new("r1").unwrap();
        let host = Host::this("1:2".to_owned());
        let first = Claim::of(&host, engine_time(&fake).await.unwrap());
        fake.create_config(&first.config(&run)).await.unwrap();
        let beating = start(Arc::new(fake.clone()), run, host);
        let beat = async || {
            let found = fake.inventory(&Selector::has(LABEL_LEASE)).await.unwrap();
            assert_eq!(found.len(), 1);
            (Claim::read(&found[0].labels).unwrap().beat, found[0].clone())
        };
        tokio::time::sleep(BEAT * 3 + BEAT / 2).await;
        let (at, object) = beat().await;
        assert_eq!(at.duration_since(first.beat).as_secs(), 30);
        assert_eq!(object.kind, ObjectKind::Config);
        fake.remove(&object).await.unwrap();
        let refused = EngineError::Unreachable { endpoint: "x".into(), message: "y".into() };
        fake.fail_next("node", refused);
        tokio::time::sleep(BEAT * 2).await;
        assert_eq!(beat().await.0.duration_since(first.beat).as_secs(), 50);
        drop(beating);
        tokio::time::sleep(BEAT * 2).await;
        assert_eq!(beat().await.0.duration_since(first.beat).as_secs(), 50);
    }
}
