//! The recipe's files keep the rules of the field. What they say was found when the unit was
//! planned; here it becomes checks and evidence.

use cc_ci_model::{Event, EvidenceKind, Facts, Fault, Observed, Outcome};

use crate::bench::{Bench, Stop};
use crate::life::Life;
use cc_ci_journal::EvidenceStore;

/// How often rules of severity error are broken.
fn broken(times: u32) -> Observed {
    Observed::Facts(Facts::default().with("findings of severity error", 0, times))
}

pub(super) fn run(bench: &Bench<'_>, life: &Life<'_>) -> Result<(), Stop> {
    let verdict = &life.plan.lint;
    let text = verdict.text.as_bytes();
    let evidence = bench.world.journal.keep(EvidenceKind::Text, "lint", text);
    bench.say(Event::Captured { evidence: evidence.clone() });
    for (rule, message) in &verdict.errors {
        let fault = Fault::RuleBroken { rule: rule.clone(), message: message.clone() };
        bench.observe(rule, broken(1));
        bench.note(rule, Outcome::Failed { fault }, 0, vec![evidence.clone()]);
    }
    if verdict.errors.is_empty() {
        bench.observe("no_rule_of_severity_error_is_broken", broken(0));
        bench.note("no_rule_of_severity_error_is_broken", Outcome::Passed, 0, vec![evidence]);
    }
    Ok(())
}
