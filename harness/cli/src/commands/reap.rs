//! `cc-ci reap`: looks, asks, removes, says what it did.

use std::collections::BTreeSet;
use std::io::{BufRead as _, IsTerminal as _};
use std::time::Duration;

use cc_ci_engine::{Engine, Object, stack};
use cc_ci_lease::{Allowed, Beside, Fate, Found, Survey, fate, objects, remove, survey};
use cc_ci_lock::Place;
use serde::Serialize;

use super::Context;
use crate::args::Reap;
use crate::error::{CliError, Kind};
use crate::node::{docker, while_it_answers};
use crate::reaper;

/// Time for the engine to let go of the objects of one run.
const LIMIT: Duration = Duration::from_secs(60);

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    /// Everything of it is gone.
    Removed,
    /// Something of it is still there.
    Left,
    /// It would be removed.
    WouldRemove,
    /// It lives.
    Living,
    /// It is kept on demand.
    Kept,
    /// It has no lease; `--yes` removes it.
    Unclaimed,
    /// Its label names no run; never removed.
    Foreign,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Removed => "removed",
            Self::Left => "left",
            Self::WouldRemove => "would remove",
            Self::Living => "living",
            Self::Kept => "kept",
            Self::Unclaimed => "unclaimed",
            Self::Foreign => "foreign",
        }
    }
}

#[derive(Serialize)]
struct Row {
    run: String,
    state: State,
    /// Why the run is in this state.
    reason: String,
    /// Objects that it has, or had.
    objects: Vec<String>,
    /// What could not be removed.
    left: Vec<String>,
}

impl Row {
    fn line(&self) -> String {
        let mut line = format!("{} {}: {}", self.state.word(), self.run, self.reason);
        if !self.objects.is_empty() {
            line = format!("{line}; {}", self.objects.join(", "));
        }
        if !self.left.is_empty() {
            line = format!("{line}; still there: {}", self.left.join(", "));
        }
        line
    }
}

/// Removes what ended runs left.
pub(super) async fn run(context: &Context<'_>, args: &Reap) -> Result<u8, CliError> {
    if let Some(run) = args.runs.first().filter(|_| args.when_dead) {
        let place = Place::machine();
        let died = tokio::select! {
            died = reaper::died(&place, run) => died,
            () = context.cancel.cancelled() => false,
        };
        if !died {
            return Ok(0);
        }
    }
    let docker = docker().await?;
    while_it_answers(&docker, reaped(context, args, &docker)).await
}

async fn reaped(context: &Context<'_>, args: &Reap, engine: &dyn Engine) -> Result<u8, CliError> {
    let (place, beside) = (Place::machine(), Beside::at(context.settings.sockets.clone()));
    let mut found = survey(engine, &place, &beside).await?;
    let wanted: BTreeSet<&str> = args.runs.iter().map(String::as_str).collect();
    if !wanted.is_empty() {
        found.runs.retain(|found| wanted.contains(found.run.as_str()));
        found.foreign.clear();
    }
    let mut allowed = Allowed { unclaimed: args.yes, kept: args.kept };
    // A person decides about everything; a program decides with its arguments.
    let asked =
        !args.yes && !args.dry_run && std::io::stdin().is_terminal() && !context.printer.is_json();
    if asked {
        let asking = Allowed { unclaimed: true, ..allowed };
        let lines: Vec<_> = found.runs.iter().filter_map(|run| question(run, asking)).collect();
        if !lines.is_empty() {
            if !confirm(context, &lines)? {
                return Err(CliError::cancelled());
            }
            allowed = asking;
        }
    }
    let Survey { runs, foreign } = found;
    let mut rows = Vec::new();
    for run in runs {
        if context.cancel.is_cancelled() {
            return Err(CliError::cancelled());
        }
        rows.push(settle(engine, &place, &beside, run, allowed, args.dry_run).await?);
    }
    rows.extend(foreign.iter().map(|object| Row {
        run: object.labels.get(cc_ci_engine::LABEL_RUN).cloned().unwrap_or_default(),
        state: State::Foreign,
        reason: "its label names no run, so it is not removed".to_owned(),
        objects: vec![named(object)],
        left: Vec::new(),
    }));
    if !args.dry_run && wanted.is_empty() {
        // Tickets and half-made files of ended processes. Those of other users stay and block nothing.
        let _ = place.sweep();
        // Folders of plannings that were killed; they have no run yet.
        let swept = cc_ci_plan::scratch::sweep(&context.settings.temp);
        if !swept.is_empty() {
            let count = swept.len();
            context.printer.talk(&format!("removed {count} folders of plannings that ended"));
        }
    }
    Ok(tell(context, &rows))
}

/// Says what was done; the answer is the exit code.
fn tell(context: &Context<'_>, rows: &[Row]) -> u8 {
    let has = |state: State| rows.iter().any(|row| row.state == state);
    let text: Vec<_> = rows.iter().map(Row::line).collect();
    let text = if text.is_empty() { "nothing to remove".to_owned() } else { text.join("\n") };
    context.printer.data(&rows, &text);
    if has(State::Unclaimed) {
        context.printer.talk("hint: `cc-ci reap --yes` removes what has no lease");
    }
    if has(State::Kept) {
        context.printer.talk("hint: `cc-ci reap --kept` removes kept instances");
    }
    if has(State::Left) {
        Kind::Machine.code()
    } else if has(State::Unclaimed) {
        Kind::Unclaimed.code()
    } else {
        0
    }
}

/// Does with one run what its fate says.
async fn settle(
    engine: &dyn Engine,
    place: &Place,
    beside: &Beside,
    found: Found,
    allowed: Allowed,
    dry_run: bool,
) -> Result<Row, CliError> {
    let (state, reason) = match fate(&found, allowed) {
        Fate::Living(why) => (State::Living, why),
        Fate::Kept(why) => (State::Kept, why),
        Fate::Unclaimed if dry_run => (State::Unclaimed, "it has no lease".to_owned()),
        Fate::Unclaimed => {
            (State::Unclaimed, "it has no lease and is removed only with --yes".to_owned())
        }
        Fate::Remove(why) if dry_run => (State::WouldRemove, why),
        Fate::Remove(why) => (State::Removed, why),
    };
    let left = if state == State::Removed {
        take_away(engine, place, beside, &found).await?
    } else {
        Vec::new()
    };
    let state = if left.is_empty() { state } else { State::Left };
    let objects = parts(&found);
    Ok(Row { run: found.run.to_string(), state, reason, objects, left })
}

/// Removes everything of a run: its objects, then what it has on this machine, and its lease last, so
/// that a `reap` that is broken off can be repeated. The answer names what is still there.
async fn take_away(
    engine: &dyn Engine,
    place: &Place,
    beside: &Beside,
    found: &Found,
) -> Result<Vec<String>, CliError> {
    let run = &found.run;
    let down = stack::down(engine, &objects(run.as_str()), LIMIT).await?;
    let mut left: Vec<String> = down.left.iter().map(named).collect();
    left.extend(beside.remove(run));
    if !left.is_empty() {
        return Ok(left);
    }
    if let Err(error) = remove(engine, run).await {
        left.push(format!("its lease ({error})"));
        return Ok(left);
    }
    match place.forget(run.as_str()) {
        // A lease file of another user blocks nothing and ends with the next boot.
        Ok(_) | Err(_) => Ok(left),
    }
}

fn named(object: &Object) -> String {
    format!("{} {}", object.kind.as_str(), object.name)
}

/// Everything that a run has, in words.
fn parts(found: &Found) -> Vec<String> {
    let mut parts: Vec<_> = found.objects.iter().map(named).collect();
    let beside =
        [(found.leased, "its lease"), (found.locked, "its lock"), (found.beside, "its folder")];
    parts.extend(beside.iter().filter(|(there, _)| *there).map(|(_, what)| (*what).to_owned()));
    parts
}

/// The line about a run that would be removed; a run that has only files is not worth a question.
fn question(found: &Found, allowed: Allowed) -> Option<String> {
    let Fate::Remove(why) = fate(found, allowed) else { return None };
    let names: Vec<_> = found.objects.iter().map(named).collect();
    (!names.is_empty()).then(|| format!("  {}: {why}; {}", found.run, names.join(", ")))
}

/// Asks a person.
fn confirm(context: &Context<'_>, lines: &[String]) -> Result<bool, CliError> {
    lines.iter().for_each(|line| context.printer.talk(line));
    context.printer.talk(&format!("Remove what these {} runs left? [y/N]", lines.len()));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).map_err(CliError::bug)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

#[cfg(test)]
#[path = "reap_tests.rs"]
mod tests;
