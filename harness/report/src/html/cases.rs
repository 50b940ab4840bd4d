//! Red cases: who must act, on what, and how we know.

use cc_ci_model::{Class, EvidenceRef};

use super::Page;
use crate::classification::actor;
use crate::{Case, Unit};

pub(super) fn list(page: &mut Page, unit: &Unit) {
    for case in &unit.cases {
        let class = if case.verdict.class == Class::Flake { "case flake" } else { "case" };
        page.within("article", &[("class", class)], |page| one(page, case));
    }
}

fn one(page: &mut Page, case: &Case) {
    let Case { dossier, verdict, decided, .. } = case;
    page.within("h3", &[], |page| {
        page.text(&format!("{}/{}", dossier.stage(), dossier.check));
        page.words(" ");
        page.leaf("span", "rule", &verdict.rule());
    });
    if case.checks.len() > 1 {
        page.within("p", &[], |page| {
            page.words("Also red for it: ");
            page.text(&case.others().join(", "));
            page.words(".");
        });
    }
    if let Some(fault) = case.first_fault() {
        page.leaf("p", "fault", &fault.to_string());
        if let Some(said) = fault.said() {
            page.within("details", &[("open", "open")], |page| {
                page.leaf("summary", "", "The end of its log");
                page.lines("log", &said.tail);
            });
        }
    }
    for found in &case.lint {
        page.within("p", &[("class", "lint")], |page| {
            page.leaf("b", "", &format!("Lint {}", found.rule));
            page.text(&format!(": {}", found.message));
            page.words(" Fix: ");
            page.text(&found.fix);
        });
    }
    page.within("p", &[], |page| {
        page.words("Who must act: ");
        page.leaf("b", "", actor(verdict.class));
        page.text(&format!(
            ". Owner {}, repeat {}, confidence {:.2}.",
            verdict.owner, verdict.repeat, verdict.confidence
        ));
        if !decided {
            page.words(" Not decided yet: the rerun alone on the node was not made.");
        }
    });
    reasons(page, "Why", &verdict.because);
    reasons(page, "Ruled out", &verdict.ruled_out);
    // Both attempts may have kept the very same thing.
    let mut kept: Vec<&EvidenceRef> = Vec::new();
    for item in &verdict.evidence {
        if !kept.iter().any(|known| known.sha256 == item.sha256) {
            kept.push(item);
        }
    }
    if !kept.is_empty() {
        page.within("details", &[], |page| {
            page.leaf("summary", "", &format!("Evidence ({})", kept.len()));
            page.within("ul", &[], |page| {
                for item in kept {
                    page.within("li", &[], |page| evidence(page, item));
                }
            });
        });
    }
}

fn reasons(page: &mut Page, title: &'static str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    page.within("details", &[], |page| {
        page.leaf("summary", "", title);
        page.within("ul", &[], |page| lines.iter().for_each(|line| page.leaf("li", "", line)));
    });
}

/// A link to a piece of evidence; what is no hash is no file of ours and gets none.
pub(super) fn evidence(page: &mut Page, item: &EvidenceRef) {
    let words = format!("{:?} {} ({} bytes)", item.kind, item.name, item.bytes).to_lowercase();
    let is_hash = item.sha256.len() == 64 && item.sha256.chars().all(|c| c.is_ascii_hexdigit());
    if is_hash {
        let path = format!("evidence/{}", item.sha256);
        page.within("a", &[("href", &path)], |page| page.text(&words));
    } else {
        page.leaf("span", "", &words);
    }
}
