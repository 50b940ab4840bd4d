//! Selects what `rerun` tries again of an earlier run.

use std::path::Path;

use cc_ci_model::{Event, Record, RunId, Tier, UnitHead};
use cc_ci_plan::{Asked, Wish};
use cc_ci_report::{RedCase, Run, UnitOutcome};

use crate::{Failure, Kind, records_of};

/// A unit that is tried again.
pub struct Again {
    /// The recipe as it was typed.
    pub asked: Asked,
    /// The user's wishes for its plan.
    pub wish: Wish,
    /// The run in which it was red, and its inputs there.
    pub answers: Option<(RunId, UnitHead)>,
    /// The cases that were red.
    pub cases: Vec<RedCase>,
}

impl Again {
    /// The units of a run that were not green, or those that `case` belongs to, each as it was asked
    /// for then.
    ///
    /// # Errors
    /// The events of the run cannot be read, or nothing in it was red.
    pub fn red_in(folder: &Path, case: Option<&str>) -> Result<Vec<Self>, Failure> {
        let records: Vec<Record> = records_of(folder)?;
        let run = Run::from_records(&records).map_err(Failure::usage)?;
        let name = case.map(|case| case.split('/').next().unwrap_or(case));
        let one = case.and_then(|case| case.split_once('/')).map(|(_, rest)| rest);
        let fits = |unit: &cc_ci_report::Unit| match name {
            Some(name) => unit.recipe.as_str() == name || unit.name() == name,
            None => unit.outcome != UnitOutcome::Passed || !unit.cases.is_empty(),
        };
        let red: Vec<_> = run.units.iter().filter(|unit| fits(unit)).collect();
        let heads = records.iter().flat_map(|record| match &record.event {
            Event::RunStarted { units, .. } => units.as_slice(),
            _ => &[],
        });
        let mut wanted = Vec::new();
        for head in heads {
            let Some(unit) = red.iter().find(|unit| unit.id.as_ref() == Some(&head.unit)) else {
                continue;
            };
            let all = unit.cases.iter().filter_map(|case| {
                let (tier, check) = (case.dossier.tier?, case.dossier.check.to_string());
                Some(RedCase { unit: Some(head.unit.clone()), tier, check })
            });
            let is_wanted = |case: &RedCase| one.is_none_or(|one| case.matches(one));
            let cases: Vec<RedCase> = all.filter(is_wanted).collect();
            let version = head.base.as_ref().map(ToString::to_string);
            let commit = head.base_commit.as_ref().map(|commit| format!("#{commit}"));
            let (from, mut tiers) = (commit.or(version), head.tiers.clone());
            let tier = one.and_then(|one| one.split('/').next()).and_then(|tier| tier.parse().ok());
            if let Some(tier) = tier {
                tiers = ground(tier, &head.tiers);
            }
            let from = from.filter(|_| tiers.contains(&Tier::Upgrade));
            let wish = Wish { from, tiers, ..Wish::default() };
            let answers = Some((run.run.clone(), head.clone()));
            wanted.push(Self { asked: Asked::parse(&head.asked), wish, answers, cases });
        }
        if wanted.is_empty() {
            let message = match name {
                Some(name) => format!("the run has no unit of {name:?} that was planned"),
                None => "nothing that was planned in this run was red".to_owned(),
            };
            return Err(Failure::message(Kind::Usage, message)
                .hint("`cc-ci rerun RECIPE` runs any recipe alone on the node"));
        }
        Ok(wanted)
    }
}

/// The tier and the tiers that it rests on, of those that were walked. The deploy tier brings up the version
/// that the upgrade starts from, so it stays with the upgrade.
#[must_use]
pub fn ground(tier: Tier, walked: &[Tier]) -> Vec<Tier> {
    let upgrades = |other: Tier| tier == Tier::Deploy && other == Tier::Upgrade;
    let rests = |other: Tier| tier.rests_on().contains(&other) || upgrades(other);
    let wanted = |other: &&Tier| **other == tier || rests(**other);
    walked.iter().filter(wanted).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case(Tier::Lint, &Tier::ALL, &[Tier::Lint])]
    #[case(Tier::Deploy, &Tier::ALL, &[Tier::Deploy, Tier::Upgrade])]
    #[case(Tier::Custom, &Tier::ALL, &[Tier::Deploy, Tier::Upgrade, Tier::Custom])]
    #[case(Tier::Custom, &[Tier::Deploy, Tier::Custom, Tier::Restart], &[Tier::Deploy, Tier::Custom])]
    #[case(Tier::Restore, &Tier::ALL, &[Tier::Deploy, Tier::Upgrade, Tier::Backup, Tier::Restore])]
    fn a_case_is_tried_with_what_it_rests_on(
        #[case] tier: Tier,
        #[case] walked: &[Tier],
        #[case] expected: &[Tier],
    ) {
        assert_eq!(ground(tier, walked), expected);
    }
}
