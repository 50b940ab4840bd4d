//! A planner for tests, with all that it borrows.

use std::path::{Path, PathBuf};

use cc_ci_model::{Ceilings, RunId};
use cc_ci_source::{GitProgram, Limits, Sources};

use crate::asked::Asked;
use crate::catalogue::Catalogue;
use crate::error::PlanError;
use crate::planner::{Planned, Planner, Wish};
use crate::root::Root;
use crate::tiers::Reboot;

/// Memory of the machine that plans, in bytes.
const MEMORY: u64 = 8 << 30;

/// What a planner borrows.
pub(crate) struct Testing {
    pub(crate) catalogue: Catalogue,
    state: PathBuf,
    ceilings: Ceilings,
}

impl Testing {
    /// With a root that is named.
    pub(crate) fn named(root: &Path, state: &Path) -> Self {
        Self::of(Some(root), state)
    }

    /// With the program's own root.
    pub(crate) fn bundled(state: &Path) -> Self {
        Self::of(None, state)
    }

    fn of(root: Option<&Path>, state: &Path) -> Self {
        let root = Root::find(root, None, state).unwrap();
        let git = GitProgram { program: "git".into(), env: Vec::new() };
        let catalogue = Catalogue::new(root, Sources::new(state, git, Limits::default()));
        Self { catalogue, state: state.to_owned(), ceilings: Ceilings::of_machine(MEMORY) }
    }

    /// The same with a root that was only found.
    pub(crate) fn found(mut self) -> Self {
        self.catalogue = self.catalogue.found();
        self
    }

    pub(crate) async fn plan(
        &self,
        run: &RunId,
        asked: &Asked,
        wish: &Wish,
    ) -> Result<Planned, PlanError> {
        let planner = Planner {
            catalogue: &self.catalogue,
            state: &self.state,
            temp: &std::env::temp_dir(),
            ceilings: &self.ceilings,
            typed_ceilings: &[],
            reboot: Reboot::Forbidden,
        };
        planner.plan(run, asked, wish).await
    }
}
