//! A run and its units.

use std::collections::BTreeMap;

use cc_ci_classify::End;
use cc_ci_model::{Class, Level, RecipeName, RunId, UnitId, Version};
use jiff::Timestamp;

use super::{AttemptView, Case, Foreign, HeldBy, MadeOf, Scan};

/// What became of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnitOutcome {
    /// Its last attempt was green from end to end.
    Passed,
    /// It was tried and something was red.
    Failed {
        /// What was red first.
        reason: String,
    },
    /// It was not tried to its end.
    NotRun {
        /// Why not.
        reason: String,
    },
}

impl UnitOutcome {
    /// The outcome's one word, as reports print it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed { .. } => "failed",
            Self::NotRun { .. } => "not_run",
        }
    }

    /// The reason in one sentence; nothing for a pass.
    #[must_use]
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Passed => None,
            Self::Failed { reason } | Self::NotRun { reason } => Some(reason),
        }
    }
}

/// One recipe at one version in a run.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// Its id; `None` where planning did not get that far.
    pub id: Option<UnitId>,
    /// Its recipe.
    pub recipe: RecipeName,
    /// The version under test, as far as known.
    pub version: Option<Version>,
    /// The version the upgrade started from.
    pub base: Option<Version>,
    /// Why that base, or why none.
    pub base_reason: Option<String>,
    /// What to ask for to get the same version of the same recipe again.
    pub asked: Option<String>,
    /// What reruns it alone, as typed.
    pub rerun: Option<String>,
    /// How often it deploys when all goes well.
    pub planned_deploys: Option<u32>,
    /// Its attempts, by number; none where it was refused or never began.
    pub attempts: Vec<AttemptView>,
    /// Index of the attempt that speaks for the unit: the last one if it is green, else the first
    /// red one, else the last one.
    pub deciding: Option<usize>,
    /// What became of it.
    pub outcome: UnitOutcome,
    /// How far up the ladder the deciding attempt got.
    pub level: Level,
    /// What keeps it from a higher level.
    pub held_by: Option<HeldBy>,
    /// Its red cases, flakes included.
    pub cases: Vec<Case>,
}

impl Unit {
    /// True for an outage of the engine after which the attempt was made again to its end.
    #[must_use]
    pub fn has_healed(&self) -> bool {
        !self.cases.is_empty() && self.cases.iter().all(|case| case.dossier.has_healed())
    }

    /// A name for a reader: the id, or as much of it as is known.
    #[must_use]
    pub fn name(&self) -> String {
        match (&self.id, &self.version) {
            (Some(id), _) => id.to_string(),
            (None, Some(version)) => format!("{}@{version}", self.recipe),
            (None, None) => self.recipe.to_string(),
        }
    }

    /// True for what failed outside of every unit, as an engine that fell silent: it has a row, and is no unit that
    /// was asked for.
    #[must_use]
    pub fn is_of_run(&self) -> bool {
        self.cases.iter().any(|case| case.dossier.is_of_run())
    }

    /// The attempt that speaks for the unit.
    #[must_use]
    pub fn decisive(&self) -> Option<&AttemptView> {
        self.attempts.get(self.deciding?)
    }

    /// Whether nothing was left on the engine, in any attempt; `None` where none ended or an
    /// instance was kept on demand.
    #[must_use]
    pub fn clean_teardown(&self) -> Option<bool> {
        let ended = self.attempts.iter().map(|attempt| &attempt.facts);
        let ended = ended.filter(|attempt| attempt.end != End::Open);
        let clean: Vec<_> = ended.map(cc_ci_classify::Attempt::left_nothing).collect();
        if clean.contains(&Some(false)) {
            return Some(false);
        }
        (!clean.is_empty() && !clean.contains(&None)).then_some(true)
    }

    /// Milliseconds over all attempts.
    #[must_use]
    pub fn millis(&self) -> u64 {
        self.attempts.iter().map(|attempt| attempt.facts.millis).sum()
    }
}

/// A run as its readers see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Run {
    /// The run.
    pub run: RunId,
    /// Version of the harness.
    pub harness: String,
    /// Name of the backlog phase.
    pub phase: String,
    /// Engine and machine.
    pub node: BTreeMap<String, String>,
    /// When it began.
    pub started: Timestamp,
    /// Duration in milliseconds; `None` while it goes on.
    pub millis: Option<u64>,
    /// How it ended.
    pub end: End,
    /// What the search for secrets in everything that was written has found.
    pub scan: Scan,
    /// What of the journal could not be read.
    pub foreign: Foreign,
    /// What it was made of.
    pub made_of: MadeOf,
    /// Its units, in the order in which they were asked for, then those that were refused.
    pub units: Vec<Unit>,
}

impl Run {
    /// Every red case, flakes included.
    pub fn cases(&self) -> impl Iterator<Item = (&Unit, &Case)> {
        self.units.iter().flat_map(|unit| unit.cases.iter().map(move |case| (unit, case)))
    }

    /// True when the run ended by itself, leaked nothing, has units and every one passed. A record that was
    /// taken out may have been red; what failed outside of every unit and has healed does not count.
    #[must_use]
    pub fn is_green(&self) -> bool {
        self.end == End::Finished
            && self.scan.no_secret_leak() != Some(false)
            && self.foreign.removed == 0
            && !self.units.is_empty()
            && self
                .units
                .iter()
                .all(|unit| unit.outcome == UnitOutcome::Passed || unit.has_healed())
    }

    /// Number of red cases of a class.
    #[must_use]
    pub fn count(&self, class: Class) -> usize {
        self.cases().filter(|(_, case)| case.verdict.class == class).count()
    }
}
