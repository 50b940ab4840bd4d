//! One recipe walked once, as a run of its own.

use std::sync::Arc;
use std::time::Duration;

use cc_ci_journal::{Journal, SystemClock};
use cc_ci_lease::Lease;
use cc_ci_lock::Place;
use cc_ci_model::{Event, Record};
use cc_ci_plan::{Asked, Wish};
use cc_ci_runner::{RunRequest, Runner};
use cc_ci_session::{Failure, Kind, Node, new_run};

use super::expected::{Known, Said, judge};
use super::overhead::Overhead;
use crate::ground::Ground;

/// Name of the phase in the records.
const PHASE: &str = "soundness";

/// The result of one walk.
#[derive(Debug, Clone)]
pub(super) struct Walked {
    pub(super) said: Said,
    pub(super) seconds: f64,
    pub(super) overhead: Overhead,
    /// The folder of the run, if the verdict was wrong.
    pub(super) folder: Option<std::path::PathBuf>,
}

/// Walks the recipe through all its tiers, without a rerun: the verdict of one attempt has to be right.
pub(super) async fn walk(
    ground: &Ground<'_>,
    node: &Node,
    known: &Known,
) -> Result<Walked, Failure> {
    let run = new_run()?;
    let asked = Asked { recipe: known.recipe.clone(), version: None };
    let wish = Wish { tiers: known.tiers(), ..Wish::default() };
    let unit = ground.planner.plan(&run, &asked, &wish).await?.unit;
    let lease =
        Lease::take(&Place::machine(), &node.engine, &run, &ground.session.settings.node.state)
            .await?;
    let out = ground.session.settings.temp.join(format!("cc-ci-{PHASE}-{run}"));
    let clock = Arc::new(SystemClock);
    let journal = Journal::create(&out, clock, None, ground.session.cancel.clone());
    let journal = journal.map_err(Failure::usage)?;
    let world = node.world(&run, PHASE, journal.clone(), ground.session.cancel.clone(), false);
    let request = RunRequest {
        units: vec![unit],
        attempts: 1,
        without_experiments: true,
        ..RunRequest::default()
    };
    Runner::new(world).run(&request).await;
    // If the engine refuses, `reap` removes the lease. The walk counts all the same.
    let _ = lease.end(false).await;
    if ground.session.cancel.is_cancelled() {
        return Err(Failure::cancelled());
    }
    if let Some(error) = journal.take_error() {
        return Err(Failure::new(Kind::Machine, error).hint("is the disk full?"));
    }
    let records = journal.records();
    let said = judge(&records, known.red.as_ref());
    let folder = (said != Said::Right).then(|| out.clone());
    if folder.is_none() {
        // Only files of ours in the system's own temporary folder: what stays does no harm.
        let _ = std::fs::remove_dir_all(&out);
    }
    Ok(Walked { said, seconds: seconds(&records), overhead: Overhead::of(&records), folder })
}

/// How long the unit took, without its waits for other units.
fn seconds(records: &[Record]) -> f64 {
    let millis = records.iter().find_map(|record| match record.event {
        Event::UnitFinished { millis, .. } => Some(millis),
        _ => None,
    });
    Duration::from_millis(millis.unwrap_or_default()).as_secs_f64()
}
