//! Records that this version of the harness cannot read in full.

use std::collections::BTreeSet;

use cc_ci_model::{Event, Record};

/// What a newer harness wrote that this one does not know, and what was taken out of the journal. Reports are made
/// without it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Foreign {
    /// Records of kinds that this version does not know.
    pub records: usize,
    /// Those kinds.
    pub kinds: BTreeSet<String>,
    /// Records with fields that this version does not know.
    pub fields: usize,
    /// Records that were removed after they were written.
    pub removed: usize,
    /// Pieces of evidence that were removed after they were written.
    pub evidence: usize,
}

impl Foreign {
    /// Counts the records of a run. [`Foreign::fields`] stays 0: a record does not hold the fields that its reader
    /// did not know, so the reader of the lines sets it.
    pub(super) fn of(records: &[Record]) -> Self {
        let mut found = Self::default();
        for record in records {
            match &record.event {
                Event::Unknown { kind, json: _ } => {
                    found.records += 1;
                    found.kinds.insert(kind.clone());
                }
                Event::Removed { .. } => found.removed += 1,
                Event::EvidenceRemoved { .. } => found.evidence += 1,
                _ => {}
            }
        }
        found
    }

    /// A sentence for each kind of gap; none where every record was read in full.
    #[must_use]
    pub fn words(&self) -> Vec<String> {
        let kinds = self.kinds.iter().cloned().collect::<Vec<_>>().join(", ");
        let said = [
            (self.records, "of kinds that this version does not know", kinds.as_str()),
            (self.fields, "with fields that this version does not know", ""),
            (self.removed, "taken out of the journal", ""),
        ];
        let one = |(number, what, which): (usize, &str, &str)| {
            let s = if number == 1 { "" } else { "s" };
            let which = if which.is_empty() { String::new() } else { format!(": {which}") };
            format!("{number} record{s} {what}{which}")
        };
        let records = said.into_iter().filter(|(number, ..)| *number > 0).map(one);
        let evidence = match self.evidence {
            0 => None,
            1 => Some("1 piece of evidence taken out of the folder".to_owned()),
            more => Some(format!("{more} pieces of evidence taken out of the folder")),
        };
        records.chain(evidence).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::app;
    use crate::script::Script;
    use crate::{Places, Run, summary};
    use std::path::Path;

    fn run() -> Run {
        let unknown = |kind: &str| Event::Unknown { kind: kind.into(), json: "{}".into() };
        let removed = Event::Removed { sha256: "ab".into(), reason: "r".into() };
        let script = Script::run(&[app()]).event(unknown("leg_began")).event(unknown("leg_ended"));
        let evidence = Event::EvidenceRemoved { sha256: "cd".into(), reason: "r".into() };
        let script = script.event(unknown("leg_began")).event(removed).event(evidence);
        let records = script.over(false);
        let mut run = Run::from_records(&records).unwrap();
        run.foreign.fields = 1;
        run
    }

    #[test]
    fn what_was_not_understood_is_in_every_report() {
        let words = [
            "3 records of kinds that this version does not know: leg_began, leg_ended",
            "1 record with fields that this version does not know",
            "1 record taken out of the journal",
            "1 piece of evidence taken out of the folder",
        ];
        let run = run();
        assert_eq!(run.foreign.words(), words);
        let places = Places { out: Path::new("o"), backlog: Path::new("b"), listed: false };
        let reports = [
            summary(&run, places),
            crate::results::render(&run).unwrap(),
            crate::classification::render_json(&run).unwrap(),
            crate::classification::render_markdown(&run),
            crate::html::render(&run),
            String::from_utf8(crate::junit::render(&run).unwrap()).unwrap(),
        ];
        for report in reports {
            assert!(words.iter().all(|words| report.contains(words)), "{report}");
        }
    }
}
