//! Measures a life, a tear-down and a crash loop, round by round.

use super::crash::Crash;
use super::goal::{CRASH, LIFE, TEARDOWN};
use super::life::Life;
use super::report::{Measured, Report};
use super::stage::Stage;
use super::{crash, life, teardown, tools};
use crate::ground::Ground;
use cc_ci_session::Failure;

/// Walks a life, tears a stack down and sees a crash loop, `rounds` times, ours and the scripts by turns.
///
/// # Errors
/// The machine is not prepared, or what is measured does not do what it must.
pub async fn lifecycle(ground: &Ground<'_>, rounds: u32) -> Result<Report, Failure> {
    tools::present().await?;
    let mut stage = Stage::set(ground).await?;
    let measured = measure(&stage, rounds).await;
    // The stage is removed in any case. The error of a failed measurement comes first.
    let cleaned = stage.strike().await;
    let report = measured?;
    cleaned?;
    Ok(report)
}

async fn measure(stage: &Stage<'_>, rounds: u32) -> Result<Report, Failure> {
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
