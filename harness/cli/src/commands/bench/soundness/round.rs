//! One recipe walked once, as a run of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use cc_ci_runner::{Journal, RunRequest, Runner, SystemClock};
use cc_ci_suite::UnitPlan;
use tokio::sync::{Mutex, OwnedMutexGuard};

use super::expected::{Known, Said, judge};
use crate::catalogue::Asked;
use crate::commands::Context;
use crate::commands::units::new_run;
use crate::error::{CliError, Kind};
use crate::lease::{Lease, place};
use crate::node::Node;
use crate::plan::{Wish, plan};

/// Name of the phase in the records.
const PHASE: &str = "soundness";

/// What came of one walk.
#[derive(Debug, Clone)]
pub(super) struct Walked {
    pub(super) said: Said,
    pub(super) seconds: f64,
    /// What of it is to be looked at where it was wrong.
    pub(super) folder: Option<std::path::PathBuf>,
}

/// Published ports that a unit of ours uses now: two stacks cannot have the same one.
#[derive(Debug, Default)]
pub(super) struct Ports(std::sync::Mutex<BTreeMap<u16, Arc<Mutex<()>>>>);

impl Ports {
    /// Waits until every port that the unit publishes is free, always in the same order.
    async fn take(&self, unit: &UnitPlan) -> Vec<OwnedMutexGuard<()>> {
        let sides = [unit.first(), &unit.target];
        let services = sides.into_iter().flat_map(|side| side.spec.services.values());
        let mut ports: Vec<u16> =
            services.flat_map(|service| &service.ports).filter_map(|port| port.published).collect();
        ports.sort_unstable();
        ports.dedup();
        let locks: Vec<_> = {
            let mut known = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            ports.iter().map(|port| known.entry(*port).or_default().clone()).collect()
        };
        let mut held = Vec::new();
        for lock in locks {
            held.push(lock.lock_owned().await);
        }
        held
    }
}

/// Walks the recipe through all its tiers, without a rerun: one look has to be enough here.
pub(super) async fn walk(
    context: &Context<'_>,
    node: &Node,
    ports: &Ports,
    known: &Known,
) -> Result<Walked, CliError> {
    let run = new_run()?;
    let asked = Asked { recipe: known.recipe.clone(), version: None };
    let wish = Wish { from: None, tiers: known.tiers() };
    let unit = plan(context.settings, &run, &asked, &wish).await?.unit;
    let _ports = ports.take(&unit).await;
    let machine = |error: std::io::Error| CliError::new(Kind::Machine, error);
    let _lease = Lease::take(&place(), &run).map_err(machine)?;
    let out = std::env::temp_dir().join(format!("cc-ci-{PHASE}-{run}"));
    let clock = Arc::new(SystemClock);
    let journal = Journal::create(&out, clock, None, context.cancel.clone());
    let journal = journal.map_err(CliError::usage)?;
    let world = node.world(&run, PHASE, journal.clone(), context.cancel.clone(), false);
    let request = RunRequest {
        units: vec![unit],
        attempts: 1,
        without_experiments: true,
        ..RunRequest::default()
    };
    let started = Instant::now();
    Runner::new(world).run(&request).await;
    let seconds = started.elapsed().as_secs_f64();
    if context.cancel.is_cancelled() {
        return Err(CliError::cancelled());
    }
    if let Some(error) = journal.take_error() {
        return Err(CliError::new(Kind::Machine, error).hint("is the disk full?"));
    }
    let said = judge(&journal.records(), known.red.as_ref());
    let folder = (said != Said::Right).then(|| out.clone());
    if folder.is_none() {
        // Only files of ours in the system's own temporary folder: what stays does no harm.
        let _ = std::fs::remove_dir_all(&out);
    }
    Ok(Walked { said, seconds, folder })
}
