//! One red case with its label: what fails in one unit for one reason.

use std::collections::BTreeMap;

use cc_ci_classify::{Dossier, Group, Step, Verdict, conclude, dossiers, groups, step};
use cc_ci_model::{CheckId, Fault, Record, Tier};

use super::LintFound;
use super::explains::explaining;

/// One red case with its label.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name, unique within the run: `recipe@version/tier/check` of its first red check.
    pub id: String,
    /// The innermost thing that its faults name.
    pub signature: String,
    /// What every attempt says about it.
    pub dossier: Dossier,
    /// Its red checks, in the order of tiers and checks.
    pub checks: Vec<Dossier>,
    /// What the lint says that explains it.
    pub lint: Vec<LintFound>,
    /// Its label.
    pub verdict: Verdict,
    /// False where the run ended before every experiment was made.
    pub decided: bool,
}

impl Case {
    fn of(group: Group, records: &[Record]) -> Self {
        let Group { signature, whole: dossier, checks } = group;
        let (verdict, decided) = match step(&dossier) {
            Step::Label(verdict) => (verdict, true),
            Step::Need(_) => (conclude(&dossier), false),
        };
        let fault = first_fault(&dossier);
        let lint = fault.map(|fault| explaining(records, dossier.unit.as_ref(), fault));
        let (id, lint) = (dossier.case(), lint.unwrap_or_default());
        Self { id, signature, dossier, checks, lint, verdict, decided }
    }

    /// The red check of this name, where it belongs to the case.
    #[must_use]
    pub fn check(&self, tier: Option<Tier>, check: &CheckId) -> Option<&Dossier> {
        self.checks.iter().find(|dossier| dossier.tier == tier && dossier.check == *check)
    }

    /// Its red checks as `tier/check`, the first one left out.
    #[must_use]
    pub fn others(&self) -> Vec<String> {
        let others = self.checks.iter().skip(1);
        others.map(|dossier| format!("{}/{}", dossier.stage(), dossier.check)).collect()
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
        let groups = groups(dossiers(records)).into_iter();
        groups.map(|group| Self::of(group, records)).map(number).collect()
    }

    /// What it first failed with, counted or not.
    #[must_use]
    pub fn first_fault(&self) -> Option<&Fault> {
        first_fault(&self.dossier)
    }
}

/// What a check first failed with, counted or not.
pub(crate) fn first_fault(dossier: &Dossier) -> Option<&Fault> {
    use cc_ci_classify::Tried;
    dossier.attempts.iter().find_map(|attempt| match &attempt.tried {
        Tried::Failed { fault } => Some(fault),
        Tried::DidNotRun { fault, .. } => fault.as_ref(),
        Tried::Passed => None,
    })
}
