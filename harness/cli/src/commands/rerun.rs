//! `cc-ci rerun`

use std::path::Path;

use cc_ci_model::{RunId, Tier, UnitHead};
use cc_ci_plan::{Asked, Wish};
use cc_ci_recipe::nearest;
use cc_ci_report::{RedCase, reproduced};
use cc_ci_runner::RunRequest;
use cc_ci_session::{Again, Early, Failure, Job, Kind, ground, new_run, run_folder};

use super::Context;
use super::units::carry_out;
use crate::args::Rerun;

pub(super) async fn run(context: &Context<'_>, args: Rerun) -> Result<u8, Failure> {
    let typed = Path::new(&args.what);
    let is_run = args.what == "latest" || typed.join("events.jsonl").is_file();
    let wanted = if is_run {
        let folder = run_folder(context.session.settings, typed)?;
        Again::red_in(&folder, args.case.as_deref())?
    } else {
        vec![of_recipe(&args)?]
    };
    let (run, phase, folders) = (new_run()?, "rerun".to_owned(), args.output.folders());
    let mut early = Early { run, phase, folders, planned: Vec::new() };
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
        let planned = context.session.plan(&early.run, &asked, &wish).await;
        let planned =
            planned.map_err(|error| early.refused(&context.session, asked.slug(), error))?;
        if let Some((run, then)) = &answers {
            compare(context, run, then, planned.inputs_then.as_deref());
        }
        cases.extend(red);
        early.planned.push(planned.unit.head.clone());
        units.push(planned.unit);
    }
    let attempts = args.times;
    let request = RunRequest { units, isolated: true, attempts, ..RunRequest::default() };
    let Early { run, phase, folders, .. } = early;
    let job = Job { run, phase, request, keep: false, folders, reaper: true, publish: false };
    let (code, records) = carry_out(context, job, args.output.fail_on_flake).await?;
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
fn of_recipe(args: &Rerun) -> Result<Again, Failure> {
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
        Failure::message(Kind::Usage, message)
            .hint(near.unwrap_or_else(|| "a report names it, as restore/data_back.app".to_owned()))
    })?;
    let walked = if wish.tiers.is_empty() { Tier::ALL.to_vec() } else { wish.tiers.clone() };
    wish.tiers = ground(tier, &walked);
    let case = RedCase { unit: None, tier, check: check.to_owned() };
    Ok(Again { asked, wish, answers: None, cases: vec![case] })
}
