//! Records by hand, for this crate's tests: one call per event, time and order kept here.

use cc_ci_classify::{Attempt, CheckFact, End, TierFact};
use cc_ci_model::{
    CheckId, Event, EvidenceKind, EvidenceRef, Fault, Outcome, Proves, RecipeName, Record, RunId,
    StackName, Tier, UnitHead, UnitId, Version, sha256_hex,
};
use jiff::Timestamp;

pub(crate) struct Script {
    records: Vec<Record>,
    unit: Option<UnitId>,
    attempt: u32,
}

pub(crate) fn head(recipe: &str, version: &str) -> UnitHead {
    let (recipe, version) = (RecipeName::new(recipe).unwrap(), Version::new(version).unwrap());
    UnitHead {
        unit: UnitId::of(&recipe, &version),
        base: Some(Version::new("0.9.0+1").unwrap()),
        release: true,
        base_reason: "newest older version".into(),
        stack: StackName::new("stack-000000").unwrap(),
        deploys: 1,
        commit: None,
        base_commit: None,
        asked: "app".into(),
        tiers: cc_ci_model::Tier::ALL.to_vec(),
        rerun: format!("cc-ci run {recipe}@{version} --isolated"),
        inputs_sha256: sha256_hex(b"inputs"),
        recipe,
        version,
    }
}

pub(crate) fn evidence(name: &str) -> EvidenceRef {
    let sha256 = sha256_hex(name.as_bytes());
    EvidenceRef { sha256, kind: EvidenceKind::Log, name: name.into(), bytes: 120 }
}

pub(crate) fn not_run(reason: &str) -> Outcome {
    Outcome::NotRun { reason: reason.into() }
}

/// An attempt of these tiers, a letter for the outcome of each: passed, passed Weakly, not
/// Applicable, failed, blocked, not run, or `.` for never heard of.
pub(crate) fn attempt(tiers: &[(Tier, char)]) -> Attempt {
    let reason = || "r".to_owned();
    let facts = tiers.iter().filter_map(|(tier, word)| {
        let outcome = match word {
            'p' | 'w' => Outcome::Passed,
            'a' => Outcome::NotApplicable { reason: reason() },
            'f' => Outcome::Failed { fault: Fault::Bug { message: reason() } },
            'b' => Outcome::Blocked { by: Tier::Deploy },
            'n' => not_run("r"),
            _ => return None,
        };
        let proves = if *word == 'w' { Proves::Answer } else { Proves::Behaviour };
        let (check, evidence) = (CheckId::slug("c"), vec![]);
        let check = CheckFact { check, outcome: outcome.clone(), millis: 0, proves, evidence };
        Some(TierFact { tier: *tier, outcome, ended: true, millis: 0, checks: vec![check] })
    });
    Attempt {
        number: 1,
        isolated: false,
        started: Timestamp::UNIX_EPOCH,
        end: End::Finished,
        only_advice: false,
        killed: false,
        void: false,
        millis: 0,
        deploys: None,
        left: vec![],
        tiers: facts.collect(),
    }
}

impl Script {
    pub(crate) fn run(units: &[UnitHead]) -> Self {
        let node = [("engine", "20.10.24"), ("endpoint_mode", "dnsrr"), ("hostname", "node-1")];
        let script = Self { records: Vec::new(), unit: None, attempt: 0 };
        script.event(Event::RunStarted {
            run: RunId::new("r1").unwrap(),
            harness: "0.1.0".into(),
            phase: "night".into(),
            node: node.map(|(key, value)| (key.into(), value.into())).into(),
            units: units.to_vec(),
        })
    }

    pub(crate) fn event(mut self, event: Event) -> Self {
        let seq = self.records.len() as u64;
        let at = Timestamp::from_second(1_790_000_000 + i64::try_from(seq).unwrap()).unwrap();
        let (unit, attempt) = (self.unit.clone(), self.attempt);
        self.records.push(Record::new(seq, at, (unit, attempt), event));
        self
    }

    /// The events that follow belong to no attempt.
    pub(crate) fn of_the_run(self) -> Self {
        Self { unit: None, attempt: 0, ..self }
    }

    /// This attempt cannot begin yet.
    pub(crate) fn wait(mut self, unit: &UnitHead, attempt: u32, on: &str) -> Self {
        (self.unit, self.attempt) = (Some(unit.unit.clone()), attempt);
        self.event(Event::UnitWaits { on: on.to_owned() })
    }

    /// The events that follow belong to this attempt.
    pub(crate) fn start(mut self, unit: &UnitHead, attempt: u32, isolated: bool) -> Self {
        (self.unit, self.attempt) = (Some(unit.unit.clone()), attempt);
        self.event(Event::UnitStarted { isolated })
    }

    /// A check that looks at data by its name, and else at behaviour.
    pub(crate) fn check(self, tier: Tier, name: &str, outcome: Outcome) -> Self {
        let data = name.contains("data");
        let proves = if data { Proves::Data } else { Proves::Behaviour };
        self.proving(tier, name, outcome, proves)
    }

    pub(crate) fn proving(self, tier: Tier, name: &str, outcome: Outcome, proves: Proves) -> Self {
        let red = outcome.fault().is_some();
        self.event(Event::CheckFinished {
            tier,
            check: CheckId::slug(name),
            outcome,
            millis: 250,
            proves,
            evidence: if red { vec![evidence("app")] } else { vec![] },
        })
    }

    pub(crate) fn written(self, tier: Tier, store: &str) -> Self {
        let (store, key) = (store.to_owned(), "k".to_owned());
        self.event(Event::CanaryWritten { tier, store, key, negative: false })
    }

    /// A whole tier that holds.
    pub(crate) fn pass(self, tier: Tier, checks: &[&str]) -> Self {
        let script = self.event(Event::TierStarted { tier });
        let each = |script: Self, name: &&str| script.check(tier, name, Outcome::Passed);
        checks.iter().fold(script, each).end(tier, Outcome::Passed)
    }

    /// A whole tier in which the last check fails.
    pub(crate) fn fail(self, tier: Tier, check: &str, fault: Fault) -> Self {
        let outcome = Outcome::Failed { fault };
        let script = self.event(Event::TierStarted { tier });
        script.check(tier, check, outcome.clone()).end(tier, outcome)
    }

    pub(crate) fn end(self, tier: Tier, outcome: Outcome) -> Self {
        self.event(Event::TierFinished { tier, outcome, millis: 1_500 })
    }

    pub(crate) fn finish(mut self, left: &[&str], cancelled: bool) -> Self {
        let left = left.iter().map(|object| (*object).into()).collect();
        self = self.event(Event::UnitFinished { millis: 9_500, deploys: 1, left, cancelled });
        (self.unit, self.attempt) = (None, 0);
        self
    }

    pub(crate) fn refuse(self, recipe: &str, version: Option<&str>, outcome: Outcome) -> Self {
        let version = version.map(|version| Version::new(version).unwrap());
        let recipe = RecipeName::new(recipe).unwrap();
        self.event(Event::UnitRefused { recipe, version, outcome })
    }

    pub(crate) fn scanned(self, hits: &[&str]) -> Self {
        let hits = hits.iter().map(|hit| (*hit).into()).collect();
        self.event(Event::SecretsScanned { values: 2, files: 7, hits, unread: vec![] })
    }

    pub(crate) fn over(self, cancelled: bool) -> Vec<Record> {
        self.event(Event::RunFinished { millis: 21_000, cancelled }).records
    }

    pub(crate) fn so_far(self) -> Vec<Record> {
        self.records
    }
}
