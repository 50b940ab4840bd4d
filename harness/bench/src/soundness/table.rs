//! The table of all rounds, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::expected::{Known, Said};
use super::overhead::{Cost, Overhead};
use super::round::Walked;
use crate::median::median;

/// What the rounds said about one recipe.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Row {
    recipe: String,
    /// `green`, or the tier in which it has to be red.
    expected: String,
    /// What is wrong with a red one.
    why: Option<String>,
    rounds: usize,
    right: usize,
    false_red: usize,
    false_green: usize,
    wrong_red: usize,
    /// Median of the seconds that a walk took.
    seconds: Option<f64>,
    /// Each wrong round: what was said, and where its records lie.
    wrong: Vec<String>,
}

impl Row {
    pub(super) fn of(known: &Known, walks: &[Walked]) -> Self {
        let count = |test: fn(&Said) -> bool| walks.iter().filter(|w| test(&w.said)).count();
        let seconds: Vec<f64> = walks.iter().map(|walk| walk.seconds).collect();
        Self {
            recipe: known.name().to_owned(),
            expected: known
                .red
                .as_ref()
                .map_or("green".to_owned(), |r| format!("red at {}", r.tier)),
            why: known.red.as_ref().map(|red| red.why.clone()),
            rounds: walks.len(),
            right: count(|said| *said == Said::Right),
            false_red: count(|said| matches!(said, Said::FalseRed(_))),
            false_green: count(|said| *said == Said::FalseGreen),
            wrong_red: count(|said| matches!(said, Said::WrongRed(_))),
            seconds: median(seconds),
            wrong: walks.iter().filter_map(wrong).collect(),
        }
    }
}

fn wrong(walk: &Walked) -> Option<String> {
    let said = match &walk.said {
        Said::Right => return None,
        Said::FalseGreen => "green".to_owned(),
        Said::FalseRed(said) | Said::WrongRed(said) => said.clone(),
    };
    let place = walk.folder.as_ref().map_or_else(String::new, |at| format!(" ({})", at.display()));
    Some(format!("{said}{place}"))
}

/// All rounds of all recipes.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Table {
    schema: u32,
    harness: &'static str,
    /// `release` or `debug`.
    build: &'static str,
    jobs: usize,
    sound: bool,
    rows: Vec<Row>,
    costs: Vec<Cost>,
}

impl Table {
    pub(super) fn new(rows: Vec<Row>, overhead: Overhead, jobs: usize) -> Self {
        let sound =
            !rows.is_empty() && rows.iter().all(|row| row.rounds > 0 && row.right == row.rounds);
        let build = if cfg!(debug_assertions) { "debug" } else { "release" };
        let (harness, costs) = (env!("CARGO_PKG_VERSION"), overhead.costs());
        Self { schema: 1, harness, build, jobs, sound, rows, costs }
    }

    /// True where every round of every recipe said what is known.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.sound
    }

    /// As a page in Markdown, which a terminal reads as well.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from(
            "| recipe | expected | rounds | right | false red | false green | wrong red | median |\n\
             |---|---|---|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            let seconds = row.seconds.map_or("–".to_owned(), |s| format!("{s:.1} s"));
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} | {} | {} | {seconds} |",
                row.recipe,
                row.expected,
                row.rounds,
                row.right,
                row.false_red,
                row.false_green,
                row.wrong_red,
            );
        }
        if !self.costs.is_empty() {
            text.push_str("\n| what the harness adds | measured | median | worst | goal | met |\n");
            text.push_str("|---|---|---|---|---|---|\n");
        }
        for Cost { what, goal_millis, count, median_millis, worst_millis, met } in &self.costs {
            let _ = writeln!(
                text,
                "| {what} | {count} | {median_millis:.0} ms | {worst_millis:.0} ms | \
                 {goal_millis:.0} ms | {met} of {count} |"
            );
        }
        for row in &self.rows {
            for wrong in &row.wrong {
                let _ = writeln!(text, "\n✘ {}, expected {}: {wrong}", row.recipe, row.expected);
            }
        }
        text
    }

    /// The page that is kept.
    pub(super) fn page(&self) -> String {
        let mut text = format!(
            "# Soundness\n\nHow often the harness was right about recipes whose truth is known \
             (`cc-ci bench soundness`, {} build, {} at once). One walk each, without a rerun: red is \
             right only at the expected tier and check, with the expected reason.\n\n{}",
            self.build,
            self.jobs,
            self.text()
        );
        text.push_str("\nThe red ones, and what is wrong with them:\n\n");
        for row in &self.rows {
            if let Some(why) = &row.why {
                let _ = writeln!(text, "- **{}** ({}): {why}", row.recipe, row.expected);
            }
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walked(said: Said) -> Walked {
        Walked { said, seconds: 2.0, overhead: Overhead::default(), folder: None }
    }

    fn row(walks: &[Walked]) -> Row {
        Row::of(&Known { recipe: "a/b/shop".to_owned(), red: None }, walks)
    }

    #[test]
    fn one_wrong_round_is_not_sound_and_neither_is_none() {
        let right = row(&[walked(Said::Right), walked(Said::Right)]);
        assert!(Table::new(vec![right.clone()], Overhead::default(), 1).is_sound());
        let wrong = row(&[walked(Said::Right), walked(Said::FalseRed("no".into()))]);
        let table = Table::new(vec![right, wrong], Overhead::default(), 1);
        assert!(!table.is_sound());
        assert!(table.text().contains("✘ shop, expected green: no"), "{}", table.text());
        assert!(!Table::new(vec![], Overhead::default(), 1).is_sound());
        assert!(!Table::new(vec![row(&[])], Overhead::default(), 1).is_sound());
    }
}
