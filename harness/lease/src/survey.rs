//! Which runs have something on the engine or on this machine, and whether they live.

use std::collections::BTreeMap;

use cc_ci_engine::{Engine, LABEL_LEASE, LABEL_RUN, Object, ObjectKind, Selector};
use cc_ci_lock::{LeaseState, Place};
use cc_ci_model::RunId;

use crate::beside::Beside;
use crate::error::LeaseError;
use crate::{Claim, Host, Life, engine_time, judge};

/// A run that left something, or may live.
#[derive(Debug)]
pub struct Found {
    /// The run.
    pub run: RunId,
    /// Whether it lives.
    pub life: Life,
    /// Its objects without its lease.
    pub objects: Vec<Object>,
    /// True where its lease is on the engine.
    pub leased: bool,
    /// True where its lock file is on this machine.
    pub locked: bool,
    /// True where it has a folder on this machine.
    pub beside: bool,
}

/// Everything that carries the label of a run.
#[derive(Debug)]
pub struct Survey {
    /// By run.
    pub runs: Vec<Found>,
    /// Objects whose label names no run. No program of this project makes such a label.
    pub foreign: Vec<Object>,
}

/// Looks at the engine and at the locks of `place`.
///
/// # Errors
/// The engine does not answer, or the locks cannot be read.
pub async fn survey(
    engine: &dyn Engine,
    place: &Place,
    beside: &Beside,
) -> Result<Survey, LeaseError> {
    let here = Host::this(place.id()?);
    // Locks are read after the engine: a run takes its lock before it creates anything.
    let inventory = engine.inventory(&Selector::has(LABEL_RUN)).await?;
    let now = engine_time(engine).await.ok();
    let mut foreign = Vec::new();
    let mut runs: BTreeMap<RunId, Vec<Object>> = BTreeMap::new();
    for object in inventory {
        match RunId::new(object.labels.get(LABEL_RUN).cloned().unwrap_or_default()) {
            Ok(run) => runs.entry(run).or_default().push(object),
            Err(_) => foreign.push(object),
        }
    }
    let locks = place.leases()?;
    for run in locks.iter().chain(&beside.runs()).filter_map(|run| RunId::new(run.as_str()).ok()) {
        runs.entry(run).or_default();
    }
    let found = runs.into_iter().map(|(run, objects)| {
        let (leases, objects): (Vec<_>, Vec<_>) = objects.into_iter().partition(is_lease);
        let lock = place.lease_state(run.as_str());
        let claim = match leases.as_slice() {
            [] => None,
            [lease] => Some(Claim::read(&lease.labels)),
            more => Some(Err(format!("it has {} leases", more.len()))),
        };
        let mut life = judge(&here, &lock, claim.as_ref(), now);
        // The run has no object on the engine, and the process of its lock file has ended: only files are left.
        if life == Life::Unclaimed && objects.is_empty() {
            life = Life::Dead("its process on this machine has ended".to_owned());
        }
        let (leased, locked) = (!leases.is_empty(), lock != LeaseState::Absent);
        let beside = beside.has(&run);
        Found { run, life, objects, leased, locked, beside }
    });
    Ok(Survey { runs: found.collect(), foreign })
}

fn is_lease(object: &Object) -> bool {
    object.kind == ObjectKind::Config && object.labels.contains_key(LABEL_LEASE)
}
