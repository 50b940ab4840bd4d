//! Records by hand, for this crate's tests.

use cc_ci_model::{
    CheckId, Event, Outcome, RecipeName, Record, RunId, StackName, Tier, UnitHead, UnitId, Version,
};
use jiff::Timestamp;

pub(crate) struct Script {
    records: Vec<Record>,
    unit: UnitId,
    attempt: u32,
}

impl Script {
    pub(crate) fn new() -> Self {
        let unit = UnitId::new("app@1.0.0+2").unwrap();
        let head = UnitHead {
            unit: unit.clone(),
            recipe: RecipeName::new("app").unwrap(),
            version: Version::new("1.0.0+2").unwrap(),
            base: None,
            release: true,
            base_reason: "no older version".into(),
            stack: StackName::new("app-000000").unwrap(),
            deploys: 1,
            commit: None,
            base_commit: None,
            asked: "app".into(),
            tiers: cc_ci_model::Tier::ALL.to_vec(),
            rerun: "cc-ci run app --isolated".into(),
            inputs_sha256: "0".repeat(64),
        };
        let mut script = Self { records: Vec::new(), unit, attempt: 0 };
        script.push(Event::RunStarted {
            run: RunId::new("r1").unwrap(),
            harness: "0.1.0".into(),
            phase: "test".into(),
            node: [].into(),
            units: vec![head],
        });
        script
    }

    fn push(&mut self, event: Event) {
        let seq = self.records.len() as u64;
        self.records.push(Record::new(
            seq,
            Timestamp::from_second(1_700_000_000 + seq as i64).unwrap(),
            ((self.attempt > 0).then(|| self.unit.clone()), self.attempt),
            event,
        ));
    }

    pub(crate) fn start(mut self, attempt: u32, isolated: bool) -> Self {
        self.attempt = attempt;
        self.then(Event::UnitStarted { isolated })
    }

    pub(crate) fn then(mut self, event: Event) -> Self {
        self.push(event);
        self
    }

    pub(crate) fn over(mut self, cancelled: bool) -> Self {
        self.attempt = 0;
        self.then(Event::RunFinished { millis: 1, cancelled })
    }

    pub(crate) fn records(self) -> Vec<Record> {
        self.records
    }
}

pub(crate) fn check(tier: Tier, name: &str, outcome: Outcome) -> Event {
    let check = CheckId::new(name).unwrap();
    let proves = cc_ci_model::Proves::Step;
    Event::CheckFinished { tier, check, outcome, millis: 5, proves, evidence: vec![] }
}

pub(crate) fn tier(tier: Tier, outcome: Outcome) -> Event {
    Event::TierFinished { tier, outcome, millis: 7 }
}

pub(crate) fn finished(deploys: u32, left: &[&str], cancelled: bool) -> Event {
    let left = left.iter().map(|object| (*object).to_owned()).collect();
    Event::UnitFinished { millis: 9, deploys, left, cancelled }
}

pub(crate) mod fault {
    use cc_ci_model::Fault;

    pub(crate) fn recipe() -> Fault {
        Fault::CheckFailed { message: "expected 200, got 500".into() }
    }

    pub(crate) fn harness() -> Fault {
        Fault::Gateway { message: "connection refused".into() }
    }

    pub(crate) fn external() -> Fault {
        Fault::RegistryDown { reference: "nginx:1".into(), message: "timeout".into() }
    }

    pub(crate) fn nobody() -> Fault {
        Fault::Deadline { seconds: 5, waiting_for: "app 0/1".into() }
    }
}
