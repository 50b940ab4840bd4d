//! How often the verdict is right about recipes whose truth is known.

use cc_ci_session::{Failure, Kind, Node};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt as _};

use super::expected::{Known, Said};
use super::overhead::Overhead;
use super::round::{Walked, walk};
use super::table::{Row, Table};
use crate::ground::Ground;

/// Where recipes lie whose truth is written down.
const FIXTURES: &str = "tests/fixtures/recipes";

/// What is measured.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// Names of recipes; all where none is given.
    pub recipes: Vec<String>,
    /// Rounds; in each one every recipe is walked once.
    pub rounds: usize,
    /// Recipes that are walked at once.
    pub jobs: usize,
    /// How long walks are begun.
    pub limit: Option<Duration>,
    /// Where the page is kept.
    pub keep: Option<PathBuf>,
}

/// Walks the recipes and compares each verdict with what is known.
///
/// # Errors
/// The machine is not prepared, or a walk breaks off.
pub async fn run(ground: &Ground<'_>, wanted: &Wanted) -> Result<Table, Failure> {
    let known = choose(ground, &wanted.recipes)?;
    let node = Node::ready(ground.session).await?;
    let started = Instant::now();
    let rounds = (1..=wanted.rounds)
        .flat_map(|round| known.iter().enumerate().map(move |(at, known)| (round, at, known)));
    let walks: Vec<_> = stream::iter(rounds)
        .map(|(round, at, known)| {
            let node = &node;
            async move {
                if wanted.limit.is_some_and(|limit| started.elapsed() > limit) {
                    return None;
                }
                let walked = walk(ground, node, known).await;
                tell(ground, (round, wanted.rounds), known, walked.as_ref().ok());
                Some((at, walked))
            }
        })
        .buffer_unordered(wanted.jobs)
        .collect()
        .await;
    let mut of_each: Vec<Vec<Walked>> = vec![Vec::new(); known.len()];
    for (at, walked) in walks.into_iter().flatten() {
        of_each[at].push(walked?);
    }
    let mut overhead = Overhead::default();
    of_each.iter().flatten().for_each(|walked| overhead.add(walked.overhead.clone()));
    let rows = known.iter().zip(&of_each).map(|(known, walks)| Row::of(known, walks)).collect();
    let table = Table::new(rows, overhead, wanted.jobs);
    if let Some(path) = &wanted.keep {
        std::fs::write(path, table.page()).map_err(|error| {
            let context = format!("write {}", path.display());
            Failure::usage(error).context(context)
        })?;
    }
    Ok(table)
}

/// The recipes that were asked for, with what is known about each.
fn choose(ground: &Ground<'_>, asked: &[String]) -> Result<Vec<Known>, Failure> {
    let greens = ground
        .session
        .settings
        .catalogue
        .names()?
        .into_iter()
        .map(|recipe| Known { recipe, red: None });
    let root = ground.checkout()?;
    // A recipe of which only its name is known here has its files elsewhere.
    let here = |known: &Known| root.join("recipes").join(&known.recipe).join("versions").is_dir();
    let greens = greens.filter(here);
    let mut all: Vec<_> = greens.chain(Known::below(&root.join(FIXTURES))?).collect();
    if asked.is_empty() {
        // Without permission to restart the daemon, recipes that need it are left out. The table then lacks
        // their names.
        all.retain(|known| ground.restarts_daemon() || !known.needs_reboot());
        return Ok(all);
    }
    let known: Vec<_> = all.iter().map(|known| known.name().to_owned()).collect();
    if let Some(unknown) = asked.iter().find(|name| !known.contains(name)) {
        let message = format!("nothing is known about a recipe {unknown:?}");
        return Err(
            Failure::message(Kind::Usage, message).hint(format!("known are {}", known.join(", ")))
        );
    }
    all.retain(|known| asked.iter().any(|name| name == known.name()));
    Ok(all)
}

fn tell(ground: &Ground<'_>, (round, of): (usize, usize), known: &Known, walked: Option<&Walked>) {
    let Some(walked) = walked else { return };
    let word = match &walked.said {
        Said::Right => "right".to_owned(),
        Said::FalseRed(said) => format!("FALSE RED: {said}"),
        Said::FalseGreen => "FALSE GREEN".to_owned(),
        Said::WrongRed(said) => format!("WRONG RED: {said}"),
    };
    let (name, seconds) = (known.name(), walked.seconds);
    (ground.talk)(&format!("round {round}/{of}: {name}: {word} after {seconds:.1} s"));
}
