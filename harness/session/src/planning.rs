//! Plans the units of a run.

use cc_ci_model::RunId;
use cc_ci_plan::{Asked, Planned, Wish};

use crate::{Failure, News, Session};

impl Session<'_> {
    /// Plans the unit that tests `asked`, until the user breaks off.
    ///
    /// # Errors
    /// It cannot be planned.
    pub async fn plan(&self, run: &RunId, asked: &Asked, wish: &Wish) -> Result<Planned, Failure> {
        let planner = self.settings.planner();
        let planned = tokio::select! {
            biased;
            () = self.cancel.cancelled() => return Err(Failure::cancelled()),
            planned = planner.plan(run, asked, wish) => planned,
        };
        // Ctrl-C ends git as well. The error of git then says nothing about the recipe.
        if self.cancel.is_cancelled() {
            return Err(Failure::cancelled());
        }
        let planned = planned?;
        for warning in &planned.warnings {
            self.ear.hear(News::Planned(&planned.unit.head.unit, warning));
        }
        Ok(planned)
    }
}
