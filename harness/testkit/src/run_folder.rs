//! What a run wrote.

use std::fs;
use std::path::{Path, PathBuf};

use cc_ci_model::{Event, Record, RunId};
use serde_json::Value;

/// Where a run of the program writes, and what it wrote there.
#[derive(Debug, Clone)]
pub struct RunFolder {
    path: PathBuf,
    out: String,
    docs: String,
}

impl RunFolder {
    pub(crate) fn new(path: PathBuf) -> Self {
        let words = |name: &str| path.join(name).display().to_string();
        let (out, docs) = (words("out"), words("docs"));
        Self { path, out, docs }
    }

    /// `words` and those that make the program write here.
    pub fn words<'a>(&'a self, words: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        words.into_iter().chain(["--out", &self.out, "--docs", &self.docs]).collect()
    }

    /// The out folder.
    #[must_use]
    pub fn out(&self) -> &Path {
        Path::new(&self.out)
    }

    /// A page of the docs folder; nothing is created.
    #[must_use]
    pub fn page(&self, name: &str) -> PathBuf {
        self.path.join("docs").join(name)
    }

    /// The size of the journal so far.
    pub(crate) fn journal_bytes(&self) -> u64 {
        fs::metadata(self.out().join("events.jsonl")).map_or(0, |file| file.len())
    }

    /// What is in the journal so far; a line that is still being written does not count.
    ///
    /// # Panics
    /// Where a line is no record.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let text = fs::read_to_string(self.out().join("events.jsonl")).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        let read = |line: &str| match serde_json::from_str(line) {
            Ok(record) => record,
            Err(error) => panic!("{error} in {line}"),
        };
        whole.lines().map(read).collect()
    }

    /// The run.
    ///
    /// # Panics
    /// Where none has begun.
    #[must_use]
    pub fn run(&self) -> RunId {
        match self.records().first().map(|record| &record.event) {
            Some(Event::RunStarted { run, .. }) => run.clone(),
            other => panic!("{} begins with {other:?}", self.out().display()),
        }
    }

    /// A file of the out folder.
    ///
    /// # Panics
    /// Where it cannot be read.
    #[must_use]
    pub fn read(&self, name: &str) -> String {
        let path = self.out().join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// A JSON file of the out folder.
    ///
    /// # Panics
    /// Where it cannot be read.
    #[must_use]
    pub fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TempState;

    #[tokio::test]
    async fn half_a_line_is_no_record() {
        let state = TempState::new();
        let line = r#"{"v":1,"seq":0,"at":"2026-01-01T00:00:00Z","attempt":1,"event":{"kind":"unit_started","isolated":false}}"#;
        let half = &line[..40];
        state.write("run/out/events.jsonl", format!("{line}\n{half}")).await;
        let records = RunFolder::new(state.join("run")).records();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].event, Event::UnitStarted { isolated: false });
    }

    #[test]
    fn nothing_written_is_no_record() {
        let state = TempState::new();
        assert!(RunFolder::new(state.join("run")).records().is_empty());
    }
}
