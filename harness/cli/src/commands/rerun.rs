//! `cc-ci rerun`

use std::path::Path;

use cc_ci_model::{Event, Record, RunId, Tier, UnitHead};
use cc_ci_plan::{Asked, Wish};
use cc_ci_recipe::nearest;
use cc_ci_report::{Run, UnitOutcome};
use cc_ci_runner::RunRequest;

use super::Context;
use super::record::Early;
use super::reproduced::{Case, reproduced};
use super::units::{Job, carried_out, new_run, records_of, run_folder};
use crate::args::Rerun;
use crate::error::{CliError, Kind};

/// What is tried again.
struct Again {
    asked: Asked,
    wish: Wish,
    /// The run in which it was red, and its inputs there.
    answers: Option<(RunId, UnitHead)>,
    /// The cases that were red.
    cases: Vec<Case>,
}

pub(super) async fn run(context: &Context<'_>, args: Rerun) -> Result<u8, CliError> {
    let typed = Path::new(&args.what);
    let is_run = args.what == "latest" || typed.join("events.jsonl").is_file();
    let wanted = if is_run {
        let folder = run_folder(context.settings, typed)?;
        red_units(&folder, args.case.as_deref())?
    } else {
        vec![of_recipe(&args)?]
    };
    let (run, phase, output) = (new_run()?, "rerun".to_owned(), args.output);
    let mut early = Early { run, phase, output, planned: Vec::new() };
    let (mut units, mut cases) = (Vec::new(), Vec::new());
    for Again { asked, mut wish, answers, cases: red } in wanted {
        // What is typed now wins over what was asked for then.
        wish.from = args.from.clone().or(wish.from);
        if !args.tiers.is_empty() && is_run {
            wish.tiers.clone_from(&args.tiers);
        }
        // Only what is typed now is granted: a run's folder can come from anywhere.
        wish.grants.clone_from(&args.granting.grants);
        wish.answers = answers.as_ref().map(|(_, head)| head.tiers.clone());
        let planned = context.planned(&early.run, &asked, &wish).await;
        let planned = planned.map_err(|error| early.refused(context, asked.slug(), error))?;
        if let Some((run, then)) = &answers {
            compare(context, run, then, planned.inputs_then.as_deref());
        }
        cases.extend(red);
        early.planned.push(planned.unit.head.clone());
        units.push(planned.unit);
    }
    let attempts = args.times;
    let request = RunRequest { units, isolated: true, attempts, ..RunRequest::default() };
    let Early { run, phase, output, .. } = early;
    let job = Job { run, phase, request, keep: false, output, reaper: true, publish: false };
    let (code, records) = carried_out(context, job).await?;
    reproduced(&records, &cases).iter().for_each(|line| context.printer.talk(line));
    Ok(code)
}

/// Says whether what is tested now is what was tested in the run that is answered.
fn compare(context: &Context<'_>, run: &RunId, then: &UnitHead, now: Option<&str>) {
    let line = if now == Some(then.inputs_sha256.as_str()) {
        format!("{}: the inputs are those of run {run}", then.unit)
    } else {
        let what = "recipe, suite or settings changed since";
        format!("warning: {}: the inputs are not those of run {run}: {what}", then.unit)
    };
    context.printer.talk(&line);
}

/// A recipe, or one case of it as `tier/check`.
fn of_recipe(args: &Rerun) -> Result<Again, CliError> {
    let asked = Asked::parse(&args.what);
    let mut wish = Wish { from: args.from.clone(), tiers: args.tiers.clone(), ..Wish::default() };
    let Some(text) = &args.case else {
        return Ok(Again { asked, wish, answers: None, cases: Vec::new() });
    };
    let mut pieces = text.rsplit('/');
    let (check, tier) = (pieces.next().unwrap_or_default(), pieces.next().unwrap_or_default());
    let tier: Tier = tier.parse().map_err(|_| {
        let message = format!("case {text:?} is not TIER/CHECK");
        let near = nearest(tier, Tier::ALL.map(Tier::as_str));
        let near = near.map(|near| format!("did you mean {near}/{check}?"));
        CliError::message(Kind::Usage, message)
            .hint(near.unwrap_or_else(|| "a report names it, as restore/data_back.app".to_owned()))
    })?;
    let walked = if wish.tiers.is_empty() { Tier::ALL.to_vec() } else { wish.tiers.clone() };
    wish.tiers = with_ground(tier, &walked);
    let case = Case { unit: None, tier, check: check.to_owned() };
    Ok(Again { asked, wish, answers: None, cases: vec![case] })
}

/// The tier and those that it rests on, as far as they were walked. The deploy tier brings up the version that
/// the upgrade starts from, so it stays with the upgrade.
fn with_ground(tier: Tier, walked: &[Tier]) -> Vec<Tier> {
    let upgrades = |other: Tier| tier == Tier::Deploy && other == Tier::Upgrade;
    let rests = |other: Tier| tier.rests_on().contains(&other) || upgrades(other);
    let wanted = |other: &&Tier| **other == tier || rests(**other);
    walked.iter().filter(wanted).copied().collect()
}

/// The units of a run that were not green, or those that `case` belongs to, each as it was asked
/// for then.
fn red_units(folder: &Path, case: Option<&str>) -> Result<Vec<Again>, CliError> {
    let records: Vec<Record> = records_of(folder)?;
    let run = Run::from_records(&records).map_err(CliError::usage)?;
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
            Some(Case { unit: Some(head.unit.clone()), tier, check })
        });
        let is_wanted = |case: &Case| one.is_none_or(|one| case.matches(one));
        let cases: Vec<Case> = all.filter(is_wanted).collect();
        let version = head.base.as_ref().map(ToString::to_string);
        let commit = head.base_commit.as_ref().map(|commit| format!("#{commit}"));
        let (from, mut tiers) = (commit.or(version), head.tiers.clone());
        let tier = one.and_then(|one| one.split('/').next()).and_then(|tier| tier.parse().ok());
        if let Some(tier) = tier {
            tiers = with_ground(tier, &head.tiers);
        }
        let from = from.filter(|_| tiers.contains(&Tier::Upgrade));
        let wish = Wish { from, tiers, ..Wish::default() };
        let answers = Some((run.run.clone(), head.clone()));
        wanted.push(Again { asked: Asked::parse(&head.asked), wish, answers, cases });
    }
    if wanted.is_empty() {
        let message = match name {
            Some(name) => format!("the run has no unit of {name:?} that was planned"),
            None => "nothing that was planned in this run was red".to_owned(),
        };
        return Err(CliError::message(Kind::Usage, message)
            .hint("`cc-ci rerun RECIPE` runs any recipe alone on the node"));
    }
    Ok(wanted)
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
        assert_eq!(with_ground(tier, walked), expected);
    }
}
