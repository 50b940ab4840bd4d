//! Everything about one unit, the most urgent first.

use super::matrix::outcome_class;
use super::{Page, cases, checks, proofs};
use crate::text::{at_stop, change, longer, short_seconds};
use crate::{AttemptView, Unit};

pub(super) fn section(page: &mut Page, at: usize, unit: &Unit) {
    let id = format!("unit-{at}");
    page.within("section", &[("id", &id)], |page| {
        page.leaf("h2", "", &unit.name());
        standing(page, unit);
        cases::list(page, unit);
        let Some(attempt) = unit.decisive() else { return rerun(page, unit) };
        advice(page, unit, attempt);
        proofs::stores(page, attempt);
        proofs::volumes(page, attempt);
        checks::tiers(page, &attempt.facts);
        adaptations(page, attempt);
        more(page, attempt);
        rerun(page, unit);
    });
}

fn standing(page: &mut Page, unit: &Unit) {
    page.within("p", &[("class", "standing")], |page| {
        page.leaf("b", outcome_class(unit), unit.outcome.word());
        page.words(" · level ");
        page.leaf("b", "", unit.level.as_str());
        if let Some(base) = &unit.base {
            page.words(" · upgraded from ");
            page.text(base.as_str());
            if let Some(reason) = &unit.base_reason {
                page.words(" (");
                page.text(reason);
                page.words(")");
            }
        }
        if let Some(attempt) = unit.decisive() {
            page.words(" · ");
            let number = attempt.facts.number;
            page.text(&format!("attempt {number} of {}", unit.attempts.len()));
        }
        page.words(" · ");
        page.text(&short_seconds(unit.millis()));
    });
    // Of a unit that was tried, its red cases and what holds its level say more.
    if let (None, Some(reason)) = (unit.decisive(), unit.outcome.reason()) {
        page.leaf("p", "why", reason);
    }
    if let Some(held) = &unit.held_by {
        page.within("p", &[("class", "why")], |page| {
            page.words("No higher level: ");
            page.text(&held.reason);
        });
    }
}

fn advice(page: &mut Page, unit: &Unit, attempt: &AttemptView) {
    let mut broken = attempt.facts.advice().peekable();
    let (killed, stretched) = (&attempt.killed_at_stop, &attempt.stretched);
    let nothing = attempt.stale.is_empty() && killed.is_empty() && stretched.is_empty();
    if broken.peek().is_none() && nothing {
        return;
    }
    page.leaf("h3", "", "Advice");
    page.within("ul", &[], |page| {
        for (tier, fault) in broken.clone() {
            page.leaf("li", "", &format!("{tier} {fault}"));
        }
        if let (Some(asked), Some(_)) = (&unit.asked, broken.peek()) {
            page.within("li", &[], |page| {
                page.words("all of it: ");
                page.leaf("code", "", &format!("cc-ci lint {asked}"));
            });
        }
        for (service, seconds) in killed {
            page.leaf("li", "", &at_stop(service, *seconds));
        }
        for stretch in stretched {
            page.leaf("li", "", &longer(stretch));
        }
        for stale in &attempt.stale {
            let said = format!("stale declaration: {}: {}", stale.declaration, stale.reason);
            page.leaf("li", "", &said);
        }
    });
}

fn adaptations(page: &mut Page, attempt: &AttemptView) {
    if attempt.adaptations.is_empty() {
        return;
    }
    page.leaf("h3", "", "Not as the recipe says");
    page.within("ul", &[], |page| {
        for adapted in &attempt.adaptations {
            page.within("li", &[], |page| {
                page.text(&change(&adapted.object, &adapted.from, &adapted.to));
                page.words(" ");
                page.leaf("span", "quiet", &adapted.reason);
            });
        }
    });
}

/// Images, snapshots and evidence beside the checks, folded.
fn more(page: &mut Page, attempt: &AttemptView) {
    let AttemptView { images, snapshots, evidence, .. } = attempt;
    if images.is_empty() && snapshots.is_empty() && evidence.is_empty() {
        return;
    }
    page.within("details", &[], |page| {
        page.leaf("summary", "", "images, snapshots, evidence");
        page.within("ul", &[], |page| {
            for image in images {
                page.leaf("li", "", &format!("{} ran as {}", image.reference, image.digest));
            }
            for taken in snapshots {
                let (files, bytes) = (taken.files, taken.bytes);
                let volumes = taken.volumes.join(", ");
                let said =
                    format!("snapshot {}: {files} files, {bytes} bytes, of {volumes}", taken.id);
                page.leaf("li", "", &said);
            }
            for item in evidence {
                page.within("li", &[], |page| cases::evidence(page, item));
            }
        });
    });
}

fn rerun(page: &mut Page, unit: &Unit) {
    let Some(rerun) = &unit.rerun else { return };
    page.within("p", &[("class", "rerun")], |page| {
        page.words("Again, alone: ");
        page.leaf("code", "", rerun);
    });
}
