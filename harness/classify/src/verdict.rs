//! A label with its reasons.

use cc_ci_model::{Cause, Class, EvidenceRef, Owner, Repeat};

/// The label of a red case, with what it rests on.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// The class.
    pub class: Class,
    /// Who must act.
    pub owner: Owner,
    /// Does it come again?
    pub repeat: Repeat,
    /// The finer cause under the owner, as the first failure names it.
    pub cause: Cause,
    /// How likely the class is right, from 0 to 1; 0 where nothing is claimed.
    pub confidence: f64,
    /// What speaks for the class, in sentences.
    pub because: Vec<String>,
    /// What speaks against the other classes, in sentences.
    pub ruled_out: Vec<String>,
    /// Facts captured with the failures.
    pub evidence: Vec<EvidenceRef>,
}

impl Verdict {
    /// Class and cause as one word: `recipe.config`.
    #[must_use]
    pub fn rule(&self) -> String {
        format!("{}.{}", self.class, self.cause)
    }
}
