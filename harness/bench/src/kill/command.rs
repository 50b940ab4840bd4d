//! Kills runs in the middle of their life and looks at what `reap` leaves.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use cc_ci_engine::Engine;
use cc_ci_lock::{Held, Place, Sharing, Who, unheard};
use cc_ci_node::Host;
use cc_ci_session::{Failure, Kind, Node};
use jiff::Timestamp;

use super::aim::{Aim, next};
use super::keep::Kept;
use super::left::{Before, Places, of_runs};
use super::life::Life;
use super::moment::{Moment, run_of};
use super::program::{Fate, Folders, Program};
use super::row::Row;
use super::table::Table;
use crate::ground::Ground;

/// Recipes that are killed where none is named: one is routed by the edge, one publishes a port.
const RECIPES: [&str; 2] = ["custom-html", "mumble"];

/// Time for the other benches on this machine to look at their killed runs.
const TURN: Duration = Duration::from_secs(600);

/// What is measured.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Recipes, as for `run`; the usual two where none is given.
    pub recipes: Vec<String>,
    /// Runs that are killed.
    pub kills: usize,
    /// How long runs are begun.
    pub limit: Option<Duration>,
    /// Where results are kept, and read where an earlier bench stopped.
    pub keep: Option<PathBuf>,
}

/// Kills runs, lets `reap` remove what they left, and looks at what is still there.
///
/// # Errors
/// The machine is not prepared, or a run does not do what it must.
pub async fn run(ground: &Ground<'_>, wanted: &Wanted) -> Result<Table, Failure> {
    let started = Instant::now();
    let recipes = match wanted.recipes.as_slice() {
        [] => RECIPES.map(str::to_owned).to_vec(),
        named => named.to_vec(),
    };
    let mut kept = open(wanted.keep.as_deref(), &recipes)?;
    // The first run prepares the node, which would not be a part of a recorded life.
    drop(Node::ready(ground.session).await?);
    let work = tempfile::Builder::new()
        .prefix("cc-ci-bench-kill-")
        .tempdir_in(&ground.session.settings.temp);
    let work = work.map_err(|error| Failure::new(Kind::Machine, error))?;
    let engine = ground.session.engine().await?;
    let program = Program::this(ground)?;
    let bench = Bench { ground, engine: engine.as_ref(), program, work: work.path() };
    for recipe in recipes.iter().skip(kept.lives.len()) {
        let life = bench.record(recipe).await?;
        kept.add_life(life).map_err(unwritten)?;
    }
    while let Some(aim) = next(&kept.lives, &kept.rows, wanted.kills) {
        if wanted.limit.is_some_and(|limit| started.elapsed() > limit) {
            break;
        }
        let row = bench.kill(&aim).await?;
        bench.tell(&kept, &row, wanted.kills);
        kept.add_row(row).map_err(unwritten)?;
    }
    // What the engine was still busy with when it was looked at is seen now.
    let runs: BTreeSet<String> =
        kept.rows.iter().filter_map(|row| row.run.as_ref()).map(ToString::to_string).collect();
    let late = of_runs(engine.as_ref(), &runs).await?;
    let table = Table::new(&kept.lives, &kept.rows, late, wanted.kills);
    Ok(table)
}

/// What an earlier bench left, where it killed the same recipes.
fn open(path: Option<&Path>, recipes: &[String]) -> Result<Kept, Failure> {
    let kept = Kept::open(path).map_err(|error| {
        let context = path.map_or_else(String::new, |path| format!("use {}", path.display()));
        Failure::usage(error)
            .context(context)
            .hint("name a file that `cc-ci bench kill --keep` wrote, or one that does not exist")
    })?;
    let known: Vec<_> = kept.lives.iter().map(|life| life.recipe.as_str()).collect();
    if known.len() <= recipes.len() && recipes.iter().zip(&known).all(|(a, b)| a == b) {
        return Ok(kept);
    }
    let message = format!("the results are of {}, not of {}", known.join(", "), recipes.join(", "));
    Err(Failure::message(Kind::Usage, message).hint("name another file with --keep FILE"))
}

fn unwritten(error: std::io::Error) -> Failure {
    Failure::new(Kind::Machine, error).context("keep a result")
}

/// Waits until no other bench on this machine has a killed run, so that each `reap` meets only the killed
/// run of its own bench.
async fn turn(locks: PathBuf) -> Result<Held, Failure> {
    let who = Who::run("bench-kill");
    let turn = Place::at(locks).take("bench-kill", Sharing::Alone, &who, TURN, &unheard).await;
    turn.map_err(|error| Failure::new(Kind::Machine, error))
}

/// What all kills share.
struct Bench<'a> {
    ground: &'a Ground<'a>,
    engine: &'a dyn Engine,
    program: Program,
    work: &'a Path,
}

impl Bench<'_> {
    /// Carries `work` out unless the user breaks the bench off; what it started dies with it.
    async fn or_cancelled<T>(
        &self,
        work: impl Future<Output = Result<T, Failure>>,
    ) -> Result<T, Failure> {
        tokio::select! {
            result = work => result,
            () = self.ground.session.cancel.cancelled() => Err(Failure::cancelled()
                .hint("`cc-ci reap` removes what the killed run left")),
        }
    }

    fn folders(&self, name: &str) -> Result<Folders, Failure> {
        Folders::make(self.work, name).map_err(|error| Failure::new(Kind::Machine, error))
    }

    /// Walks `recipe` to its end and writes down when its tiers began and ended.
    async fn record(&self, recipe: &str) -> Result<Life, Failure> {
        let folders = self.folders(&format!("life-{}", recipe.replace('/', "-")))?;
        let started = Timestamp::now();
        let (status, lasted) = self.or_cancelled(self.program.live(&folders, recipe)).await?;
        let millis = u64::try_from(lasted.as_millis()).unwrap_or(u64::MAX);
        let read = Life::read(recipe, (started, millis), &folders.records()?);
        let life = read.map_err(|why| {
            let message = format!("{recipe} cannot be recorded ({status}): {why}");
            Failure::message(Kind::Bug, message).hint(format!("cc-ci run {recipe} shows more"))
        })?;
        folders.ended(status)?;
        (self.ground.talk)(&format!("{recipe} lives for {:.1} s", lasted.as_secs_f64()));
        Ok(life)
    }

    /// Kills one run and looks at what `reap` leaves of it.
    async fn kill(&self, aim: &Aim) -> Result<Row, Failure> {
        let folders = self.folders(&format!("kill-{}", aim.number))?;
        let places = Places {
            locks: Place::machine().path().to_owned(),
            temporary: folders.temporary.clone(),
            runs: self.ground.session.settings.sockets.to_owned(),
            host: Host::this(),
        };
        let before = Before::look(self.engine, &places).await?;
        let kill = self.program.kill(&folders, aim, turn(places.locks.clone()));
        let fate = self.or_cancelled(kill).await?;
        let records = folders.records()?;
        let run = run_of(&records);
        let mut row = Row {
            recipe: aim.recipe.clone(),
            aimed_at: aim.tier,
            millis: aim.millis,
            run: run.clone(),
            moment: None,
            objects: 0,
            reap: None,
            left: Vec::new(),
        };
        let ended = matches!(fate, Fate::Ended);
        // The turn is held until everything was looked at.
        if let Fate::Killed(_turn) = fate {
            row.moment = Some(Moment::of(&records));
            let used = before.used(self.engine, &places, run.as_ref()).await?;
            row.objects = used.objects;
            row.reap = self.program.reap(&folders).await?;
            row.left = before.left(self.engine, &places, run.as_ref(), &used).await?;
        }
        if ended || row.is_clean() {
            // Only files of ours in the system's own temporary folder: what stays does no harm.
            let _ = std::fs::remove_dir_all(self.work.join(format!("kill-{}", aim.number)));
        }
        Ok(row)
    }

    fn tell(&self, kept: &Kept, row: &Row, of: usize) {
        let number = kept.rows.iter().chain([row]).filter(|row| row.counts()).count();
        let seconds = Duration::from_millis(row.millis).as_secs_f64();
        let from = row.aimed_at.map_or_else(String::new, |tier| format!(" of {tier}"));
        let at = format!("{} after {seconds:.2} s{from}", row.recipe);
        let said = match row.moment {
            None => format!("{at}: it had ended"),
            Some(moment) if row.is_clean() => {
                format!("{at}: {moment}, {} objects, nothing left", row.objects)
            }
            Some(moment) => {
                let reap = row.reap.map_or("no end".to_owned(), |code| code.to_string());
                let left = row.left.join(", ");
                format!("{at}: {moment}, {} objects, reap {reap}, LEFT: {left}", row.objects)
            }
        };
        (self.ground.talk)(&format!("kill {number}/{of}: {said}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bench_waits_until_another_has_looked_at_its_killed_run() {
        let folder = tempfile::tempdir().unwrap();
        let locks = folder.path().join("locks");
        let first = turn(locks.clone()).await.unwrap();
        let second = tokio::spawn(turn(locks.clone()));
        // The second ticket lies in the queue, so its bench has asked.
        while super::super::left::tests::tickets(&locks) < 2 {
            tokio::task::yield_now().await;
        }
        assert!(!second.is_finished());
        drop(first);
        second.await.unwrap().unwrap();
    }
}
