//! The order of the measurements.

use std::time::Duration;

use super::super::Context;
use super::crash::Crash;
use super::goal::{CRASH, LIFE, TEARDOWN};
use super::life::Life;
use super::report::{Measured, Report};
use super::soundness::{self, Wanted};
use super::stage::Stage;
use super::{crash, kill, life, lint, redact, teardown, tools};
use crate::args::Bench;
use crate::error::{CliError, Kind};

pub(in crate::commands) async fn run(context: &Context<'_>, args: &Bench) -> Result<u8, CliError> {
    match args {
        Bench::Lifecycle { rounds } => lifecycle(context, *rounds).await,
        Bench::Soundness { recipes, rounds, jobs, minutes, keep } => {
            let (recipes, keep) = (recipes.clone(), keep.clone());
            let limit = minutes.map(|minutes| Duration::from_secs(60 * minutes));
            let wanted = Wanted { recipes, rounds: *rounds, jobs: *jobs, limit, keep };
            soundness::run(context, &wanted).await
        }
        Bench::Kill { recipes, kills, minutes, keep } => {
            let (recipes, keep) = (recipes.clone(), keep.clone());
            let limit = minutes.map(|minutes| Duration::from_secs(60 * minutes));
            kill::run(context, &kill::Wanted { recipes, kills: *kills, limit, keep }).await
        }
        Bench::Redact { rounds } => redact::run(context, *rounds),
        Bench::Lint { recipes, seconds } => lint::run(context, recipes, *seconds).await,
    }
}

async fn lifecycle(context: &Context<'_>, rounds: u32) -> Result<u8, CliError> {
    tools::present().await?;
    let mut stage = Stage::set(context).await?;
    let measured = measure(&stage, rounds).await;
    // Whatever became of it, nothing stays; a measurement that failed is the error to tell.
    let cleaned = stage.strike().await;
    let report = measured?;
    cleaned?;
    context.printer.data(&report, &report.text());
    Ok(if report.met { 0 } else { Kind::Bug.code() })
}

async fn measure(stage: &Stage<'_>, rounds: u32) -> Result<Report, CliError> {
    let load_before = tools::load();
    let mut rows = [
        Measured::new("life of custom-html", LIFE),
        Measured::new("tear-down of three services", TEARDOWN),
        Measured::new("crash loop until red", CRASH),
    ];
    let [lives, teardowns, crashes] = &mut rows;
    let (mut own, mut scripts) = (Vec::new(), Vec::new());
    let mut reason = String::new();
    let mut digests = None;
    for round in 1..=rounds {
        let say = |what: &str, seconds: f64| {
            stage.talk(&format!("round {round}/{rounds}: {what} {seconds:.2} s"));
        };
        // The script runs the digests that we ran, so in the first round we go first; after that
        // by turns, because the second on a node meets warmer caches.
        let script_first = round % 2 == 0;
        for script in [script_first, !script_first] {
            match (script, &digests) {
                (true, Some(digests)) => {
                    let timed = life::script(stage, digests).await?;
                    say("life, script", timed.seconds);
                    lives.theirs.push(timed.seconds);
                    scripts.push(timed.phases);
                }
                (true, None) | (false, _) => {
                    let life = life::ours(stage, round).await?;
                    say("life, ours", life.seconds);
                    let Life { seconds, phases, digests: ran } = life;
                    lives.ours.push(seconds);
                    own.push(phases);
                    digests = Some(ran);
                }
            }
        }
        for script in [script_first, !script_first] {
            let seconds = teardown::measure(stage, script).await?;
            let (who, values) = match script {
                true => ("script", &mut teardowns.theirs),
                false => ("ours", &mut teardowns.ours),
            };
            say(&format!("tear-down, {who}"), seconds);
            values.push(seconds);
        }
        let Crash { seconds, reason: said } = crash::measure(stage, round).await?;
        say("crash loop until red", seconds);
        crashes.ours.push(seconds);
        reason = said;
    }
    let load = (load_before, tools::load());
    Ok(Report::new(rows, (&own, &scripts), reason, load))
}
