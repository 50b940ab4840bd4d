//! Writes a complete journal at once, and takes single records out of one.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
use std::path::Path;

use cc_ci_model::{Event, Record};

use crate::checkpoint::Checkpoint;
use crate::line;
use crate::place;
use crate::tree::Tree;

/// Writes a run that had no journal to `folder`: its events and their checkpoint. Records of a journal that
/// another folder has keep their positions.
///
/// # Errors
/// The system's own; there is a journal already.
pub fn write_run(folder: &Path, records: &[Record]) -> io::Result<()> {
    let path = folder.join("events.jsonl");
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    let (mut tree, mut prev) = (Tree::default(), None);
    for record in records {
        let line = line::written(record, prev.as_ref())?;
        file.write_all(&line.bytes)?;
        tree.push(line.leaf);
        prev = Some(line.leaf);
    }
    file.sync_all()?;
    match records.first().map(|record| &record.event) {
        Some(Event::RunStarted { run, .. }) => Checkpoint::of(run, &tree).write(folder),
        _ => Ok(()),
    }
}

/// Takes the event of the record at `seq` out of the journal in `folder`. The hash of the event stays in its
/// place, so that the tree and the checkpoint hold. The text of the event is no longer in the file.
///
/// # Errors
/// The system's own; there is no such record, or its version has no tree.
pub fn remove(folder: &Path, seq: u64, reason: &str) -> io::Result<()> {
    remove_all(folder, &[seq].into(), reason)
}

/// As [`remove`], for several records at once.
pub(crate) fn remove_all(folder: &Path, seqs: &BTreeSet<u64>, reason: &str) -> io::Result<()> {
    let bytes = std::fs::read(folder.join("events.jsonl"))?;
    let mut lines: Vec<Cow<'_, [u8]>> =
        bytes.split_inclusive(|byte| *byte == b'\n').map(Cow::Borrowed).collect();
    for seq in seqs {
        let missing =
            || io::Error::new(io::ErrorKind::NotFound, format!("there is no record {seq}"));
        let at = usize::try_from(*seq).map_err(|_| missing())?;
        let line = lines.get_mut(at).ok_or_else(missing)?;
        let (before, json) = line::split(line).ok_or_else(missing)?;
        if !line::head(before).is_ok_and(|head| head.seq == *seq) {
            return Err(missing());
        }
        let sha256 = cc_ci_model::sha256_hex(json);
        let removed = Event::Removed { sha256, reason: reason.to_owned() };
        *line = Cow::Owned([before, &serde_json::to_vec(&removed)?, b"}\n"].concat());
    }
    place::replace(folder, "events.jsonl", &lines.concat())
}
