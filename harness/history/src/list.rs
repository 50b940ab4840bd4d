//! Lists past attempts.

use cc_ci_model::RecipeName;
use rusqlite::{Row, params};
use serde::Serialize;

use crate::error::HistoryError;
use crate::open::History;

/// One attempt at a unit in a past run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastAttempt {
    /// The run.
    pub run: String,
    /// When the attempt began, RFC 3339.
    pub started: String,
    /// Its recipe.
    pub recipe: String,
    /// The version under test.
    pub version: String,
    /// Its number within the run.
    pub attempt: u32,
    /// True when nothing else ran on the node.
    pub isolated: bool,
    /// `passed`, `failed`, `cancelled`, `not_run`, or `void` where engine or machine failed.
    pub outcome: String,
    /// Duration in milliseconds.
    pub millis: u64,
    /// SHA-256 of what decides what the unit does.
    pub inputs_sha256: String,
    /// The folder of the run, as it was when the run was added.
    pub folder: String,
    /// Its tiers, by name.
    pub tiers: Vec<PastTier>,
}

/// One tier of an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PastTier {
    /// The tier.
    pub tier: String,
    /// Its outcome.
    pub outcome: String,
    /// Duration in milliseconds.
    pub millis: u64,
    /// How many checks it had.
    pub checks: u64,
}

impl History {
    /// The newest attempts, at most `count`, the newest first. With `recipe`, only attempts at this recipe.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn past(
        &self,
        recipe: Option<&RecipeName>,
        count: u32,
    ) -> Result<Vec<PastAttempt>, HistoryError> {
        self.attempts(recipe, count).map_err(|error| self.failed(error))
    }

    fn attempts(
        &self,
        recipe: Option<&RecipeName>,
        count: u32,
    ) -> rusqlite::Result<Vec<PastAttempt>> {
        let mut attempts = self.file.prepare_cached(
            "SELECT a.run, a.started, recipe, version, attempt, isolated, outcome, a.millis, inputs, folder, unit
             FROM attempts a JOIN runs USING (run) WHERE ?1 IS NULL OR recipe = ?1
             ORDER BY a.started DESC, a.run DESC, unit, attempt DESC LIMIT ?2",
        )?;
        let recipe = recipe.map(RecipeName::as_str);
        let found =
            attempts.query_map(params![recipe, count], |row| Ok((attempt(row)?, row.get(10)?)))?;
        let found: Vec<(PastAttempt, String)> = found.collect::<Result<_, _>>()?;
        found
            .into_iter()
            .map(|(past, unit)| Ok(PastAttempt { tiers: self.tiers(&past, &unit)?, ..past }))
            .collect()
    }

    fn tiers(&self, past: &PastAttempt, unit: &str) -> rusqlite::Result<Vec<PastTier>> {
        let mut tiers = self.file.prepare_cached(
            "SELECT tier, outcome, millis,
                    (SELECT count(*) FROM checks c WHERE (c.run, c.unit, c.attempt, c.tier)
                        = (t.run, t.unit, t.attempt, t.tier))
             FROM tiers t WHERE run = ? AND unit = ? AND attempt = ? ORDER BY tier",
        )?;
        let tier = |row: &Row<'_>| {
            let (tier, outcome) = (row.get(0)?, row.get(1)?);
            Ok(PastTier { tier, outcome, millis: row.get(2)?, checks: row.get(3)? })
        };
        tiers.query_map(params![past.run, unit, past.attempt], tier)?.collect()
    }
}

fn attempt(row: &Row<'_>) -> rusqlite::Result<PastAttempt> {
    Ok(PastAttempt {
        run: row.get(0)?,
        started: row.get(1)?,
        recipe: row.get(2)?,
        version: row.get(3)?,
        attempt: row.get(4)?,
        isolated: row.get(5)?,
        outcome: row.get(6)?,
        millis: row.get(7)?,
        inputs_sha256: row.get(8)?,
        folder: row.get(9)?,
        tiers: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{Story, history};

    #[test]
    fn the_newest_comes_first_and_a_recipe_can_be_picked() {
        let (state, mut history) = history();
        for (number, recipe) in ["shop", "wiki", "shop"].into_iter().enumerate() {
            let name = format!("r{number}");
            let story = Story::new(&name).at(number as i64 * 1_000);
            let story = if number == 2 { story.red(recipe, 70) } else { story.green(recipe, 40) };
            story.ended().write(&state.path().join(&name));
            history.ingest_folder(&state.path().join(&name)).unwrap();
        }
        let said = |recipe: Option<&str>, count| -> Vec<String> {
            let recipe = recipe.map(|name| RecipeName::new(name).unwrap());
            let past = history.past(recipe.as_ref(), count).unwrap();
            past.iter()
                .map(|past| format!("{} {} {}", past.run, past.recipe, past.outcome))
                .collect()
        };
        assert_eq!(said(None, 10), ["r2 shop failed", "r1 wiki passed", "r0 shop passed"]);
        assert_eq!(said(None, 1), ["r2 shop failed"]);
        assert_eq!(said(Some("shop"), 10), ["r2 shop failed", "r0 shop passed"]);
        let wiki = history.past(Some(&RecipeName::new("wiki").unwrap()), 1).unwrap();
        let tier =
            PastTier { tier: "deploy".into(), outcome: "passed".into(), millis: 40, checks: 1 };
        assert_eq!(wiki[0].tiers, [tier]);
    }
}
