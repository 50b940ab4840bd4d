//! Plain lines, for logs and pipes.

use std::collections::BTreeSet;

use cc_ci_model::{Event, Outcome, Record, Tier};

use crate::Stretch;
use crate::text::{at_stop, change, count, goes_on, longer, one_line, short_seconds};

/// The longest line's quotation.
const QUOTE: usize = 400;

/// Turns records into lines; says each adaptation once.
#[derive(Debug, Default)]
pub struct Plain {
    adapted: BTreeSet<String>,
    red: BTreeSet<String>,
    kept: BTreeSet<String>,
}

impl Plain {
    /// A printer that has said nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The line for a record, without a line break; `None` where it is not worth one.
    pub fn line(&mut self, record: &Record) -> Option<String> {
        let unit = record.unit.as_ref().map_or("run", |unit| unit.as_str());
        let text = match &record.event {
            Event::RunStarted { run, units, .. } => {
                format!("run {run}: {}", count(units.len(), "unit"))
            }
            Event::Resumed { ended, again } => one_line(&goes_on(ended, again), QUOTE),
            Event::UnitRefused { recipe, outcome, .. } => {
                let reason = outcome.reason().unwrap_or_default();
                return Some(format!("{recipe}: refused: {}", one_line(&reason, QUOTE)));
            }
            Event::RunFailed { fault } => {
                format!("{unit}: {}", one_line(&fault.to_string(), QUOTE))
            }
            Event::NotBegun { reason } => format!("{unit}: not begun: {}", one_line(reason, QUOTE)),
            Event::UnitWaits { on } => format!("{unit}: waits for {}", one_line(on, QUOTE)),
            Event::UnitStarted { isolated } => {
                self.red.remove(unit);
                self.kept.remove(unit);
                let alone = if *isolated { ", alone on the node" } else { "" };
                format!("{unit}: attempt {}{alone}", record.attempt)
            }
            Event::Adapted { what, object, from, to, reason } => {
                // One line for each kind; the summary and the report have the others.
                if !self.adapted.insert(format!("{unit} {what:?}")) {
                    return None;
                }
                let said = format!("{unit}: {} ({reason})", change(object, from, to));
                one_line(&said, QUOTE)
            }
            Event::CheckFinished { tier, check, outcome, .. } => {
                let fault = outcome.fault()?;
                if tier.is_advisory() {
                    let said = format!("{unit}: {tier} advises: {fault}");
                    return Some(one_line(&said, QUOTE));
                }
                self.red.insert(unit.to_owned());
                format!("{unit}: {tier}/{check} failed: {}", one_line(&fault.to_string(), QUOTE))
            }
            Event::TierFinished { tier, outcome, millis } => match outcome {
                Outcome::Passed | Outcome::Failed { .. } => {
                    if tier.is_advisory() && outcome.fault().is_some() {
                        // What it found is said already, and it is no verdict.
                        return None;
                    }
                    if let Outcome::Failed { .. } = outcome {
                        self.red.insert(unit.to_owned());
                    }
                    format!("{unit}: {tier} {} in {}", outcome.word(), short_seconds(*millis))
                }
                Outcome::Blocked { .. } => {
                    format!("{unit}: {tier} {}", outcome.reason().unwrap_or_default())
                }
                Outcome::NotApplicable { reason } => {
                    format!("{unit}: {tier} not applicable: {}", one_line(reason, QUOTE))
                }
                Outcome::NotRun { reason } => {
                    if *tier == Tier::Teardown {
                        self.kept.insert(unit.to_owned());
                    }
                    format!("{unit}: {tier} not run: {}", one_line(reason, QUOTE))
                }
            },
            Event::UnitFinished { millis, left, cancelled, .. } => {
                let kept = self.kept.contains(unit);
                let fine = (kept || left.is_empty()) && !self.red.contains(unit);
                let word = match (cancelled, fine) {
                    (true, _) => "broken off",
                    (false, true) => "done",
                    (false, false) => "done, red",
                };
                let left = if left.is_empty() {
                    String::new()
                } else {
                    let word = if kept { "kept" } else { "left behind" };
                    format!("; {word}: {}", one_line(&left.join(", "), QUOTE))
                };
                format!("{unit}: {word} after {}{left}", short_seconds(*millis))
            }
            Event::RunFinished { millis, cancelled } => {
                let word = if *cancelled { "broken off" } else { "ended" };
                format!("run {word} after {}", short_seconds(*millis))
            }
            Event::SecretsScanned { hits, unread, .. } => {
                if hits.is_empty() && unread.is_empty() {
                    return None;
                }
                let said = |words: &str, files: &[String]| {
                    let files = one_line(&files.join(", "), QUOTE);
                    (!files.is_empty()).then(|| format!("{words} {files}"))
                };
                let words = [
                    said("secrets were written to", hits),
                    said("secrets may be in what could not be read:", unread),
                ];
                format!("run: {}", words.into_iter().flatten().collect::<Vec<_>>().join("; "))
            }
            Event::Withheld { what, reason } => {
                let said = format!("{what} is withheld, it cannot be cleaned of secrets: {reason}");
                one_line(&said, QUOTE)
            }
            Event::Observed { .. }
            | Event::Compared { .. }
            | Event::ProgramKnown { .. }
            | Event::FilesRead { .. }
            | Event::Removed { .. }
            | Event::EvidenceRemoved { .. }
            | Event::Unknown { .. } => {
                return None;
            }
            Event::LeftVisible { names } => {
                one_line(&format!("{unit}: left visible: {}", names.join(", ")), QUOTE)
            }
            Event::TasksKilled { tier, services } => {
                let services = one_line(&services.join(", "), QUOTE);
                format!("{unit}: {tier}: killed {services} at once")
            }
            Event::KilledAtStop { service, seconds } => {
                one_line(&format!("{unit}: {}", at_stop(service, *seconds)), QUOTE)
            }
            Event::LimitStretched { .. } => {
                let stretch = Stretch::of(&record.event)?;
                one_line(&format!("{unit}: {}", longer(&stretch)), QUOTE)
            }
            Event::StaleDeclaration { declaration, reason } => {
                let said = format!("{unit}: stale declaration: {declaration}: {reason}");
                one_line(&said, QUOTE)
            }
            Event::ImageReady { .. }
            | Event::TierStarted { .. }
            | Event::Waiting { .. }
            | Event::Predicted { .. }
            | Event::TroubleKnown { .. }
            | Event::MemoryPeak { .. }
            | Event::NodeStalled { .. }
            | Event::Deployed { .. }
            | Event::Converged { .. }
            | Event::Covered { .. }
            | Event::TaskFailed { .. }
            | Event::UpdateSettled { .. }
            | Event::LintFound { .. }
            | Event::CanaryWritten { .. }
            | Event::CanarySkipped { .. }
            | Event::HookRan { .. }
            | Event::Snapshot { .. }
            | Event::Captured { .. } => return None,
        };
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    #[test]
    fn whole_logs() {
        let runs = [
            ("green", fixtures::green()),
            ("recipe", fixtures::recipe()),
            ("flake", fixtures::flake()),
            ("harness", fixtures::harness()),
            ("refused", fixtures::refused()),
            ("cancelled", fixtures::cancelled()),
            ("advice", fixtures::advice()),
        ];
        for (name, records) in runs {
            let mut plain = Plain::new();
            let lines: Vec<_> = records.iter().filter_map(|record| plain.line(record)).collect();
            assert!(lines.iter().all(|line| !line.chars().any(char::is_control)), "{lines:?}");
            insta::assert_snapshot!(name, lines.join("\n"));
        }
    }

    #[test]
    fn what_is_kept_on_demand_is_not_red() {
        use crate::fixtures::app;
        use crate::script::{Script, not_run};
        let end = |script: Script| {
            let records = script.finish(&["volume v"], false).so_far();
            let mut plain = Plain::new();
            records.iter().filter_map(|record| plain.line(record)).last().unwrap()
        };
        let script = || Script::run(&[app()]).start(&app(), 1, false);
        let kept = script().end(Tier::Teardown, not_run("kept on demand"));
        assert_eq!(end(kept), "app@1.0.0+2: done after 9.5 s; kept: volume v");
        assert_eq!(end(script()), "app@1.0.0+2: done, red after 9.5 s; left behind: volume v");
    }

    #[test]
    fn a_leak_is_said() {
        use crate::script::Script;
        let mut plain = Plain::new();
        let records = Script::run(&[]).scanned(&["events.jsonl"]).so_far();
        let lines: Vec<_> = records.iter().filter_map(|record| plain.line(record)).collect();
        assert_eq!(lines, ["run r1: 0 units", "run: secrets were written to events.jsonl"]);
    }
}
