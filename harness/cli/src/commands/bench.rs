//! `cc-ci bench`: arguments and printing of the measurements.

use std::time::Duration;

use cc_ci_bench::{Ground, journal, kill, lifecycle, lint, redact, schedule, soundness};
use cc_ci_session::{Failure, Kind};
use serde::Serialize;

use super::Context;
use crate::args::Bench;
use crate::exit::code;

pub(super) async fn run(context: &Context<'_>, args: &Bench) -> Result<u8, Failure> {
    let settings = context.session.settings;
    let talk = |line: &str| context.printer.talk(line);
    let ground = Ground { session: &context.session, planner: settings.planner(), talk: &talk };
    let until = |minutes: Option<u64>| minutes.map(|minutes| Duration::from_secs(60 * minutes));
    match args {
        Bench::Lifecycle { rounds } => {
            let report = lifecycle(&ground, *rounds).await?;
            Ok(shown(context, &report, &report.text(), report.met))
        }
        Bench::Soundness { recipes, rounds, jobs, minutes, keep } => {
            let (recipes, keep, limit) = (recipes.clone(), keep.clone(), until(*minutes));
            let wanted = soundness::Wanted { recipes, rounds: *rounds, jobs: *jobs, limit, keep };
            let table = soundness::run(&ground, &wanted).await?;
            Ok(shown(context, &table, &table.text(), table.is_sound()))
        }
        Bench::Kill { recipes, kills, minutes, keep } => {
            let (recipes, keep, limit) = (recipes.clone(), keep.clone(), until(*minutes));
            let wanted = kill::Wanted { recipes, kills: *kills, limit, keep };
            let table = kill::run(&ground, &wanted).await?;
            Ok(shown(context, &table, &table.text(), table.is_met()))
        }
        Bench::Journal { records } => {
            let cost = journal(*records)?;
            Ok(shown(context, &cost, &cost.text(), cost.met))
        }
        Bench::Schedule { simulate: _, units, nodes, seed } => {
            let cost = schedule(*units, *nodes, *seed)?;
            Ok(shown(context, &cost, &cost.text(), cost.met))
        }
        Bench::Redact { rounds } => {
            let cost = redact(*rounds)?;
            Ok(shown(context, &cost, &cost.text(), cost.met))
        }
        Bench::Lint { recipes, seconds } => {
            let speed = lint(&settings.catalogue, recipes, *seconds).await?;
            Ok(shown(context, &speed, &speed.text(), speed.met))
        }
    }
}

/// Prints what was measured; the answer is the exit code.
fn shown(context: &Context<'_>, data: &impl Serialize, text: &str, met: bool) -> u8 {
    context.printer.data(data, text);
    if met { 0 } else { code(Kind::Bug) }
}
