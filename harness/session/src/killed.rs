//! A run that was killed and that this process resumes.

use std::path::{Path, PathBuf};

use cc_ci_journal::killed_run;
use cc_ci_lease::{Allowed, Beside, State, reap, survey};
use cc_ci_lock::Place;
use cc_ci_model::{Event, RunId, UnitHead};
use cc_ci_plan::{Asked, UnitPlan, Wish};
use cc_ci_policy::Grant;

use crate::{Failure, Folders, Kind, Session, while_it_answers};

/// A run that was killed.
pub struct Killed {
    /// Its name.
    pub run: RunId,
    /// Name of its backlog.
    pub phase: String,
    folder: PathBuf,
    units: Vec<UnitHead>,
}

impl Killed {
    /// Reads the beginning of the run in `folder`.
    ///
    /// # Errors
    /// Its events cannot be read, or it never began.
    pub fn read(folder: &Path) -> Result<Self, Failure> {
        let records = killed_run(folder).map_err(Failure::usage)?;
        let Some(Event::RunStarted { run, phase, units, .. }) = records.first().map(|r| &r.event)
        else {
            return Err(Failure::message(Kind::Bug, "a journal without a run was read"));
        };
        if ["run", "rerun"].contains(&phase.as_str()) {
            let message =
                format!("run {run} was begun by `cc-ci {phase}`, and only nights are gone on with");
            return Err(Failure::message(Kind::Usage, message).hint("run its recipes again"));
        }
        let (run, phase, units) = (run.clone(), phase.clone(), units.clone());
        Ok(Self { run, phase, folder: folder.to_owned(), units })
    }

    /// The folders that it writes to. The backlog goes where `docs` says.
    #[must_use]
    pub fn folders(&self, docs: Option<PathBuf>) -> Folders {
        Folders { out: Some(self.folder.clone()), docs }
    }

    /// Plans the units of the run again. Their inputs must be unchanged: otherwise one report would mix two
    /// states of a recipe.
    ///
    /// # Errors
    /// A unit cannot be planned, or its inputs have changed.
    pub async fn plan(
        &self,
        session: &Session<'_>,
        grants: &[Grant],
    ) -> Result<Vec<UnitPlan>, Failure> {
        let mut units = Vec::new();
        for head in &self.units {
            let from = head.base_commit.as_ref().map(|commit| format!("#{commit}"));
            let from = from.or_else(|| head.base.as_ref().map(ToString::to_string));
            let tiers = head.tiers.clone();
            let wish = Wish { from, tiers, grants: grants.to_vec(), ..Wish::default() };
            let asked = Asked::parse(&head.asked);
            let unit = session.plan(&self.run, &asked, &wish).await?.unit;
            if unit.head.inputs_sha256 != head.inputs_sha256 {
                let message =
                    format!("the inputs of {} have changed since the run began", head.unit);
                return Err(Failure::message(Kind::Usage, message)
                    .hint("begin a new run; with `--grant` give the grants that this one had"));
            }
            units.push(unit);
        }
        Ok(units)
    }

    /// Removes what the killed process left on the engine and on this machine.
    ///
    /// # Errors
    /// The run is still alive, or an object of it cannot be removed.
    pub async fn clear(&self, session: &Session<'_>) -> Result<(), Failure> {
        let settings = session.settings;
        let (place, beside) = (Place::machine(), Beside::at(settings.sockets.clone()));
        let docker = settings.endpoint.docker().await?;
        let cleared = async {
            let found = survey(&docker, &place, &beside).await?;
            let Some(own) = found.runs.into_iter().find(|found| found.run == self.run) else {
                return Ok(());
            };
            let allowed = Allowed { unclaimed: true, kept: true };
            let reaped = reap(&docker, &place, &beside, own, allowed, false).await?;
            match reaped.state {
                State::Removed => Ok(()),
                State::Living => Err(Failure::message(Kind::Usage, reaped.line())
                    .hint("a run can be resumed only after its process has ended; wait for that")),
                _ => Err(Failure::message(Kind::Machine, reaped.line())),
            }
        };
        tokio::select! {
            cleared = while_it_answers(&docker, cleared) => cleared,
            () = session.cancel.cancelled() => Err(Failure::cancelled()),
        }
    }
}
