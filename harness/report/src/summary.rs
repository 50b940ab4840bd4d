//! The closing words of a run, for people.

use std::fmt::Write as _;
use std::path::Path;

use cc_ci_classify::End;
use cc_ci_model::{Class, Outcome, Tier};

use crate::classification::actor;
use crate::text::{change, count, one_line, short_seconds};
use crate::{Run, Scan, Unit, UnitOutcome};

/// Where the files lie.
#[derive(Debug, Clone, Copy)]
pub struct Places<'a> {
    /// The out folder.
    pub out: &'a Path,
    /// The backlog page.
    pub backlog: &'a Path,
}

/// The closing words: a table of units, who must act on what, where the files lie.
#[must_use]
pub fn summary(run: &Run, places: Places<'_>) -> String {
    let mut text = table(run);
    text.push('\n');
    for (unit, case) in run.cases() {
        let class = case.verdict.class;
        let fault = case.first_fault().map(ToString::to_string).unwrap_or_default();
        let mark = if class == Class::Flake { '~' } else { '✘' };
        let _ = writeln!(text, "{mark} {}  {}", case.id, case.verdict.rule());
        let _ = writeln!(text, "    {}", one_line(&fault, 300));
        let _ = writeln!(text, "    who must act: {}", actor(class));
        let rerun = unit.rerun.as_deref().unwrap_or(&case.dossier.rerun);
        let _ = writeln!(text, "    again, alone: {}", one_line(rerun, 300));
    }
    for unit in &run.units {
        if let UnitOutcome::NotRun { reason } = &unit.outcome {
            let _ = writeln!(text, "– {}: not run: {}", unit.name(), one_line(reason, 300));
        }
    }
    if let Scan::Leaked { files } = &run.scan {
        let _ = writeln!(text, "✘ secrets were written to {}", one_line(&files.join(", "), 300));
    }
    adaptations(&mut text, run);
    stale(&mut text, run);
    let _ = writeln!(text, "{}", closing(run));
    let _ = writeln!(text, "results:  {}", places.out.display());
    let _ = writeln!(text, "backlog:  {}", places.backlog.display());
    text
}

fn closing(run: &Run) -> String {
    let passed = run.units.iter().filter(|unit| unit.outcome.word() == "passed").count();
    let mut words = format!("{passed} of {} passed", count(run.units.len(), "unit"));
    for class in [Class::Harness, Class::Recipe, Class::Undetermined, Class::Flake] {
        let number = run.count(class);
        if number > 0 {
            let _ = write!(words, ", {number} {class}");
        }
    }
    match (run.end, run.millis) {
        (End::Finished, Some(millis)) => format!("{words}, in {}", short_seconds(millis)),
        (End::Cancelled, _) => format!("{words}; the run was broken off"),
        (End::Finished | End::Open, _) => format!("{words}; the run has not ended"),
    }
}

fn adaptations(text: &mut String, run: &Run) {
    for unit in &run.units {
        for adapted in unit.decisive().map_or(&[][..], |attempt| &attempt.adaptations) {
            let change = change(&adapted.object, &adapted.from, &adapted.to);
            let said = format!("{}: {change} ({})", unit.name(), adapted.reason);
            let _ = writeln!(text, "! not as the recipe says: {}", one_line(&said, 300));
        }
    }
}

fn stale(text: &mut String, run: &Run) {
    for unit in &run.units {
        for stale in unit.decisive().map_or(&[][..], |attempt| &attempt.stale) {
            let said = format!("{}: {}: {}", unit.name(), stale.declaration, stale.reason);
            let _ = writeln!(text, "! stale declaration: {}", one_line(&said, 300));
        }
    }
}

fn table(run: &Run) -> String {
    let mut rows = vec![[
        "unit".to_owned(),
        "outcome".to_owned(),
        "level".to_owned(),
        "tiers".to_owned(),
        "time".to_owned(),
    ]];
    rows.extend(run.units.iter().map(|unit| {
        [
            unit.name(),
            unit.outcome.word().to_owned(),
            unit.level.to_string(),
            marks(unit),
            short_seconds(unit.millis()),
        ]
    }));
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths = [width(0), width(1), width(2), width(3), width(4)];
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<_> =
            row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    text
}

/// One mark per tier, in their order: `deploy✔ upgrade✘ custom–`.
fn marks(unit: &Unit) -> String {
    let Some(attempt) = unit.decisive() else { return "–".to_owned() };
    let mark = |tier| match attempt.facts.tier(tier).map(|fact| &fact.outcome) {
        Some(Outcome::Passed) => "✔",
        Some(Outcome::Failed { .. }) => "✘",
        Some(Outcome::Blocked { .. }) => "▪",
        Some(Outcome::NotApplicable { .. }) => "·",
        Some(Outcome::NotRun { .. }) | None => "–",
    };
    let marks: Vec<_> = Tier::ALL.into_iter().map(|tier| format!("{tier}{}", mark(tier))).collect();
    marks.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn whole_texts() {
        let places = Places { out: Path::new("out"), backlog: Path::new("docs/BACKLOG-night.md") };
        for (name, run) in fixtures::all() {
            insta::assert_snapshot!(name, summary(&run, places));
        }
    }
}
