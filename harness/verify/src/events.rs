//! Reads the events and compares them with their chain, their tree and the checkpoint.

use std::path::Path;

use cc_ci_journal::{CHECKPOINT, Checkpoint, Events, ReadError, ReadLine, Tree, from_hex, hex};
use cc_ci_model::{Event, Record};

use crate::found::Found;

/// The records of the run in `folder`, as far as they can be read.
pub(crate) fn read(folder: &Path, found: &mut Found) -> Result<Vec<Record>, ReadError> {
    let checkpoint = match Checkpoint::read(folder) {
        Ok(checkpoint) => checkpoint,
        Err(error) => {
            found.different(CHECKPOINT, &error.to_string());
            None
        }
    };
    let mut events = Events::open(&folder.join("events.jsonl"))?;
    let (mut records, mut chain) = (Vec::new(), Chain::default());
    let mut whole = true;
    for line in events.by_ref() {
        let line = match line {
            Ok(line) => line,
            Err(error @ ReadError::Io { .. }) => return Err(error),
            Err(error) => {
                let place = error.line().map_or_else(String::new, |line| format!(":{line}"));
                found.different(&format!("events.jsonl{place}"), &error.to_string());
                whole = false;
                break;
            }
        };
        chain.take(&line, checkpoint.as_ref(), found);
        unread(&line, records.len() + 1, found);
        records.push(line.record);
    }
    found.counts.records = records.len();
    if events.is_torn() {
        let place = format!("events.jsonl:{}", records.len().max(1));
        found.different(&place, "the last line is cut off");
        whole = false;
    }
    // After a line that cannot be read, the rest of the file was not looked at.
    if whole {
        chain.end(&records, checkpoint.as_ref(), found);
    }
    Ok(records)
}

/// Adds a gap for each part of a record that this version does not know.
fn unread(line: &ReadLine, number: usize, found: &mut Found) {
    let place = format!("events.jsonl:{number}");
    match &line.record.event {
        Event::Unknown { kind, json: _ } => {
            found
                .gap(&place, &format!("a record of kind {kind}, which this version does not know"));
        }
        Event::Removed { sha256: _, reason } => {
            found.gap(&place, &format!("the record was taken out of the journal: {reason}"));
        }
        _ if !line.foreign.is_empty() => {
            found.foreign_fields += 1;
            let names = line.foreign.join(", ");
            found.gap(&place, &format!("fields that this version does not know: {names}"));
        }
        _ => {}
    }
}

/// True where the last record is the end of the run; false for a run that goes on or was killed.
pub(crate) fn has_ended(records: &[Record]) -> bool {
    records.last().is_some_and(|record| matches!(record.event, Event::RunFinished { .. }))
}

/// The chain of leaves and the tree over them.
#[derive(Debug, Default)]
struct Chain {
    tree: Tree,
    /// The leaf of the last line.
    last: Option<String>,
    /// The tree without that leaf.
    before: Tree,
    /// A line whose `prev` is not the leaf of the line before. The next line decides which of the two was
    /// changed. The tree is the one that would result if only the line before was changed.
    doubt: Option<(usize, Tree)>,
    /// True once a break was reported. Breaks that follow from it are not reported.
    broken: bool,
    /// True where lines have no leaf, because their version has no tree.
    treeless: bool,
}

impl Chain {
    fn take(&mut self, line: &ReadLine, checkpoint: Option<&Checkpoint>, found: &mut Found) {
        let Some((leaf, prev)) = &line.leaf else {
            self.treeless = true;
            return;
        };
        let number = usize::try_from(self.tree.size()).unwrap_or(usize::MAX).saturating_add(1);
        let fits = *prev == self.last;
        if let Some((line, _)) = self.doubt.take() {
            // If the next line names this line, this line is unchanged, so the line before it was changed.
            self.report(if fits { line - 1 } else { line }, found);
        }
        if !fits && !self.broken {
            let mut named = self.before.clone();
            prev.as_deref().and_then(from_hex).into_iter().for_each(|leaf| named.push(leaf));
            named.push(*leaf);
            self.doubt = Some((number, named));
        }
        self.before.clone_from(&self.tree);
        self.tree.push(*leaf);
        self.last = line.leaf_hex();
        let Some(checkpoint) = checkpoint.filter(|known| known.size == self.tree.size()) else {
            return;
        };
        if checkpoint.root != self.tree.root() && self.doubt.is_none() && !self.broken {
            let (known, own) = (hex(&checkpoint.root), hex(&self.tree.root()));
            let what = format!(
                "the records up to here have the root {own}, and the checkpoint says {known}"
            );
            found.different(&format!("events.jsonl:{number}"), &what);
            self.broken = true;
        }
    }

    fn report(&mut self, line: usize, found: &mut Found) {
        let place = format!("events.jsonl:{}", line.max(1));
        found.different(
            &place,
            "the line was changed: its hash is not the one that the next line names",
        );
        self.broken = true;
    }

    fn end(mut self, records: &[Record], checkpoint: Option<&Checkpoint>, found: &mut Found) {
        if let Some((line, named)) = self.doubt.take() {
            // No line follows, so the checkpoint decides.
            let fits = checkpoint.is_some_and(|known| known.root == named.root());
            self.report(if fits { line - 1 } else { line }, found);
        }
        let last = format!("events.jsonl:{}", records.len().max(1));
        let ended = has_ended(records);
        if !ended {
            found.gap(&last, "the run has no end: it goes on, or it was killed");
        }
        let Some(checkpoint) = checkpoint else {
            let what = if self.treeless {
                "the journal has schema 1, which has no tree: a change of it cannot be noticed"
            } else {
                "there is no checkpoint: a change of the journal's end cannot be noticed"
            };
            return found.gap(CHECKPOINT, what);
        };
        if let Some(Event::RunStarted { run, .. }) = records.first().map(|record| &record.event) {
            let origin = format!("cc-ci/{run}");
            if checkpoint.origin != origin {
                let what =
                    format!("it is of {}, and the events are of {origin}", checkpoint.origin);
                found.different(CHECKPOINT, &what);
            }
        }
        let (covered, size) = (checkpoint.size, records.len() as u64);
        if covered > size {
            let what =
                format!("the journal ends here, and the checkpoint covers {covered} records");
            found.different(&last, &what);
        } else if covered < size {
            let place = format!("events.jsonl:{}", covered + 1);
            let what = "the checkpoint does not cover this record and those after it";
            if ended { found.different(&place, what) } else { found.gap(&place, what) }
        }
    }
}
