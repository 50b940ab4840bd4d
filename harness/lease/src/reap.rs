//! Removes what an ended run left.

use std::time::Duration;

use cc_ci_engine::{Engine, EngineError, LABEL_RUN, Object, stack};
use cc_ci_lock::Place;
use serde::Serialize;

use crate::{Allowed, Beside, Fate, Found, fate, objects, remove};

/// Time for the engine to let go of the objects of one run.
const LIMIT: Duration = Duration::from_secs(60);

/// What became of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
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
    /// The word for it in a line of text.
    #[must_use]
    pub fn word(self) -> &'static str {
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

/// A run, and what `reap` did with it.
#[derive(Debug, Serialize)]
pub struct Reaped {
    /// The run, or what stands in place of one.
    pub run: String,
    /// What became of it.
    pub state: State,
    /// Why the run is in this state.
    pub reason: String,
    /// Objects that it has, or had.
    pub objects: Vec<String>,
    /// What could not be removed.
    pub left: Vec<String>,
}

impl Reaped {
    /// An object whose label names no run. It is not removed.
    #[must_use]
    pub fn foreign(object: &Object) -> Self {
        Self {
            run: object.labels.get(LABEL_RUN).cloned().unwrap_or_default(),
            state: State::Foreign,
            reason: "its label names no run, so it is not removed".to_owned(),
            objects: vec![named(object)],
            left: Vec::new(),
        }
    }

    /// One line for a person.
    #[must_use]
    pub fn line(&self) -> String {
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

/// Does with one run what its fate says, or with `dry_run` says what would be done.
///
/// # Errors
/// The engine's own.
pub async fn reap(
    engine: &dyn Engine,
    place: &Place,
    beside: &Beside,
    found: Found,
    allowed: Allowed,
    dry_run: bool,
) -> Result<Reaped, EngineError> {
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
    Ok(Reaped { run: found.run.to_string(), state, reason, objects, left })
}

/// Removes everything of a run: its objects, then what it has on this machine, and its lease last, so
/// that a `reap` that is broken off can be repeated. The answer names what is still there.
async fn take_away(
    engine: &dyn Engine,
    place: &Place,
    beside: &Beside,
    found: &Found,
) -> Result<Vec<String>, EngineError> {
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

/// Kind and name of an object.
#[must_use]
pub fn named(object: &Object) -> String {
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

#[cfg(test)]
mod tests;
