//! The page.

use std::fmt::Write as _;

use cc_ci_model::Class;

use super::{FINDINGS_HEADING, Gate, findings};
use crate::text::{code, one_line};
use crate::{Case, Run, Unit};

/// The longest quotation on a line.
const QUOTE: usize = 200;

/// The page's file name; `None` where the phase cannot be part of one.
#[must_use]
pub fn file_name(phase: &str) -> Option<String> {
    let ok = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let valid = !phase.is_empty() && phase.len() <= 63 && phase.chars().all(ok);
    valid.then(|| format!("BACKLOG-{phase}.md"))
}

/// The whole page. Of an `existing` one the adversary's section is kept byte for byte, and the
/// decision on M1 as long as the cases are the same.
#[must_use]
pub fn render(phase: &str, run: &Run, existing: Option<&str>) -> String {
    let cases: Vec<_> = run.cases().map(|(_, case)| case).collect();
    let mut red: Vec<_> = cases.iter().map(|case| investigate(case)).collect();
    let mut fixes: Vec<_> =
        cases.iter().filter(|case| case.decided).map(|case| fix(case)).collect();
    if let Some(alarm) = run.scan.alarm() {
        red.push(format!("- [x] run/secrets — {}", code(&alarm, QUOTE)));
        fixes.push(
            "- [ ] run/secrets — **harness.code**: stop the leak, then delete the run".into(),
        );
    }
    let tie = format!("{}\n{}", red.join("\n"), fixes.join("\n"));
    let gate = existing.map(|page| Gate::carried(page, &tie)).unwrap_or_default();

    let mut page = format!("# Backlog of phase {}\n\n", one_line(phase, 80));
    let _ = writeln!(page, "Written from run {}; the next run writes it again.\n", run.run);
    page.push_str("## Build backlog\n\n### M1 — investigate + isolate + classify\n\n");
    section(&mut page, &red, "No red case.");
    let _ = writeln!(page, "\n{}\n", gate.line(&tie));
    page.push_str("### M2 — fix + verify\n\nOpen for work once the M1 gate says PASS.\n\n");
    section(&mut page, &fixes, "No classified case.");
    let advice: Vec<_> = run.units.iter().flat_map(advice).collect();
    if !advice.is_empty() {
        page.push_str(
            "\n### Advice\n\nBreaks no promise; nobody has to act for the phase to pass.\n\n",
        );
        section(&mut page, &advice, "");
    }
    page.push('\n');
    match existing.and_then(findings) {
        Some(kept) => page.push_str(kept),
        None => {
            page.push_str(FINDINGS_HEADING);
            page.push('\n');
        }
    }
    page
}

fn section(page: &mut String, lines: &[String], empty: &str) {
    if lines.is_empty() {
        page.push_str(empty);
        page.push('\n');
    }
    for line in lines {
        let _ = writeln!(page, "{line}");
    }
}

fn investigate(case: &Case) -> String {
    let mark = if case.decided { 'x' } else { ' ' };
    let fault = case.first_fault().map(ToString::to_string).unwrap_or_default();
    format!("- [{mark}] {} — {}", code(&case.id, QUOTE), code(&fault, QUOTE))
}

/// What a unit could do better: rules that it breaks, declarations that are not so.
fn advice(unit: &Unit) -> Vec<String> {
    let Some(attempt) = unit.decisive() else { return Vec::new() };
    let name = code(&unit.name(), QUOTE);
    let line = |what: &str, said: &str| format!("- {name} — {what}: {}", code(said, QUOTE));
    let broken = attempt.facts.advice();
    let broken = broken.map(|(tier, fault)| line(tier.as_str(), &fault.to_string()));
    let stale = attempt.stale.iter();
    let stale = stale.map(|s| line("stale", &format!("{}: {}", s.declaration, s.reason)));
    broken.chain(stale).collect()
}

fn fix(case: &Case) -> String {
    let verdict = &case.verdict;
    let what = match verdict.class {
        Class::Recipe => "fix the recipe",
        Class::Harness => "fix the harness or its machine",
        Class::Undetermined => "find out whose it is",
        Class::Flake => "watch it; make it steady if it comes again",
    };
    format!(
        "- [ ] {} — **{}** ({}, {}): {what} — {}",
        code(&case.id, QUOTE),
        verdict.rule(),
        verdict.owner,
        verdict.repeat,
        code(&case.dossier.rerun, QUOTE),
    )
}
