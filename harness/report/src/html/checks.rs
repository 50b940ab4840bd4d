//! Every tier with its checks; folded away where it holds.

use cc_ci_classify::{Attempt, CheckFact, TierFact};
use cc_ci_model::{Outcome, Proves};

use super::{Page, cases, matrix};
use crate::mark::Mark;
use crate::text::{count, short_seconds};

pub(super) fn tiers(page: &mut Page, attempt: &Attempt) {
    if attempt.tiers.is_empty() {
        return;
    }
    page.leaf("h3", "", "Tiers");
    for tier in &attempt.tiers {
        one(page, attempt, tier);
    }
}

fn one(page: &mut Page, attempt: &Attempt, fact: &TierFact) {
    let mark = Mark::of(attempt, fact.tier);
    let open: &[_] = match mark {
        Mark::Failed => &[("open", "open")],
        Mark::Passed
        | Mark::Weak
        | Mark::Advice
        | Mark::Blocked
        | Mark::NotApplicable
        | Mark::NotRun => &[],
    };
    let attributes = [&[("class", "tier")], open].concat();
    page.within("details", &attributes, |page| {
        page.within("summary", &[], |page| heading(page, mark, fact));
        if fact.checks.is_empty() {
            page.leaf("p", "quiet", "no checks");
        } else {
            table(page, &fact.checks);
        }
    });
}

fn heading(page: &mut Page, mark: Mark, fact: &TierFact) {
    matrix::sign(page, mark);
    page.words(" ");
    page.leaf("b", "", fact.tier.as_str());
    let held = fact.checks.iter().filter(|check| check.outcome.is_pass()).count();
    let checks = count(fact.checks.len(), "check");
    let numbers = format!("{held} of {checks} held, {}", short_seconds(fact.millis));
    if !fact.checks.is_empty() {
        page.words(" ");
        page.leaf("span", "quiet", &numbers);
    }
    let weak = || fact.weakness().map(|why| format!("weak: {why}"));
    if let Some(reason) = fact.outcome.reason().or_else(weak) {
        page.words(" · ");
        page.leaf("span", "reason", &reason);
    }
}

fn table(page: &mut Page, checks: &[CheckFact]) {
    page.within("div", &[("class", "scroll")], |page| {
        page.within("table", &[("class", "tiers")], |page| {
            page.within("thead", &[], |page| {
                page.within("tr", &[], |page| {
                    ["check", "outcome", "proves"]
                        .iter()
                        .for_each(|name| page.leaf("th", "", name));
                    page.leaf("th", "number", "time");
                    page.leaf("th", "", "why, and evidence");
                });
            });
            page.within("tbody", &[], |page| {
                checks.iter().for_each(|check| page.within("tr", &[], |page| row(page, check)));
            });
        });
    });
}

fn row(page: &mut Page, check: &CheckFact) {
    let class = match check.outcome {
        Outcome::Passed => "good",
        Outcome::Failed { .. } => "bad",
        Outcome::Blocked { .. } | Outcome::NotApplicable { .. } | Outcome::NotRun { .. } => "open",
    };
    page.leaf("td", "", check.check.as_str());
    page.leaf("td", class, check.outcome.word());
    page.leaf("td", "", if check.outcome.is_pass() { proves(check.proves) } else { "" });
    page.leaf("td", "number", &short_seconds(check.millis));
    page.within("td", &[], |page| {
        if let Some(reason) = check.outcome.reason() {
            page.text(&reason);
        }
        for item in &check.evidence {
            page.words(" ");
            cases::evidence(page, item);
        }
    });
}

fn proves(proves: Proves) -> &'static str {
    match proves {
        Proves::Step => "step",
        Proves::Answer => "answer",
        Proves::Behaviour => "behaviour",
        Proves::Data => "data",
    }
}
