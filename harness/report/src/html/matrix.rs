//! Units and tiers at a glance.

use super::Page;
use crate::mark::{self, Mark};
use crate::text::short_seconds;
use crate::{Run, Unit};

pub(super) fn table(page: &mut Page, run: &Run) {
    let tiers = mark::shown_tiers(run);
    page.within("div", &[("class", "scroll")], |page| {
        page.within("table", &[("class", "matrix")], |page| {
            page.within("thead", &[], |page| {
                page.within("tr", &[], |page| {
                    ["unit", "outcome", "level"].iter().for_each(|name| page.leaf("th", "", name));
                    tiers.iter().for_each(|tier| page.leaf("th", "tier", tier.as_str()));
                    page.leaf("th", "number", "time");
                });
            });
            page.within("tbody", &[], |page| {
                for (at, unit) in run.units.iter().enumerate() {
                    page.within("tr", &[], |page| row(page, at, unit, &tiers));
                }
            });
        });
    });
    page.within("p", &[("class", "legend")], |page| {
        for mark in mark::used(run) {
            page.within("span", &[], |page| {
                sign(page, mark);
                page.words(" ");
                page.text(mark.legend());
            });
            page.words(" ");
        }
    });
}

fn row(page: &mut Page, at: usize, unit: &Unit, tiers: &[cc_ci_model::Tier]) {
    page.within("td", &[], |page| {
        let link = format!("#unit-{at}");
        page.within("a", &[("href", &link)], |page| page.text(&unit.name()));
    });
    page.leaf("td", outcome_class(unit), unit.outcome.word());
    page.leaf("td", "", unit.level.as_str());
    for tier in tiers {
        let mark = unit.decisive().map_or(Mark::NotRun, |a| Mark::of(&a.facts, *tier));
        page.within("td", &[("class", "tier")], |page| sign(page, mark));
    }
    page.leaf("td", "number", &short_seconds(unit.millis()));
}

/// The mark of a tier, with its word for those who cannot see it.
pub(super) fn sign(page: &mut Page, mark: Mark) {
    let class = format!("mark {}", mark.word());
    let attributes = [("class", class.as_str()), ("title", mark.legend()), ("role", "img")];
    page.within("span", &attributes, |page| page.text(mark.sign()));
}

/// The colour of a unit's outcome.
pub(super) fn outcome_class(unit: &Unit) -> &'static str {
    match unit.outcome {
        crate::UnitOutcome::Passed => "good",
        crate::UnitOutcome::Failed { .. } => "bad",
        crate::UnitOutcome::NotRun { .. } => "open",
    }
}
