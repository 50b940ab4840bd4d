//! The recipe of an attack, and the run that meets it.

use std::path::PathBuf;

use cc_ci_model::Event;
use cc_ci_testkit::{Checkout, RunFolder};

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_cc-ci");
pub(crate) const PROJECT: &str = env!("CARGO_MANIFEST_DIR");

/// One attack: a recipe below `tests/fixtures/hostile` and a checkout in which the program runs.
pub(crate) struct Attack {
    pub(crate) checkout: Checkout,
    pub(crate) recipe: PathBuf,
}

impl Attack {
    /// The recipe `tests/fixtures/hostile/<name>`, given by its path as a stranger's recipe is.
    pub(crate) fn of(name: &str) -> Self {
        let recipe = PathBuf::from(PROJECT).join("tests/fixtures/hostile").join(name);
        assert!(recipe.is_dir(), "{} is no folder", recipe.display());
        Self { checkout: Checkout::of(PROJECT, PROGRAM), recipe }
    }

    /// The folder in which the run `name` leaves what it writes.
    pub(crate) fn folder(&self, name: &str) -> RunFolder {
        self.checkout.run_folder(name)
    }
}

/// The record of a run that was refused: no unit in it, and one owner of all cases, the recipe's maintainer.
pub(crate) fn was_refused(folder: &RunFolder) {
    for record in folder.records() {
        let Event::RunStarted { units, .. } = &record.event else {
            let told = matches!(
                record.event,
                Event::UnitRefused { .. } | Event::ProgramKnown { .. } | Event::RunFinished { .. }
            );
            assert!(told, "a unit began: {record:?}");
            continue;
        };
        assert!(units.is_empty(), "{units:?}");
    }
    let cases = folder.json("classification.json")["cases"].clone();
    let cases = cases.as_array().unwrap();
    assert!(!cases.is_empty() && cases.iter().all(|case| case["owner"] == "recipe"), "{cases:?}");
}
