//! `classification.md`: the same for people.

use std::fmt::Write as _;

use cc_ci_classify::{Dossier, End};
use cc_ci_model::{Class, Tier};

use crate::text::{at_stop, code, count, longer, one_line, short_seconds};
use crate::view::first_fault;
use crate::{Case, LintFound, Run, Unit};

/// The longest quotation of somebody else's words on one line.
const QUOTE: usize = 600;

/// The whole page. Evidence is linked as `evidence/<sha256>`, relative to the out folder.
#[must_use]
pub fn render(run: &Run) -> String {
    let mut page = format!("# Classification of run {}\n\n", run.run);
    let _ = writeln!(
        page,
        "Harness {}, phase {}.{}\n",
        one_line(&run.harness, 80),
        code(&run.phase, 80),
        ending(run.end)
    );
    for (what, words) in run.made_of.lines() {
        let _ = writeln!(page, "{}: {}\n", code(&what, 120), code(&words, 160));
    }
    if let Some(alarm) = run.scan.alarm() {
        let _ = writeln!(page, "**Secrets are not safe:** {}\n", code(&alarm, QUOTE));
    }
    for words in run.foreign.words() {
        let _ = writeln!(page, "**Not everything could be read:** {}\n", code(&words, QUOTE));
    }
    if run.cases().next().is_none() {
        page.push_str("No check failed in any attempt.\n\n");
    } else {
        for class in [Class::Harness, Class::Recipe, Class::Undetermined, Class::Flake] {
            section(&mut page, run, class);
        }
    }
    proven(&mut page, run);
    page
}

fn ending(end: End) -> &'static str {
    match end {
        End::Finished => "",
        End::Cancelled => " The run was broken off: what follows is what it got to.",
        End::Open => " The run has not ended: what follows is what it got to.",
    }
}

/// Who must act on a class, in a heading.
pub(crate) fn actor(class: Class) -> &'static str {
    match class {
        Class::Recipe => "the recipe's maintainer",
        Class::Harness => "whoever runs the harness and its machine",
        Class::Undetermined => "a person has to look: the evidence does not decide",
        Class::Flake => "nobody yet: it did not come again alone",
    }
}

fn section(page: &mut String, run: &Run, class: Class) {
    let cases: Vec<_> = run.cases().filter(|(_, case)| case.verdict.class == class).collect();
    if cases.is_empty() {
        return;
    }
    let _ = writeln!(page, "## {class} — {} ({})\n", actor(class), cases.len());
    for (unit, case) in cases {
        one(page, unit, case);
    }
}

fn one(page: &mut String, unit: &Unit, case: &Case) {
    let Case { id, dossier, verdict, decided, .. } = case;
    let _ = writeln!(page, "### {}\n", code(id, QUOTE));
    let _ = writeln!(
        page,
        "{}: owner {}, repeat {}, confidence {:.2}.",
        code(&verdict.rule(), QUOTE),
        verdict.owner,
        verdict.repeat,
        verdict.confidence
    );
    if !decided {
        page.push_str("**Not decided yet: the rerun alone on the node was not made.**\n");
    }
    let _ = writeln!(page, "\nWho must act: {}.\n", actor(verdict.class));
    list(page, "Its red checks", &red_checks(case));
    let lint = |found: &LintFound| format!("{}: {}; fix: {}", found.rule, found.message, found.fix);
    let lint: Vec<_> = case.lint.iter().map(lint).collect();
    list(page, "What the lint says about it", &lint);
    list(page, "Why", &verdict.because);
    list(page, "Ruled out", &verdict.ruled_out);
    if !verdict.evidence.is_empty() {
        page.push_str("Evidence:\n\n");
        for item in &verdict.evidence {
            let _ = writeln!(
                page,
                "- [evidence/{0}](evidence/{0}) {1:?} of {2}, {3} bytes",
                item.sha256,
                item.kind,
                code(&item.name, 80),
                item.bytes
            );
        }
        page.push('\n');
    }
    let rerun = unit.rerun.as_deref().unwrap_or(&dossier.rerun);
    let _ = writeln!(page, "Again, alone: {}\n", code(rerun, QUOTE));
}

/// Each red check with what it failed with; nothing where the case is one check.
fn red_checks(case: &Case) -> Vec<String> {
    let line = |check: &Dossier| {
        let fault = first_fault(check).map(ToString::to_string).unwrap_or_default();
        format!("{}/{}: {fault}", check.stage(), check.check)
    };
    if case.checks.len() < 2 { Vec::new() } else { case.checks.iter().map(line).collect() }
}

fn list(page: &mut String, title: &str, lines: &[String]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(page, "{title}:\n");
    for line in lines {
        let _ = writeln!(page, "- {}", code(line, QUOTE));
    }
    page.push('\n');
}

fn proven(page: &mut String, run: &Run) {
    page.push_str("## What was proven\n\n");
    if run.units.is_empty() {
        page.push_str("Nothing: the run has no units.\n");
    }
    for unit in &run.units {
        let _ = write!(
            page,
            "- {}: {}, level {}",
            code(&unit.name(), QUOTE),
            unit.outcome.word(),
            unit.level
        );
        if let Some(held) = &unit.held_by {
            let _ = write!(page, ", no higher: {}", code(&held.reason, QUOTE));
        }
        let Some(attempt) = unit.decisive() else {
            let reason = unit.outcome.reason().unwrap_or("nothing was tried");
            let _ = writeln!(page, "; {}", code(reason, QUOTE));
            continue;
        };
        let tiers: Vec<_> =
            Tier::ALL.into_iter().filter_map(|tier| attempt.facts.tier(tier)).collect();
        let held = attempt.facts.checks().filter(|(_, check)| check.outcome.is_pass()).count();
        let _ = writeln!(
            page,
            "; attempt {} of {}, {} held, {}",
            attempt.facts.number,
            unit.attempts.len(),
            count(held, "check"),
            short_seconds(attempt.facts.millis)
        );
        for tier in tiers {
            let held = tier.checks.iter().filter(|check| check.outcome.is_pass()).count();
            let _ = write!(
                page,
                "  - {}: {}, {held} of {} held",
                tier.tier,
                tier.outcome.word(),
                count(tier.checks.len(), "check")
            );
            match tier.outcome.reason().or_else(|| Some(format!("weak: {}", tier.weakness()?))) {
                Some(reason) => {
                    let _ = writeln!(page, "; {}", code(&reason, QUOTE));
                }
                None => page.push('\n'),
            }
        }
        for adapted in &attempt.adaptations {
            let _ = writeln!(
                page,
                "  - not as the recipe says: {} {} became {} ({})",
                code(&adapted.object, 120),
                code(&adapted.from, 200),
                code(&adapted.to, 200),
                code(&adapted.reason, 200)
            );
        }
        for canary in attempt.canaries.iter().filter(|canary| canary.skipped.is_some()) {
            let reason = canary.skipped.as_deref().unwrap_or_default();
            let _ = writeln!(
                page,
                "  - no canary data in {} for {}: {}",
                code(&canary.store, 120),
                canary.tier,
                code(reason, 200)
            );
        }
        for (service, seconds) in &attempt.killed_at_stop {
            let _ = writeln!(page, "  - {}", code(&at_stop(service, *seconds), 200));
        }
        for stretch in &attempt.stretched {
            let _ = writeln!(page, "  - {}", code(&longer(stretch), 200));
        }
        for stale in &attempt.stale {
            let _ = writeln!(
                page,
                "  - stale declaration {}: {}",
                code(&stale.declaration, 120),
                code(&stale.reason, 200)
            );
        }
        for snapshot in &attempt.snapshots {
            let _ = writeln!(
                page,
                "  - snapshot {}: {} files, {} bytes, volumes {}",
                code(&snapshot.id, 64),
                snapshot.files,
                snapshot.bytes,
                code(&snapshot.volumes.join(", "), 200)
            );
        }
    }
}
