//! What a run that was killed had done before.

use std::collections::{BTreeMap, BTreeSet};

use cc_ci_classify::{End, facts};
use cc_ci_journal::Journal;
use cc_ci_model::{Event, RecipeName, Record, UnitId};

/// What a run had done before it was killed; nothing for a run that begins.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Before {
    /// Units with an attempt that ended by itself and says something.
    ended: BTreeSet<UnitId>,
    /// The number of the last attempt of each unit that had begun.
    attempts: BTreeMap<UnitId, u32>,
    refused: BTreeSet<RecipeName>,
    /// Milliseconds from its first record to its last.
    millis: u64,
}

impl Before {
    /// Reads it out of the journal.
    pub(crate) fn of(journal: &Journal) -> Self {
        let run = journal.read(facts);
        let mut before = Self { millis: journal.read(lasted), ..Self::default() };
        before.refused.extend(run.refusals.into_iter().map(|refusal| refusal.recipe));
        for unit in run.units {
            let Some(last) = unit.attempts.last() else { continue };
            let id = unit.head.unit;
            before.attempts.insert(id.clone(), last.number);
            let is_whole = |end: End, void: bool| end == End::Finished && !void;
            if unit.attempts.iter().any(|attempt| is_whole(attempt.end, attempt.void)) {
                before.ended.insert(id);
            }
        }
        before
    }

    /// What the journal says of it.
    pub(crate) fn event(&self) -> Event {
        let begun = self.attempts.keys().filter(|unit| !self.has_ended(unit));
        Event::Resumed {
            ended: self.ended.iter().cloned().collect(),
            again: begun.cloned().collect(),
        }
    }

    /// True where nothing of the unit is left to do but experiments.
    pub(crate) fn has_ended(&self, unit: &UnitId) -> bool {
        self.ended.contains(unit)
    }

    /// The number of its next attempt.
    pub(crate) fn next_attempt(&self, unit: &UnitId) -> u32 {
        self.attempts.get(unit).copied().unwrap_or_default() + 1
    }

    /// How long it went on, in milliseconds.
    pub(crate) fn millis(&self) -> u64 {
        self.millis
    }

    /// True where the recipe was refused already.
    pub(crate) fn refused(&self, recipe: &RecipeName) -> bool {
        self.refused.contains(recipe)
    }
}

/// Milliseconds from the first record to the last.
fn lasted(records: &[Record]) -> u64 {
    let ends = records.first().zip(records.last());
    let millis = ends.map(|(first, last)| last.at.duration_since(first.at).as_millis());
    millis.and_then(|millis| u64::try_from(millis).ok()).unwrap_or_default()
}
