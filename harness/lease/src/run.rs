//! The lease of a run of this process.

use std::path::Path;
use std::sync::Arc;

use cc_ci_engine::{Engine, EngineError, LABEL_LEASE, LABEL_RUN, Object, ObjectKind, Selector};
use cc_ci_lock::{LeaseFile, Place, Who};
use cc_ci_model::RunId;
use tokio_util::task::AbortOnDropHandle;

use crate::beat::{self, engine_time};
use crate::error::LeaseError;
use crate::labels::name;
use crate::{Claim, Host};

/// A held lock and a config that is renewed.
#[must_use = "the lease ends with `end`"]
pub struct Lease {
    run: RunId,
    engine: Arc<dyn Engine>,
    host: Host,
    beat: AbortOnDropHandle<()>,
    lock: LeaseFile,
}

/// Everything that carries the label of `run` except its lease. The lease goes last: a run that dies in
/// its tear-down must still be known to be dead.
#[must_use]
pub fn objects(run: &str) -> Selector {
    Selector::label(LABEL_RUN, run).without(LABEL_LEASE)
}

impl Lease {
    /// Takes the lease of `run` before anything of the run is created.
    ///
    /// # Errors
    /// A folder of locks that cannot be used; the engine's own.
    pub async fn take(
        place: &Place,
        engine: &Arc<dyn Engine>,
        run: &RunId,
        state: &Path,
    ) -> Result<Self, LeaseError> {
        let lock = place.lease(&Who::run(run.as_str()), state)?;
        let host = Host::this(place.id()?);
        let claim = Claim::of(&host, engine_time(engine.as_ref()).await?);
        engine.create_config(&claim.config(run)).await?;
        let beat = beat::start(engine.clone(), run.clone(), host.clone());
        Ok(Self { run: run.clone(), engine: engine.clone(), host, beat, lock })
    }

    /// Ends the lease. With `keep` and with objects of the run on the engine, the lease stays as that of a
    /// kept instance. What cannot be removed stays with the lease, so that `reap` knows it.
    ///
    /// # Errors
    /// The engine's own; the lock is given back all the same.
    pub async fn end(self, keep: bool) -> Result<(), EngineError> {
        let Self { run, engine, host, beat, lock } = self;
        beat.abort();
        // Its end is waited for: a beat after the removal would make the lease again.
        let _ = beat.await;
        engine.creations_ended().await;
        let left = engine.inventory(&objects(run.as_str())).await?;
        let ended = if left.is_empty() {
            remove(engine.as_ref(), &run).await
        } else if keep {
            let now = engine_time(engine.as_ref()).await?;
            let claim = Claim { kept: true, ..Claim::of(&host, now) };
            engine.relabel_config(&name(&run), &claim.labels(&run)).await
        } else {
            Ok(())
        };
        drop(lock);
        ended
    }
}

/// Removes the lease of `run` from the engine; a lease that is gone is no error.
///
/// # Errors
/// The engine's own.
pub async fn remove(engine: &dyn Engine, run: &RunId) -> Result<(), EngineError> {
    let selector = Selector::label(LABEL_RUN, run.as_str()).and(LABEL_LEASE, "1");
    let found: Vec<Object> = engine.inventory(&selector).await?;
    for lease in found.iter().filter(|object| object.kind == ObjectKind::Config) {
        engine.remove(lease).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::Swarm as _;
    use cc_ci_engine::fake::FakeEngine;
    use cc_ci_lock::LeaseState;
    use cc_ci_model::VolumeSpec;

    use super::*;

    async fn taken() -> (tempfile::TempDir, Place, FakeEngine, RunId, Lease) {
        let state = tempfile::tempdir().unwrap();
        let place = Place::at(state.path().join("locks"));
        let (fake, run) = (FakeEngine::new(), RunId::new("r1").unwrap());
        let engine: Arc<dyn Engine> = Arc::new(fake.clone());
        let Ok(lease) = Lease::take(&place, &engine, &run, state.path()).await else {
            panic!("no lease")
        };
        (state, place, fake, run, lease)
    }

    async fn leases(fake: &FakeEngine) -> Vec<Claim> {
        let found = fake.inventory(&Selector::has(LABEL_LEASE)).await.unwrap();
        found.iter().map(|object| Claim::read(&object.labels).unwrap()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_lease_is_lock_and_config_and_both_end() {
        let (_state, place, fake, run, lease) = taken().await;
        assert!(matches!(place.lease_state("r1"), LeaseState::Held(_)));
        assert!(leases(&fake).await.iter().any(|claim| !claim.kept));
        assert!(fake.inventory(&objects(run.as_str())).await.unwrap().is_empty());
        lease.end(true).await.unwrap();
        assert!(leases(&fake).await.is_empty(), "there is nothing to keep");
        assert_eq!(place.lease_state("r1"), LeaseState::Absent);
    }

    #[tokio::test(start_paused = true)]
    async fn what_stays_on_the_engine_keeps_its_lease() {
        for keep in [true, false] {
            let (_state, place, fake, run, lease) = taken().await;
            let volume = VolumeSpec { name: "data".to_owned(), ..VolumeSpec::default() };
            fake.create_volume(&volume, &[(LABEL_RUN.to_owned(), run.to_string())]).await.unwrap();
            lease.end(keep).await.unwrap();
            assert_eq!(leases(&fake).await.len(), 1);
            assert_eq!(leases(&fake).await[0].kept, keep);
            assert_eq!(place.lease_state("r1"), LeaseState::Absent);
        }
    }
}
