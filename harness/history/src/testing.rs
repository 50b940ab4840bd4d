//! Runs on the disk, as the journal writes them.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use cc_ci_journal::{Clock, Journal};
use cc_ci_model::{Event, Fault, Outcome, Proves, RunId, Tier, UnitHead, UnitId};
use jiff::Timestamp;
use serde_json::json;
use tempfile::TempDir;
use tokio_util::sync::CancellationToken;

use crate::open::History;

/// An empty history in a folder that is removed in the end.
pub(crate) fn history() -> (TempDir, History) {
    let state = tempfile::tempdir().unwrap();
    let history = History::open(state.path()).unwrap();
    (state, history)
}

/// A run of one unit, built event by event.
pub(crate) struct Story {
    run: String,
    second: i64,
    unit: Option<UnitHead>,
    events: Vec<Event>,
    ended: bool,
}

/// A clock that counts seconds.
struct Seconds(AtomicI64);

impl Clock for Seconds {
    fn now(&self) -> Timestamp {
        Timestamp::from_second(self.0.fetch_add(1, Ordering::Relaxed)).unwrap()
    }
}

impl Story {
    pub(crate) fn new(run: &str) -> Self {
        let run = run.to_owned();
        Self { run, second: 0, unit: None, events: Vec::new(), ended: false }
    }

    /// Starts the run `second` seconds after the epoch of the test clock.
    pub(crate) fn at(mut self, second: i64) -> Self {
        self.second = second;
        self
    }

    /// The deploy tier passes in `millis` milliseconds.
    pub(crate) fn green(self, recipe: &str, millis: u64) -> Self {
        self.unit(recipe, &Outcome::Passed, millis)
    }

    /// The deploy tier fails after `millis` milliseconds.
    pub(crate) fn red(self, recipe: &str, millis: u64) -> Self {
        let fault = Fault::CheckFailed { message: "no".to_owned() };
        self.unit(recipe, &Outcome::Failed { fault }, millis)
    }

    fn unit(mut self, recipe: &str, outcome: &Outcome, millis: u64) -> Self {
        let tier = Tier::Deploy;
        let head = json!({
            "unit": format!("{recipe}@1.0.0+1"), "recipe": recipe, "version": "1.0.0+1", "base": null,
            "base_reason": "none", "stack": "shop-abc123", "deploys": 1, "asked": recipe,
            "tiers": [tier], "rerun": "cc-ci rerun", "inputs_sha256": "abc",
        });
        self.unit = Some(serde_json::from_value(head).unwrap());
        self.events = vec![
            Event::UnitStarted { isolated: false },
            Event::TierStarted { tier },
            Event::CheckFinished {
                tier,
                check: cc_ci_model::CheckId::slug("answers"),
                outcome: outcome.clone(),
                millis,
                proves: Proves::Answer,
                evidence: Vec::new(),
            },
            Event::TierFinished { tier, outcome: outcome.clone(), millis },
            Event::UnitFinished { millis, deploys: 1, left: Vec::new(), cancelled: false },
        ];
        self
    }

    /// Adds an event to the attempt before its end.
    pub(crate) fn with(mut self, event: Event) -> Self {
        let before = self.events.len().saturating_sub(1);
        self.events.insert(before, event);
        self
    }

    /// The run ends.
    pub(crate) fn ended(mut self) -> Self {
        self.ended = true;
        self
    }

    /// Writes its folder.
    pub(crate) fn write(self, folder: &Path) {
        let clock = Arc::new(Seconds(AtomicI64::new(1_700_000_000 + self.second)));
        let journal = Journal::create(folder, clock, None, CancellationToken::new()).unwrap();
        let run = RunId::new(self.run).unwrap();
        let units: Vec<UnitHead> = self.unit.into_iter().collect();
        let unit: Option<UnitId> = units.first().map(|head| head.unit.clone());
        let (harness, phase) = ("0.1.0".to_owned(), "run".to_owned());
        let node = std::collections::BTreeMap::new();
        journal.write(None, 0, Event::RunStarted { run, harness, phase, node, units });
        for event in self.events {
            journal.write(unit.as_ref(), 1, event);
        }
        if self.ended {
            journal.write(None, 0, Event::RunFinished { millis: 5_000, cancelled: false });
        }
        assert!(journal.take_error().is_none());
    }
}
