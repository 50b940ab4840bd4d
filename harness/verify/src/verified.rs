//! The result of a verification.

use std::fmt;

use serde::Serialize;

/// A place in a run's folder and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Place {
    /// A file, with the line or the key where there is one: `events.jsonl:7`, `results.json: units[0].level`.
    pub place: String,
    /// What was expected and what is there.
    pub what: String,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.what)
    }
}

/// How much was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Records of the journal.
    pub records: usize,
    /// Attempts at units.
    pub attempts: usize,
    /// Outcomes of tiers that were recomputed from their checks.
    pub tiers: usize,
    /// Checks.
    pub checks: usize,
    /// Checks whose outcome was recomputed from what they observed.
    pub recomputed: usize,
    /// Steps of ours: the engine or a tool accepted them or did not, and there is no judgement to make again.
    pub steps: usize,
    /// Checks that were not tried, so that there is no outcome to recompute.
    pub untried: usize,
    /// Checks that keep nothing which their outcome could be recomputed from.
    pub not_recomputed: usize,
    /// Pieces of evidence.
    pub evidence: usize,
    /// Reports that were made again and compared.
    pub reports: usize,
}

/// The result of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// True where everything was recomputed and is the same.
    pub equal: bool,
    /// How much was looked at.
    #[serde(flatten)]
    pub counts: Counts,
    /// What is not as it was recomputed, the first place first.
    pub differences: Vec<Place>,
    /// What cannot be recomputed, and so keeps the folder from being equal.
    pub gaps: Vec<Place>,
}

impl Verified {
    /// The first place that keeps the folder from being equal.
    #[must_use]
    pub fn first(&self) -> Option<&Place> {
        self.differences.iter().chain(&self.gaps).next()
    }
}

impl fmt::Display for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts {
            records,
            attempts,
            tiers,
            checks,
            recomputed,
            steps,
            untried,
            not_recomputed,
            evidence,
            reports,
        } = self.counts;
        for place in &self.differences {
            writeln!(f, "different: {place}")?;
        }
        for place in &self.gaps {
            writeln!(f, "cannot be verified: {place}")?;
        }
        writeln!(
            f,
            "looked at: records {records}, attempts {attempts}, pieces of evidence {evidence}, reports {reports}"
        )?;
        writeln!(
            f,
            "recomputed {tiers} tiers from their checks, and {recomputed} of {checks} checks from what they \
             observed; {steps} are steps without a judgement, {untried} were not tried, {not_recomputed} keep \
             nothing to recompute them from"
        )?;
        let word = match (self.equal, self.differences.is_empty()) {
            (true, _) => "equal",
            (false, true) => "not verified",
            (false, false) => "different",
        };
        write!(f, "{word}")
    }
}
