//! How often a case that was red is red again.

use cc_ci_classify::{Attempt, facts};
use cc_ci_model::{Outcome, Record, Tier, UnitId};

/// A case that was red.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedCase {
    /// Its unit; nothing where a recipe was named and no run.
    pub unit: Option<UnitId>,
    /// The tier in which it was red.
    pub tier: Tier,
    /// Its check.
    pub check: String,
}

impl RedCase {
    /// True where `text` is the tier, or the tier and the check.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let (tier, check) = text.split_once('/').unwrap_or((text, ""));
        self.tier.as_str() == tier && (check.is_empty() || self.check == check)
    }

    fn name(&self) -> String {
        let (tier, check) = (self.tier, &self.check);
        match &self.unit {
            Some(unit) => format!("{unit}/{tier}/{check}"),
            None => format!("{tier}/{check}"),
        }
    }
}

/// A line for each case, as `shop@1/custom/sells: reproduced 2 of 3`.
#[must_use]
pub fn reproduced(records: &[Record], cases: &[RedCase]) -> Vec<String> {
    let run = facts(records);
    let recipe = |unit: &UnitId| unit.as_str().split('@').next().map(str::to_owned);
    let line = |case: &RedCase| {
        // A folder that was changed may have another version by now.
        let unit = run
            .units
            .iter()
            .find(|unit| case.unit.as_ref().is_none_or(|id| recipe(id) == recipe(&unit.head.unit)));
        let attempts = unit.map_or(&[][..], |unit| &unit.attempts);
        let tried: Vec<bool> =
            attempts.iter().filter_map(|attempt| failed(attempt, case)).collect();
        let red = tried.iter().filter(|failed| **failed).count();
        let untried = attempts.len() - tried.len();
        let rest = if untried == 0 { String::new() } else { format!(", not tried in {untried}") };
        format!("{}: reproduced {red} of {}{rest}", case.name(), attempts.len())
    };
    cases.iter().map(line).collect()
}

/// Whether the case failed in the attempt; nothing where it was not tried.
fn failed(attempt: &Attempt, case: &RedCase) -> Option<bool> {
    if attempt.void {
        return None;
    }
    let tier = attempt.tier(case.tier)?;
    let check = tier.checks.iter().find(|check| check.check.as_str() == case.check);
    let Some(check) = check else {
        // A check that only exists where it fails held where its tier passed.
        return matches!(tier.outcome, Outcome::Passed).then_some(false);
    };
    match &check.outcome {
        Outcome::Passed => Some(false),
        Outcome::Failed { .. } => Some(true),
        Outcome::Blocked { .. } | Outcome::NotApplicable { .. } | Outcome::NotRun { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{CheckId, Event, Fault, Proves};
    use serde_json::json;

    use super::*;

    fn records(outcomes: &[Option<bool>]) -> Vec<Record> {
        let head = json!({
            "unit": "shop@1.1.0+2", "recipe": "shop", "version": "1.1.0+2", "base": null,
            "base_reason": "", "stack": "shop-abc123", "deploys": 1, "asked": "shop",
            "tiers": ["deploy", "custom", "teardown"], "rerun": "", "inputs_sha256": "",
        });
        let start = json!({
            "kind": "run_started", "run": "r1", "harness": "0", "phase": "run", "node": {},
            "units": [head],
        });
        let unit = UnitId::new("shop@1.1.0+2").unwrap();
        let mut events = vec![(None, 0, serde_json::from_value(start).unwrap())];
        for (number, failed) in (1..).zip(outcomes) {
            let tier = Tier::Custom;
            let outcome = match failed {
                Some(true) => {
                    Outcome::Failed { fault: Fault::CheckFailed { message: "no".into() } }
                }
                Some(false) => Outcome::Passed,
                None => Outcome::NotRun { reason: "blocked".into() },
            };
            let check = Event::CheckFinished {
                tier,
                check: CheckId::new("sells").unwrap(),
                outcome,
                millis: 1,
                proves: Proves::default(),
                evidence: Vec::new(),
            };
            let ended =
                Event::UnitFinished { millis: 1, deploys: 1, left: vec![], cancelled: false };
            let started = Event::UnitStarted { isolated: true };
            events.extend([started, check, ended].map(|event| (Some(unit.clone()), number, event)));
        }
        let record = |(seq, (unit, attempt, event)): (usize, (Option<UnitId>, u32, Event))| {
            let at = "2026-01-01T00:00:00Z".parse().unwrap();
            Record::new(seq as u64, at, (unit, attempt), event)
        };
        events.into_iter().enumerate().map(record).collect()
    }

    #[rstest::rstest]
    #[case(&[Some(true), Some(false), Some(true)], "reproduced 2 of 3")]
    #[case(&[Some(false)], "reproduced 0 of 1")]
    #[case(&[Some(true), None], "reproduced 1 of 2, not tried in 1")]
    #[case(&[], "reproduced 0 of 0")]
    fn what_is_red_again_is_counted(#[case] outcomes: &[Option<bool>], #[case] said: &str) {
        let unit = Some(UnitId::new("shop@1.1.0+2").unwrap());
        let case = RedCase { unit, tier: Tier::Custom, check: "sells".to_owned() };
        let lines = reproduced(&records(outcomes), &[case]);
        assert_eq!(lines, [format!("shop@1.1.0+2/custom/sells: {said}")]);
    }

    #[rstest::rstest]
    #[case("custom/sells", true)]
    #[case("custom", true)]
    #[case("custom/buys", false)]
    #[case("deploy/sells", false)]
    fn a_case_is_named_by_tier_and_check(#[case] text: &str, #[case] fits: bool) {
        let case = RedCase { unit: None, tier: Tier::Custom, check: "sells".to_owned() };
        assert_eq!(case.matches(text), fits);
    }
}
