//! A run's folder to damage.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cc_ci_journal::{Journal, SystemClock, read_events, write_run};
use cc_ci_model::{
    EVENTS_SCHEMA, Event, Fault, HttpAnswer, HttpExpected, Look, Observed, Outcome, Record, Secret,
    Sought, Tier,
};
use cc_ci_report::{Run, Target, write_all};
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

/// The folders that earlier harnesses wrote.
pub(crate) fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/fixtures/journal")
}

/// A run's folder as this harness writes it.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn whole() -> Self {
        Self::of(records())
    }

    fn of(records: Vec<Record>) -> Self {
        let folder = Self(TempDir::new().unwrap());
        fs::create_dir(folder.path().join("evidence")).unwrap();
        for entry in fs::read_dir(kept().join("1.0-5249f7b/evidence")).unwrap() {
            let path = entry.unwrap().path();
            let to = folder.path().join("evidence").join(path.file_name().unwrap());
            fs::copy(path, to).unwrap();
        }
        folder.journal(&records);
        folder.reports();
        folder
    }

    /// A folder in which the first red check keeps what it saw, written by a journal that hides `secrets`.
    pub(crate) fn hiding(seen: Observed, secrets: &[Secret]) -> Self {
        let mut records = records();
        for record in &mut records {
            if let Event::CheckFinished { outcome, .. } | Event::TierFinished { outcome, .. } =
                &mut record.event
                && outcome.fault().is_some()
            {
                let message = "another value than expected".to_owned();
                *outcome = Outcome::Failed { fault: Fault::CheckFailed { message } };
            }
        }
        let red = |record: &Record| matches!(&record.event, Event::CheckFinished { outcome, .. } if outcome.fault().is_some());
        let at = records.iter().position(red).unwrap();
        observe_at(&mut records, at, seen);
        let folder = Self::of(records.clone());
        fs::remove_file(folder.file("events.jsonl")).unwrap();
        let (clock, broken) = (Arc::new(SystemClock), CancellationToken::new());
        let journal = Journal::create(folder.path(), clock, None, broken).unwrap();
        assert!(journal.hide(secrets).is_empty());
        for Record { unit, attempt, leg, event, .. } in records {
            journal.write_leg(unit.as_ref(), (attempt, leg), event);
        }
        assert!(journal.take_error().is_none());
        assert_eq!(journal.scan().hits, Vec::<String>::new());
        folder.reports();
        folder
    }

    /// The folder of a run whose process was killed before its end, and which another process went on with.
    pub(crate) fn resumed() -> Self {
        let mut records = records();
        let at = records.len() - 1;
        let mut said = records[at].clone();
        (said.unit, said.attempt) = (None, 0);
        said.event = Event::Resumed { ended: Vec::new(), again: Vec::new() };
        records.insert(at, said);
        renumber(&mut records);
        Self::of(records)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    /// Writes the journal anew, with its tree.
    fn journal(&self, records: &[Record]) {
        let _ = fs::remove_file(self.file("events.jsonl"));
        write_run(self.path(), records).unwrap();
    }

    /// Writes the reports anew.
    fn reports(&self) {
        let run = Run::from_records(&read_events(&self.file("events.jsonl")).unwrap()).unwrap();
        write_all(Target { out: self.path(), docs: self.path() }, &run).unwrap();
    }

    /// Changes the journal's text and nothing else.
    fn lines(&self, change: impl FnOnce(&mut Vec<String>)) {
        let text = fs::read_to_string(self.file("events.jsonl")).unwrap();
        let mut lines = text.lines().map(str::to_owned).collect();
        change(&mut lines);
        fs::write(self.file("events.jsonl"), lines.join("\n") + "\n").unwrap();
    }

    fn evidence(&self) -> Vec<PathBuf> {
        let entries = fs::read_dir(self.file("evidence")).unwrap();
        let mut all: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        all.sort();
        all
    }

    /// A journal in which a newer minor version wrote something, with its tree.
    pub(crate) fn newer() -> Self {
        let folder = Self::whole();
        let mut records = records();
        records.iter_mut().for_each(|record| record.v.minor += 1);
        let at = records.len() - 1;
        let mut added = records[at].clone();
        // A kind of the same length keeps the rest of the line as it is.
        added.event = Event::UnitWaits { on: "main".to_owned() };
        records.insert(at, added);
        records[at].unit = records[at - 2].unit.clone();
        records[at].attempt = 1;
        renumber(&mut records);
        folder.journal(&records);
        let line = fs::read_to_string(folder.file("events.jsonl")).unwrap();
        // The tree is made over the changed line by the journal's own rules: the event's hash stands for it.
        let changed = line.replace("\"kind\":\"unit_waits\"", "\"kind\":\"leg_began\"");
        fs::write(folder.file("events.jsonl"), rechained(&changed, folder.path())).unwrap();
        folder.reports();
        folder
    }

    fn turn_green(records: &mut [Record]) {
        for record in records {
            match &mut record.event {
                Event::CheckFinished { outcome, .. } | Event::TierFinished { outcome, .. }
                    if outcome.fault().is_some() =>
                {
                    *outcome = Outcome::Passed;
                }
                _ => {}
            }
        }
    }

    pub(crate) fn green_without_tree(&self) {
        let before = fs::read(self.file("checkpoint")).unwrap();
        let mut records = records();
        Self::turn_green(&mut records);
        self.journal(&records);
        fs::write(self.file("checkpoint"), before).unwrap();
    }

    pub(crate) fn green_with_reports(&self) {
        self.green_without_tree();
        self.reports();
    }

    pub(crate) fn green_check_with_tree(&self) {
        let mut records = records();
        let red = records.iter_mut().find_map(|record| match &mut record.event {
            Event::CheckFinished { outcome, .. } if outcome.fault().is_some() => Some(outcome),
            _ => None,
        });
        *red.unwrap() = Outcome::Passed;
        self.journal(&records);
        self.reports();
    }

    pub(crate) fn green_tier_with_tree(&self) {
        let mut records = records();
        for record in &mut records {
            if let Event::TierFinished { tier: Tier::Upgrade, outcome, .. } = &mut record.event {
                *outcome = Outcome::Passed;
            }
        }
        self.journal(&records);
        self.reports();
    }

    pub(crate) fn green_against_an_answer(&self) {
        self.journal(&seeing(answer(500), data(Look::Intact)));
        self.reports();
    }

    pub(crate) fn green_against_data(&self) {
        self.journal(&seeing(answer(200), data(Look::Gone)));
        self.reports();
    }

    /// A folder in which the check `serves` keeps these facts in place of an answer.
    pub(crate) fn comparing(facts: Observed) -> Self {
        Self::of(seeing(facts, data(Look::Intact)))
    }

    /// A folder from which a piece of evidence was taken out, which its journal says.
    pub(crate) fn without_evidence() -> Self {
        let mut records = records();
        let sha256 = records.iter().find_map(|r| Some(r.event.evidence().first()?.sha256.clone()));
        let sha256 = sha256.unwrap();
        let at = records.len() - 1;
        let reason = "a secret learnt late".to_owned();
        let event = Event::EvidenceRemoved { sha256: sha256.clone(), reason };
        let (unit, attempt) = (None, 0);
        let record = Record { event, unit, attempt, ..records[at].clone() };
        records.insert(at, record);
        renumber(&mut records);
        let folder = Self::of(records);
        fs::remove_file(folder.path().join("evidence").join(sha256)).unwrap();
        folder
    }

    /// Takes the facts out, and makes everything else anew.
    pub(crate) fn without_what_was_compared(&self) {
        let mut records = read_events(&self.file("events.jsonl")).unwrap();
        records.retain(|record| !matches!(record.event, Event::Compared { .. }));
        renumber(&mut records);
        self.journal(&records);
        self.reports();
    }

    pub(crate) fn without_a_record(&self) {
        self.lines(|lines| {
            lines.remove(7);
            for (at, line) in lines.iter_mut().enumerate().skip(7) {
                *line = line.replace(&format!("\"seq\":{},", at + 1), &format!("\"seq\":{at},"));
            }
        });
    }

    pub(crate) fn swapped_records(&self) {
        self.lines(|lines| {
            let event = |line: &str| line.split_once(",\"event\":").unwrap().1.to_owned();
            let (a, b) = (event(&lines[7]), event(&lines[8]));
            lines[7] = lines[7].replace(&a, &b);
            lines[8] = lines[8].replace(&b, &a);
        });
    }

    pub(crate) fn doubled_record(&self) {
        self.lines(|lines| {
            lines.insert(9, lines[8].clone());
            for (at, line) in lines.iter_mut().enumerate().skip(9) {
                *line = line.replace(&format!("\"seq\":{},", at - 1), &format!("\"seq\":{at},"));
            }
        });
    }

    pub(crate) fn cut_tail(&self) {
        self.lines(|lines| lines.truncate(lines.len() - 2));
    }

    pub(crate) fn cut_tail_and_checkpoint(&self) {
        let mut records = records();
        records.truncate(records.len() - 2);
        self.journal(&records);
        self.reports();
    }

    pub(crate) fn cut_line(&self) {
        let bytes = fs::read(self.file("events.jsonl")).unwrap();
        fs::write(self.file("events.jsonl"), &bytes[..bytes.len() - 20]).unwrap();
    }

    pub(crate) fn cut_line_break(&self) {
        let bytes = fs::read(self.file("events.jsonl")).unwrap();
        fs::write(self.file("events.jsonl"), &bytes[..bytes.len() - 1]).unwrap();
    }

    pub(crate) fn spliced(&self) {
        let other = Self::of(another_run());
        let theirs = fs::read_to_string(other.file("events.jsonl")).unwrap();
        let theirs: Vec<String> = theirs.lines().map(str::to_owned).collect();
        self.lines(|lines| {
            let half = lines.len() / 2;
            lines.splice(half.., theirs[half..].iter().cloned());
        });
        self.reports();
    }

    pub(crate) fn foreign_checkpoint(&self) {
        let other = Self::of(another_run());
        let theirs = fs::read_to_string(other.file("checkpoint")).unwrap();
        let ours = fs::read_to_string(self.file("checkpoint")).unwrap();
        let origin = theirs.lines().next().unwrap();
        let mixed = ours.replacen(ours.lines().next().unwrap(), origin, 1);
        fs::write(self.file("checkpoint"), mixed).unwrap();
    }

    pub(crate) fn foreign_journal(&self) {
        let mut records = records();
        records.retain(|record| record.event.evidence().is_empty());
        renumber(&mut records);
        self.journal(&records);
        self.reports();
    }

    pub(crate) fn swapped_evidence(&self) {
        let path = &self.evidence()[0];
        let length = fs::read(path).unwrap().len();
        fs::write(path, "x".repeat(length)).unwrap();
    }

    pub(crate) fn exchanged_evidence(&self) {
        let all = self.evidence();
        let (a, b) = (fs::read(&all[0]).unwrap(), fs::read(&all[1]).unwrap());
        fs::write(&all[0], b).unwrap();
        fs::write(&all[1], a).unwrap();
    }

    pub(crate) fn short_evidence(&self) {
        let path = &self.evidence()[1];
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..bytes.len() - 1]).unwrap();
    }

    pub(crate) fn missing_evidence(&self) {
        fs::remove_file(&self.evidence()[0]).unwrap();
    }

    pub(crate) fn raised_level(&self) {
        self.replace("results.json", "\"level\": \"deploy\"", "\"level\": \"lint\"");
    }

    pub(crate) fn other_class(&self) {
        self.replace("classification.json", "\"class\": \"recipe\"", "\"class\": \"flake\"");
    }

    fn replace(&self, name: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.file(name)).unwrap();
        assert!(text.contains(from), "{text}");
        fs::write(self.file(name), text.replacen(from, to, 1)).unwrap();
    }
}

/// The records of a kept folder, as this harness would write them.
fn records() -> Vec<Record> {
    seeing(answer(200), data(Look::Intact))
}

/// The records, with what two of their checks saw.
fn seeing(served: Observed, noted: Observed) -> Vec<Record> {
    let mut records = read_events(&kept().join("1.0-5249f7b/events.jsonl")).unwrap();
    records.iter_mut().for_each(|record| record.v = EVENTS_SCHEMA);
    if let Event::RunStarted { harness, .. } = &mut records[0].event {
        *harness = env!("CARGO_PKG_VERSION").to_owned();
    }
    observe(&mut records, "serves", served);
    observe(&mut records, "takes_a_note", noted);
    records
}

/// Puts what a check saw before the first check of that name.
fn observe(records: &mut Vec<Record>, name: &str, seen: Observed) {
    let at = records.iter().position(
        |record| matches!(&record.event, Event::CheckFinished { check, .. } if check.as_str() == name),
    );
    observe_at(records, at.unwrap(), seen);
}

/// Puts what a check saw before the check at `at`.
fn observe_at(records: &mut Vec<Record>, at: usize, seen: Observed) {
    let mut record = records[at].clone();
    let Event::CheckFinished { tier, check, .. } = record.event else { unreachable!() };
    record.event = seen.event(tier, check);
    records.insert(at, record);
    renumber(records);
}

fn answer(status: u16) -> Observed {
    let expected =
        HttpExpected { status: vec![200], header: vec![], contains: vec!["shop".into()] };
    let answer = HttpAnswer { status, header: vec![], holds: vec!["shop".into()] };
    Observed::Http { expected, answer }
}

fn data(found: Look) -> Observed {
    let (store, key) = ("files:notes".to_owned(), "k-1".to_owned());
    Observed::Data { store, key, expected: Sought::Intact, found }
}

/// The same units at another time.
fn another_run() -> Vec<Record> {
    let mut records = records();
    for record in &mut records {
        record.at = "2026-12-01T00:00:00Z".parse().unwrap();
    }
    if let Event::RunStarted { run, .. } = &mut records[0].event {
        *run = cc_ci_model::RunId::new("20261201-000000-zzzz").unwrap();
    }
    records
}

fn renumber(records: &mut [Record]) {
    (0..).zip(records).for_each(|(seq, record)| record.seq = seq);
}

/// Links the lines of a journal anew after a change that only its text can hold, and writes their checkpoint.
fn rechained(text: &str, folder: &Path) -> String {
    let path = folder.join("events.jsonl");
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for at in 1..lines.len() {
        fs::write(&path, lines[..at].join("\n") + "\n").unwrap();
        let leaf = cc_ci_journal::Events::open(&path).unwrap().last().unwrap().unwrap().leaf_hex();
        let (head, event) = lines[at].split_once(",\"prev\":\"").unwrap();
        lines[at] = format!("{head},\"prev\":\"{}\"{}", leaf.unwrap(), &event[65..]);
    }
    let text = lines.join("\n") + "\n";
    fs::write(&path, &text).unwrap();
    let mut tree = cc_ci_journal::Tree::default();
    for line in cc_ci_journal::Events::open(&path).unwrap() {
        tree.push(line.unwrap().leaf.unwrap().0);
    }
    cc_ci_journal::Checkpoint::of(&run_of(folder), &tree).write(folder).unwrap();
    text
}

fn run_of(folder: &Path) -> cc_ci_model::RunId {
    let records = read_events(&folder.join("events.jsonl")).unwrap();
    let Event::RunStarted { run, .. } = &records[0].event else { panic!("{:?}", records[0]) };
    run.clone()
}
