//! All kills, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::aim::{missing, quota};
use super::life::Life;
use super::moment::Moment;
use super::row::Row;

/// The kills of one recipe in one part of its life.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Group {
    recipe: String,
    /// Where the run was when it was killed.
    moment: String,
    kills: usize,
    /// Kills after which the run had objects on the engine.
    with_objects: usize,
    clean: usize,
}

/// All kills.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Table {
    schema: u32,
    harness: &'static str,
    /// `release` or `debug`.
    build: &'static str,
    /// Kills that were asked for.
    wanted: usize,
    /// Kills that have to fall into each of backup, restore and tear-down.
    quota: usize,
    /// Runs that were killed after they had begun.
    killed: usize,
    /// Of those, runs of which `reap` left nothing.
    clean: usize,
    /// Kills before the run had begun, which do not count. What they leave is red as well.
    too_early: usize,
    /// Kills that came after the program's own end and do not count.
    too_late: usize,
    /// Kills that a quota lacks, by tier.
    lacking: BTreeMap<String, usize>,
    /// Objects of any of the runs at the end of the bench.
    late: Vec<String>,
    met: bool,
    lives: Vec<Life>,
    groups: Vec<Group>,
    /// Kills, also those that were too early, after which something was left or `reap` did not end with 0.
    red: Vec<Row>,
}

impl Table {
    /// `late` is what the runs have on the engine at the end.
    pub(super) fn new(lives: &[Life], rows: &[Row], late: Vec<String>, wanted: usize) -> Self {
        let mut groups: BTreeMap<(String, Moment), Group> = BTreeMap::new();
        for row in rows {
            let Some(moment) = row.moment else { continue };
            let group = groups.entry((row.recipe.clone(), moment)).or_insert_with(|| Group {
                recipe: row.recipe.clone(),
                moment: moment.to_string(),
                kills: 0,
                with_objects: 0,
                clean: 0,
            });
            group.kills += 1;
            group.with_objects += usize::from(row.objects > 0);
            group.clean += usize::from(row.is_clean());
        }
        let landed: Vec<&Row> = rows.iter().filter(|row| row.counts()).collect();
        let too_late = rows.iter().filter(|row| row.moment.is_none()).count();
        let red: Vec<Row> =
            rows.iter().filter(|row| row.moment.is_some() && !row.is_clean()).cloned().collect();
        let lacking: BTreeMap<String, usize> = missing(rows, wanted)
            .into_iter()
            .filter(|(_, lacks)| *lacks > 0)
            .map(|(tier, lacks)| (tier.to_string(), lacks))
            .collect();
        let (killed, clean) = (landed.len(), landed.iter().filter(|row| row.is_clean()).count());
        // Kills that never left an object would prove nothing about `reap`.
        let worked = landed.iter().any(|row| row.objects > 0);
        let whole = killed >= wanted && lacking.is_empty() && worked;
        Self {
            schema: 1,
            harness: env!("CARGO_PKG_VERSION"),
            build: if cfg!(debug_assertions) { "debug" } else { "release" },
            wanted,
            quota: quota(wanted),
            killed,
            clean,
            too_early: rows.len() - killed - too_late,
            too_late,
            lacking,
            met: whole && red.is_empty() && late.is_empty(),
            late,
            lives: lives.to_vec(),
            groups: groups.into_values().collect(),
            red,
        }
    }

    /// True where every kill that was asked for was made and nothing was left of any.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.met
    }

    /// As a table in Markdown, which a terminal reads as well.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::from(
            "| recipe | killed in | kills | with objects | nothing left |\n|---|---|---|---|---|\n",
        );
        for Group { recipe, moment, kills, with_objects, clean } in &self.groups {
            let _ = writeln!(text, "| {recipe} | {moment} | {kills} | {with_objects} | {clean} |");
        }
        let Self { killed, clean, wanted, quota, too_early, too_late, .. } = self;
        let _ = writeln!(
            text,
            "\nnothing left after {clean} of {killed} kills; asked for are {wanted}, \
             {quota} of them each in backup, restore and teardown"
        );
        if too_early + too_late > 0 {
            let _ = writeln!(
                text,
                "not counted are {too_early} kills before the run began and {too_late} after its end"
            );
        }
        for (tier, lacks) in &self.lacking {
            let _ = writeln!(text, "✘ {lacks} kills in {tier} are missing");
        }
        if killed < wanted {
            let _ = writeln!(text, "✘ {} kills are missing", wanted - killed);
        }
        for row in &self.red {
            let moment = row.moment.map_or_else(String::new, |moment| moment.to_string());
            let run = row.run.as_ref().map_or("a run without a name".to_owned(), |r| r.to_string());
            let reap =
                row.reap.map_or("did not end".to_owned(), |code| format!("ended with {code}"));
            let left = if row.left.is_empty() { "nothing".to_owned() } else { row.left.join(", ") };
            let _ = writeln!(text, "✘ {}, {moment}, {run}: reap {reap}, left: {left}", row.recipe);
        }
        for object in &self.late {
            let _ = writeln!(text, "✘ at the end: {object}");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Tier;

    use super::super::life::tests::life;
    use super::super::row::tests::row;
    use super::*;

    const ALL: [Moment; 3] =
        [Moment::In(Tier::Backup), Moment::In(Tier::Restore), Moment::In(Tier::Teardown)];

    fn table(rows: &[Row], late: &[&str], wanted: usize) -> Table {
        let late = late.iter().map(|object| (*object).to_owned()).collect();
        Table::new(&[life("shop")], rows, late, wanted)
    }

    #[test]
    fn all_clean_is_met() {
        let mut rows = ALL.map(|moment| row(Some(moment))).to_vec();
        rows.extend([row(None), row(Some(Moment::Unbegun))]);
        let table = table(&rows, &[], 3);
        assert!(table.is_met(), "{}", table.text());
        insta::assert_snapshot!("clean", table.text());
    }

    #[rstest::rstest]
    #[case::a_leftover(Row { left: vec!["volume data".to_owned()], ..row(Some(ALL[0])) })]
    #[case::reap_failed(Row { reap: Some(11), ..row(Some(ALL[0])) })]
    #[case::reap_hung(Row { reap: None, ..row(Some(ALL[0])) })]
    fn one_red_kill_makes_all_red(#[case] red: Row) {
        let mut rows = ALL.map(|moment| row(Some(moment))).to_vec();
        rows.push(red);
        let table = table(&rows, &[], 3);
        assert!(!table.is_met());
        assert!(table.text().contains("✘ shop, backup, r1: reap"), "{}", table.text());
    }

    #[test]
    fn what_a_run_left_that_had_not_begun_is_red() {
        let mut rows = ALL.map(|moment| row(Some(moment))).to_vec();
        rows.push(Row { left: vec!["folder plan".to_owned()], ..row(Some(Moment::Unbegun)) });
        let table = table(&rows, &[], 3);
        assert!(!table.is_met() && (table.killed, table.clean) == (3, 3), "{}", table.text());
    }

    #[test]
    fn what_is_there_at_the_end_makes_it_red() {
        let rows = ALL.map(|moment| row(Some(moment)));
        let table = table(&rows, &["container late"], 3);
        assert!(!table.is_met());
        assert!(table.text().contains("✘ at the end: container late"), "{}", table.text());
    }

    #[rstest::rstest]
    #[case::none(vec![], 3)]
    #[case::too_few(ALL.map(|moment| row(Some(moment))).to_vec(), 4)]
    #[case::not_begun(vec![row(Some(ALL[0])), row(Some(ALL[1])), row(Some(ALL[2])), row(Some(Moment::Unbegun))], 4)]
    #[case::no_kill_in_restore(vec![row(Some(ALL[0])), row(Some(ALL[0])), row(Some(ALL[2]))], 3)]
    #[case::nothing_was_ever_there(
        ALL.map(|moment| Row { objects: 0, ..row(Some(moment)) }).to_vec(),
        3
    )]
    fn a_bench_that_is_not_whole_is_not_met(#[case] rows: Vec<Row>, #[case] wanted: usize) {
        assert!(!table(&rows, &[], wanted).is_met());
    }
}
