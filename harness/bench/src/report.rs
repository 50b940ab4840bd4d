//! What was measured, for a person and for a program.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cc_ci_model::Tier;
use serde::Serialize;

use super::goal::Goal;
use super::median::median;
use super::phase::{COMPARED, Phases};

/// Everything that one bench measured.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Version of this format.
    schema: u32,
    /// `release`, or `debug`, whose numbers say little.
    build: &'static str,
    cpus: usize,
    /// Load average of the last minute at the beginning and at the end.
    load: (Option<f64>, Option<f64>),
    rows: Vec<Row>,
    /// Median seconds of each phase of the life.
    phases: Vec<PhaseRow>,
    /// Why the crash loop went red, as a report says it.
    crash_reason: String,
    /// True where every goal is met.
    pub met: bool,
}

/// One thing that was measured, in every round.
#[derive(Debug)]
pub(super) struct Measured {
    what: &'static str,
    goal: Goal,
    /// Seconds in each round.
    pub(super) ours: Vec<f64>,
    /// Seconds in each round; empty where no script does the same.
    pub(super) theirs: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct Row {
    what: &'static str,
    /// Median seconds.
    ours: Option<f64>,
    /// Median seconds.
    theirs: Option<f64>,
    /// Median of the rounds' ratios: what a round has in common (load, caches) drops out.
    ratio: Option<f64>,
    goal: Goal,
    met: bool,
    every_ours: Vec<f64>,
    every_theirs: Vec<f64>,
    every_ratio: Vec<f64>,
}

#[derive(Debug, Serialize)]
struct PhaseRow {
    tier: Tier,
    ours: Option<f64>,
    theirs: Option<f64>,
}

impl Measured {
    pub(super) fn new(what: &'static str, goal: Goal) -> Self {
        Self { what, goal, ours: Vec::new(), theirs: Vec::new() }
    }

    fn row(self) -> Row {
        let Self { what, goal, ours: every_ours, theirs: every_theirs } = self;
        let pairs = every_ours.iter().zip(&every_theirs);
        let every_ratio: Vec<f64> = pairs.map(|(ours, theirs)| ours / theirs).collect();
        let ours = median(every_ours.iter().copied());
        let theirs = median(every_theirs.iter().copied());
        let ratio = median(every_ratio.iter().copied());
        let met = goal.is_met(ours, ratio);
        Row { what, ours, theirs, ratio, goal, met, every_ours, every_theirs, every_ratio }
    }
}

impl Report {
    pub(super) fn new(
        measured: impl IntoIterator<Item = Measured>,
        (ours, theirs): (&[Phases], &[Phases]),
        crash_reason: String,
        load: (Option<f64>, Option<f64>),
    ) -> Self {
        let rows: Vec<Row> = measured.into_iter().map(Measured::row).collect();
        let middle = |rounds: &[Phases], tier| {
            median(
                rounds.iter().filter_map(|phases: &BTreeMap<Tier, f64>| phases.get(&tier).copied()),
            )
        };
        let phase =
            |tier| PhaseRow { tier, ours: middle(ours, tier), theirs: middle(theirs, tier) };
        Self {
            schema: 1,
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            load,
            // No row at all must not look like success.
            met: !rows.is_empty() && rows.iter().all(|row| row.met),
            rows,
            phases: COMPARED.into_iter().map(phase).collect(),
            crash_reason,
        }
    }

    /// The tables, for a person.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(
            text,
            "{:28} {:>9} {:>9} {:>6}  {:22} met",
            "median", "ours", "script", "ratio", "goal"
        );
        for row in &self.rows {
            let Row { what, goal, met, .. } = row;
            let (ours, theirs) = (seconds(row.ours), seconds(row.theirs));
            let (ratio, met) = (plain(row.ratio), if *met { "yes" } else { "NO" });
            let _ = writeln!(text, "{what:28} {ours:>9} {theirs:>9} {ratio:>6}  {goal:22} {met}");
        }
        let _ = writeln!(text, "\n{:28} {:>9} {:>9}", "phases of the life", "ours", "script");
        for PhaseRow { tier, ours, theirs } in &self.phases {
            let (ours, theirs) = (seconds(*ours), seconds(*theirs));
            let _ = writeln!(text, "  {tier:26} {ours:>9} {theirs:>9}");
        }
        let _ = writeln!(text, "\nevery round");
        for row in &self.rows {
            let _ = writeln!(text, "  {}", row.what);
            let every = [
                ("ours", &row.every_ours),
                ("script", &row.every_theirs),
                ("ratio", &row.every_ratio),
            ];
            for (who, values) in every.into_iter().filter(|(_, values)| !values.is_empty()) {
                let values: Vec<_> = values.iter().map(|value| format!("{value:.2}")).collect();
                let _ = writeln!(text, "    {who:24} {}", values.join("  "));
            }
        }
        let _ = writeln!(text, "\ncrash loop: {}", self.crash_reason);
        let (before, after) = (plain(self.load.0), plain(self.load.1));
        let cpus = self.cpus;
        let _ = writeln!(text, "{} build, {cpus} CPUs, load {before} → {after}", self.build);
        text
    }
}

fn seconds(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2} s"))
}

fn plain(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), |value| format!("{value:.2}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::goal::{CRASH, LIFE};

    fn report(ours: &[f64]) -> Report {
        let mut life = Measured::new("life of custom-html", LIFE);
        life.ours = ours.to_vec();
        life.theirs = vec![20.0, 40.0, 20.0];
        let mut crash = Measured::new("crash loop until red", CRASH);
        crash.ours = vec![6.0, 6.5, 7.0];
        let phases = |deploy| Phases::from([(Tier::Deploy, deploy), (Tier::Backup, 1.5)]);
        let (own, scripts) = ([phases(3.0), phases(4.0)], [phases(5.0)]);
        let load = (Some(0.5), None);
        let mut report = Report::new([life, crash], (&own, &scripts), "it fell".into(), load);
        (report.build, report.cpus) = ("release", 2);
        report
    }

    #[test]
    fn a_person_sees_medians_and_every_value() {
        insta::assert_snapshot!(report(&[10.0, 11.0, 12.0]).text());
    }

    #[test]
    fn a_missed_goal_is_seen_and_told() {
        let report = report(&[13.0, 14.0, 10.0]);
        assert!(!report.met);
        let text = report.text();
        let line = text.lines().find(|line| line.starts_with("life")).unwrap();
        assert!(line.ends_with(" NO"), "{line}");
        let line = text.lines().find(|line| line.starts_with("crash")).unwrap();
        assert!(line.ends_with(" yes"), "{line}");
    }

    #[test]
    fn the_ratio_is_the_median_of_the_rounds_not_of_the_medians() {
        let row = report(&[10.0, 30.0, 12.0]).rows.remove(0);
        assert_eq!(row.every_ratio, [0.5, 0.75, 0.6]);
        assert_eq!((row.ours, row.theirs, row.ratio), (Some(12.0), Some(20.0), Some(0.6)));
    }

    #[test]
    fn nothing_measured_is_no_success() {
        let empty = || (&[] as &[Phases], &[] as &[Phases]);
        assert!(!Report::new([], empty(), String::new(), (None, None)).met);
        let row = Measured::new("crash loop until red", CRASH);
        assert!(!Report::new([row], empty(), String::new(), (None, None)).met);
    }

    #[test]
    fn a_program_reads_the_same() {
        let json = serde_json::to_value(report(&[10.0, 11.0, 12.0])).unwrap();
        assert_eq!(json["met"], true);
        assert_eq!(json["rows"][0]["every_theirs"], serde_json::json!([20.0, 40.0, 20.0]));
        assert_eq!(json["rows"][0]["goal"], serde_json::json!({"seconds": 11.0, "ratio": 0.58}));
        assert_eq!(
            json["phases"][0],
            serde_json::json!({"tier": "deploy", "ours": 3.5, "theirs": 5.0})
        );
    }
}
