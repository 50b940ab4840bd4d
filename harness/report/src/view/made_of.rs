//! What a run was made of: the program, and the inputs of each unit.

use std::collections::BTreeMap;

use cc_ci_model::{Event, Program, Record, UnitId};

/// What a run was made of. Nothing is known of runs before version 2.2 of the events.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MadeOf {
    /// The program that carried it out.
    pub program: Option<Program>,
    /// The inputs of each unit.
    pub inputs: BTreeMap<UnitId, Inputs>,
}

/// The inputs of a unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inputs {
    /// SHA-256 over what decides what the unit does; equal in two runs of the same.
    pub sha256: String,
    /// Number of files of its recipe and suite whose hashes the journal has.
    pub files: usize,
}

impl MadeOf {
    pub(super) fn of(records: &[Record]) -> Self {
        let mut made = Self::default();
        let mut hashes: BTreeMap<&UnitId, &str> = BTreeMap::new();
        for record in records {
            match &record.event {
                Event::RunStarted { units, .. } => {
                    hashes.extend(units.iter().map(|u| (&u.unit, u.inputs_sha256.as_str())));
                }
                Event::ProgramKnown { commit, sha256 } => {
                    let (commit, sha256) = (commit.clone(), sha256.clone());
                    made.program = Some(Program { commit, sha256 });
                }
                Event::FilesRead { unit, files } => {
                    let Some(sha256) = hashes.get(unit) else { continue };
                    let (sha256, files) = ((*sha256).to_owned(), files.len());
                    made.inputs.insert(unit.clone(), Inputs { sha256, files });
                }
                _ => {}
            }
        }
        made
    }

    /// One line each for the program and for the inputs of a unit: what it is and its words.
    #[must_use]
    pub fn lines(&self) -> Vec<(String, String)> {
        let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".to_owned());
        let program = self.program.iter().map(|Program { commit, sha256 }| {
            let words = format!("commit {}, binary sha256 {}", known(commit), known(sha256));
            ("program".to_owned(), words)
        });
        let inputs = self.inputs.iter().map(|(unit, Inputs { sha256, files })| {
            let s = if *files == 1 { "" } else { "s" };
            (format!("inputs of {unit}"), format!("sha256 {sha256}, {files} file{s}"))
        });
        program.chain(inputs).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{app, green};

    /// The records of a green run, with what it was made of.
    fn records() -> Vec<Record> {
        let mut records = green();
        let program = Event::ProgramKnown { commit: None, sha256: Some("b1".to_owned()) };
        let file = ("recipe/1/compose.yml".to_owned(), "f1".to_owned());
        let files = Event::FilesRead { unit: app().unit, files: [file].into() };
        for event in [files, program] {
            let record = Record { event, ..records[0].clone() };
            records.insert(1, record);
        }
        (0..).zip(&mut records).for_each(|(seq, record)| record.seq = seq);
        records
    }

    #[test]
    fn every_report_says_what_the_run_was_made_of() {
        let run = crate::Run::from_records(&records()).unwrap();
        let Inputs { sha256, files } = &run.made_of.inputs[&app().unit];
        assert_eq!((sha256.len(), *files), (64, 1));
        let lines = run.made_of.lines();
        assert_eq!(lines[0].1, "commit unknown, binary sha256 b1");
        assert_eq!(lines[1].1, format!("sha256 {sha256}, 1 file"));
        let rendered = crate::rendered(&run).unwrap();
        let text = |name: &str| {
            let bytes = &rendered.iter().find(|(file, _)| *file == name).unwrap().1;
            String::from_utf8_lossy(bytes).into_owned()
        };
        for report in ["results.json", "classification.md", "report.html"] {
            assert!(text(report).contains(sha256.as_str()), "{report}");
            assert!(text(report).contains("b1"), "{report}");
        }
        let json: serde_json::Value = serde_json::from_str(&text("results.json")).unwrap();
        assert_eq!(json["program"], serde_json::json!({"commit": null, "sha256": "b1"}));
        assert_eq!(json["units"][0]["inputs"]["files"], 1);
    }

    #[test]
    fn an_older_run_says_nothing_of_it() {
        let run = crate::Run::from_records(&green()).unwrap();
        assert_eq!(run.made_of, MadeOf::default());
        assert!(run.made_of.lines().is_empty());
    }
}
