//! What is known about a recipe before it is walked: green, or red in a way that is written down.

use std::path::{Path, PathBuf};

use cc_ci_model::{Event, Leg, Outcome, Record, Tier};
use cc_ci_session::{Failure, Kind};
use serde::Deserialize;

/// The file beside a red recipe's `recipe.toml`.
pub(super) const FILE: &str = "expected.toml";
/// The only schema so far.
const SCHEMA: u32 = 1;

/// How a recipe has to be red.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Red {
    schema: u32,
    /// What is wrong with the recipe, in one sentence.
    pub(super) why: String,
    /// The tier.
    pub(super) tier: Tier,
    /// The check that fails first.
    pub(super) check: String,
    /// The finer cause that the verdict has to name.
    pub(super) cause: String,
    /// Parts of the reason.
    pub(super) says: Vec<String>,
}

/// A recipe and what is known about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Known {
    /// As it is asked for.
    pub(super) recipe: String,
    /// `None` where it has to be green.
    pub(super) red: Option<Red>,
}

impl Known {
    /// The name for a table.
    pub(super) fn name(&self) -> &str {
        self.recipe.rsplit('/').next().unwrap_or(&self.recipe)
    }

    /// The tiers to walk; empty for the tiers that every recipe gets. A recipe that is red in an opt-in tier
    /// asks for that tier.
    pub(super) fn tiers(&self) -> Vec<Tier> {
        let Some(red) = self.red.as_ref().filter(|red| red.tier.is_opt_in()) else {
            return Vec::new();
        };
        Tier::ALL.into_iter().filter(|tier| !tier.is_opt_in() || *tier == red.tier).collect()
    }

    /// True where the daemon has to be restarted to see it.
    pub(super) fn needs_reboot(&self) -> bool {
        self.red.as_ref().is_some_and(|red| red.tier == Tier::Reboot)
    }

    /// The recipes below `folder`, sorted: red where a file says so, else green.
    pub(super) fn below(folder: &Path) -> Result<Vec<Self>, Failure> {
        let unreadable = |path: &Path, error: std::io::Error| {
            let context = format!("read {}", path.display());
            Failure::usage(error).context(context)
        };
        let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, error))?;
        let recipes = entries.flatten().map(|entry| entry.path());
        let mut recipes: Vec<PathBuf> =
            recipes.filter(|recipe| recipe.join("recipe.toml").is_file()).collect();
        recipes.sort();
        let known = |recipe: PathBuf| {
            let file = recipe.join(FILE);
            let recipe = recipe.display().to_string();
            if !file.exists() {
                return Ok(Self { recipe, red: None });
            }
            let text = std::fs::read_to_string(&file).map_err(|error| unreadable(&file, error))?;
            let red = parse(&text).map_err(|message| {
                let message = format!("{}: {message}", file.display());
                Failure::message(Kind::Usage, message)
            })?;
            Ok(Self { recipe, red: Some(red) })
        };
        recipes.into_iter().map(known).collect()
    }
}

fn parse(text: &str) -> Result<Red, String> {
    let red: Red = toml::from_str(text).map_err(|error| error.to_string().trim().to_owned())?;
    match red.schema {
        SCHEMA => Ok(red),
        other => Err(format!("schema {other} is unknown, expected {SCHEMA}")),
    }
}

/// What one walk said about a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// As it is known.
    Right,
    /// Red, and it has to be green; with the first reason.
    FalseRed(String),
    /// Green, and it has to be red.
    FalseGreen,
    /// Red, but not as it has to be; with what was said instead.
    WrongRed(String),
}

/// Compares the first attempt of a walk with what is known: the first failure, and the tiers of all failures.
pub(super) fn judge(records: &[Record], red: Option<&Red>) -> Said {
    let failures = records.iter().filter(|record| record.attempt == 1).filter_map(|record| {
        let Event::CheckFinished { tier, check, outcome: Outcome::Failed { fault }, .. } =
            &record.event
        else {
            return None;
        };
        // A failure in an advisory tier does not count for the verdict.
        let cause = fault.origin().1.as_str();
        (!tier.is_advisory()).then(|| (*tier, check.to_string(), fault.to_string(), cause))
    });
    let failures: Vec<_> = failures.collect();
    // One defect fails in one tier: tiers that rest on it are blocked, and all others pass. Data that a restore
    // in place does not bring back does not come back in the legs that restore beside it either.
    let is_the_same = |red: &Red, tier: Tier, cause: &str| {
        tier == red.tier
            || (red.tier == Tier::Restore && Leg::of(tier) != Leg::Main && cause == red.cause)
    };
    let elsewhere = red.and_then(|red| {
        failures.iter().find(|(tier, _, _, cause)| !is_the_same(red, *tier, cause))
    });
    let own = red.and_then(|red| failures.iter().find(|failure| failure.0 == red.tier));
    let first = elsewhere.or(own).or(failures.first());
    let green = records.iter().any(|record| matches!(record.event, Event::UnitFinished { .. }));
    match (first, red) {
        (None, None) if green => Said::Right,
        (None, None) => Said::FalseRed("the unit never finished".to_owned()),
        (None, Some(_)) => Said::FalseGreen,
        (Some((tier, check, reason, _)), None) => {
            Said::FalseRed(format!("{tier}/{check}: {reason}"))
        }
        (Some((tier, check, reason, cause)), Some(red)) => {
            let said = red.says.iter().all(|part| reason.contains(part));
            let known = (red.tier, red.check.as_str(), red.cause.as_str());
            if (*tier, check.as_str(), *cause) == known && said {
                Said::Right
            } else {
                Said::WrongRed(format!("{tier}/{check}: {reason} ({cause})"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{CheckId, Fault, Proves};

    use super::*;

    const RED: &str = "schema = 1\nwhy = \"it crashes\"\ntier = \"deploy\"\ncheck = \"converge\"\n\
                       cause = \"upstream\"\nsays = [\"exit code 1\"]\n";

    fn records(failures: &[(Tier, &str, &str)]) -> Vec<Record> {
        let check = |(tier, check, message): &(Tier, &str, &str)| Event::CheckFinished {
            tier: *tier,
            check: CheckId::new(*check).unwrap(),
            outcome: Outcome::Failed { fault: Fault::CheckFailed { message: (*message).into() } },
            millis: 1,
            proves: Proves::Step,
            evidence: Vec::new(),
        };
        let end = Event::UnitFinished { millis: 1, deploys: 1, left: vec![], cancelled: false };
        let record = |event| {
            let at = jiff::Timestamp::UNIX_EPOCH;
            Record::new(0, at, (None, 1), event)
        };
        failures.iter().map(check).chain([end]).map(record).collect()
    }

    #[rstest::rstest]
    #[case::green(&[], false, Said::Right)]
    #[case::advice_is_no_verdict(&[(Tier::Lint, "r011", "no image")], false, Said::Right)]
    #[case::false_red(&[(Tier::Deploy, "x", "no")], false, Said::FalseRed("deploy/x: no".into()))]
    #[case::false_green(&[], true, Said::FalseGreen)]
    #[case::red(&[(Tier::Deploy, "converge", "crashed, exit code 1")], true, Said::Right)]
    #[case::other_reason(
        &[(Tier::Deploy, "converge", "time is over")], true,
        Said::WrongRed("deploy/converge: time is over (upstream)".into())
    )]
    #[case::other_tier(
        &[(Tier::Upgrade, "converge", "exit code 1")], true,
        Said::WrongRed("upgrade/converge: exit code 1 (upstream)".into())
    )]
    #[case::another_tier_as_well(
        &[(Tier::Deploy, "converge", "exit code 1"), (Tier::Restart, "other", "no")], true,
        Said::WrongRed("restart/other: no (upstream)".into())
    )]
    #[case::more_in_the_same_tier(
        &[(Tier::Deploy, "converge", "exit code 1"), (Tier::Deploy, "other", "no")], true,
        Said::Right
    )]
    #[case::only_the_first_failure_counts(
        &[(Tier::Deploy, "other", "no"), (Tier::Deploy, "converge", "exit code 1")], true,
        Said::WrongRed("deploy/other: no (upstream)".into())
    )]
    fn a_walk_is_right_or_wrong_in_one_of_three_ways(
        #[case] failures: &[(Tier, &str, &str)],
        #[case] red: bool,
        #[case] expected: Said,
    ) {
        let known = parse(RED).unwrap();
        assert_eq!(judge(&records(failures), red.then_some(&known)), expected);
    }

    #[rstest::rstest]
    #[case::usual("deploy", 0, false)]
    #[case::asked_for("rollback", 10, false)]
    #[case::reboot("reboot", 10, true)]
    fn what_is_red_in_a_rare_tier_asks_for_it(
        #[case] tier: &str,
        #[case] tiers: usize,
        #[case] reboots: bool,
    ) {
        let red = parse(&RED.replace("tier = \"deploy\"", &format!("tier = \"{tier}\""))).unwrap();
        let known = Known { recipe: "r".to_owned(), red: Some(red) };
        assert_eq!((known.tiers().len(), known.needs_reboot()), (tiers, reboots));
        assert!(tiers == 0 || known.tiers().contains(&tier.parse().unwrap()));
    }

    #[test]
    fn another_cause_is_another_verdict() {
        let known = parse(&RED.replace("upstream", "migration")).unwrap();
        let said = judge(&records(&[(Tier::Deploy, "converge", "exit code 1")]), Some(&known));
        assert_eq!(said, Said::WrongRed("deploy/converge: exit code 1 (upstream)".into()));
    }

    #[test]
    fn what_no_file_calls_red_has_to_be_green() {
        let folder = tempfile::tempdir().unwrap();
        for (recipe, files) in
            [("b", &["recipe.toml"][..]), ("a", &["recipe.toml", FILE]), ("c", &[])]
        {
            let recipe = folder.path().join(recipe);
            std::fs::create_dir(&recipe).unwrap();
            files.iter().for_each(|file| std::fs::write(recipe.join(file), RED).unwrap());
        }
        let known = Known::below(folder.path()).unwrap();
        let known: Vec<_> = known.iter().map(|known| (known.name(), known.red.is_some())).collect();
        assert_eq!(known, [("a", true), ("b", false)]);
    }

    #[test]
    fn a_unit_that_never_finished_is_not_green() {
        assert!(matches!(judge(&[], None), Said::FalseRed(_)));
    }

    #[test]
    fn a_file_that_says_too_much_or_something_else_is_refused() {
        assert!(parse(&format!("{RED}more = 1\n")).unwrap_err().contains("unknown field"));
        assert!(parse(&RED.replace("schema = 1", "schema = 2")).unwrap_err().contains("schema 2"));
    }
}
