//! `cc-ci reap`: looks, asks, removes, says what it did.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;

use cc_ci_engine::Engine;
use cc_ci_lease::{Allowed, Beside, Fate, Found, Reaped, State, Survey, fate, named, reap, survey};
use cc_ci_lock::Place;
use cc_ci_session::{Failure, Kind, died, while_it_answers};

use super::Context;
use crate::args::Reap;
use crate::exit::{UNCLAIMED, code};

/// Removes what ended runs left.
pub(super) async fn run(context: &Context<'_>, args: &Reap) -> Result<u8, Failure> {
    if let Some(run) = args.runs.first().filter(|_| args.when_dead) {
        let place = Place::machine();
        let died = tokio::select! {
            died = died(&place, run) => died,
            () = context.session.cancel.cancelled() => false,
        };
        if !died {
            return Ok(0);
        }
    }
    let docker = context.session.settings.endpoint.docker().await?;
    while_it_answers(&docker, reaped(context, args, &docker)).await
}

async fn reaped(context: &Context<'_>, args: &Reap, engine: &dyn Engine) -> Result<u8, Failure> {
    let (place, beside) = (Place::machine(), Beside::at(context.session.settings.sockets.clone()));
    let mut found = survey(engine, &place, &beside).await?;
    let wanted: BTreeSet<&str> = args.runs.iter().map(String::as_str).collect();
    if !wanted.is_empty() {
        found.runs.retain(|found| wanted.contains(found.run.as_str()));
        found.foreign.clear();
    }
    let mut allowed = Allowed { unclaimed: args.yes, kept: args.kept };
    // On a terminal the user decides; elsewhere the arguments decide.
    let asked =
        !args.yes && !args.dry_run && std::io::stdin().is_terminal() && !context.printer.is_json();
    if asked {
        let asking = Allowed { unclaimed: true, ..allowed };
        let lines: Vec<_> = found.runs.iter().filter_map(|run| question(run, asking)).collect();
        if !lines.is_empty() {
            lines.iter().for_each(|line| context.printer.talk(line));
            let question = format!("Remove what these {} runs left?", lines.len());
            if !context.printer.asks(&question).map_err(Failure::bug)? {
                return Err(Failure::cancelled());
            }
            allowed = asking;
        }
    }
    let Survey { runs, foreign } = found;
    let mut rows = Vec::new();
    for run in runs {
        if context.session.cancel.is_cancelled() {
            return Err(Failure::cancelled());
        }
        rows.push(reap(engine, &place, &beside, run, allowed, args.dry_run).await?);
    }
    rows.extend(foreign.iter().map(Reaped::foreign));
    if !args.dry_run && wanted.is_empty() {
        // Tickets and unfinished files of ended processes are removed. Those of other users stay and block
        // nothing.
        let _ = place.sweep();
        // Folders of killed plannings belong to no run yet.
        let swept = cc_ci_plan::scratch::sweep(&context.session.settings.temp);
        if !swept.is_empty() {
            let count = swept.len();
            context.printer.talk(&format!("removed {count} folders of plannings that ended"));
        }
    }
    Ok(tell(context, &rows))
}

/// Says what was done; the answer is the exit code.
fn tell(context: &Context<'_>, rows: &[Reaped]) -> u8 {
    let has = |state: State| rows.iter().any(|row| row.state == state);
    let text: Vec<_> = rows.iter().map(Reaped::line).collect();
    let text = if text.is_empty() { "nothing to remove".to_owned() } else { text.join("\n") };
    context.printer.data(&rows, &text);
    if has(State::Unclaimed) {
        context.printer.talk("hint: `cc-ci reap --yes` removes what has no lease");
    }
    if has(State::Kept) {
        context.printer.talk("hint: `cc-ci reap --kept` removes kept instances");
    }
    if has(State::Left) {
        code(Kind::Machine)
    } else if has(State::Unclaimed) {
        UNCLAIMED
    } else {
        0
    }
}

/// The line about a run that would be removed; a run that has only files is not worth a question.
fn question(found: &Found, allowed: Allowed) -> Option<String> {
    let Fate::Remove(why) = fate(found, allowed) else { return None };
    let names: Vec<_> = found.objects.iter().map(named).collect();
    (!names.is_empty()).then(|| format!("  {}: {why}; {}", found.run, names.join(", ")))
}
