//! One red case with its label.

use std::collections::BTreeMap;

use cc_ci_classify::{Dossier, Step, Verdict, conclude, dossiers, step};
use cc_ci_model::{Fault, Record};

/// One red case with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name, unique within the run: `recipe@version/tier/check`.
    pub id: String,
    /// What every attempt says about it.
    pub dossier: Dossier,
    /// Its label.
    pub verdict: Verdict,
    /// False where the run ended before every experiment was made.
    pub decided: bool,
}

impl Case {
    fn of(dossier: Dossier) -> Self {
        let (verdict, decided) = match step(&dossier) {
            Step::Label(verdict) => (verdict, true),
            Step::Need(_) => (conclude(&dossier), false),
        };
        Self { id: dossier.case(), dossier, verdict, decided }
    }

    /// Every red case of the run; a name that comes twice gets a number.
    pub(super) fn all(records: &[Record]) -> Vec<Self> {
        let mut seen = BTreeMap::<String, u32>::new();
        let number = |mut case: Self| {
            let count = seen.entry(case.id.clone()).or_default();
            *count += 1;
            if *count > 1 {
                case.id = format!("{}#{count}", case.id);
            }
            case
        };
        dossiers(records).into_iter().map(Self::of).map(number).collect()
    }

    /// What it first failed with, counted or not.
    #[must_use]
    pub fn first_fault(&self) -> Option<&Fault> {
        use cc_ci_classify::Tried;
        self.dossier.attempts.iter().find_map(|attempt| match &attempt.tried {
            Tried::Failed { fault } => Some(fault),
            Tried::DidNotRun { fault, .. } => fault.as_ref(),
            Tried::Passed => None,
        })
    }
}
