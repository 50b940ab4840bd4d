//! `cc-ci bench`: arguments and printing of the measurements.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cc_ci_bench::{
    BenchError, Ground, Nodes, journal, kill, lifecycle, lint, redact, schedule, soundness,
};
use cc_ci_engine::{Engine, EngineError};
use cc_ci_journal::Journal;
use cc_ci_model::RunId;
use cc_ci_runner::World;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use super::Context;
use crate::args::Bench;
use crate::error::{CliError, Kind};
use crate::node::{Node, engine};

pub(super) async fn run(context: &Context<'_>, args: &Bench) -> Result<u8, CliError> {
    let settings = context.settings;
    let nodes = ThisMachine(context);
    let talk = |line: &str| context.printer.talk(line);
    let ground = Ground {
        planner: settings.planner(),
        checkout: settings.catalogue().root().given(),
        sockets: &settings.sockets,
        registry_port: settings.node.registry_port,
        nodes: &nodes,
        cancel: context.cancel.clone(),
        talk: &talk,
    };
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
            let speed = lint(settings.catalogue(), recipes, *seconds).await?;
            Ok(shown(context, &speed, &speed.text(), speed.met))
        }
    }
}

/// Prints what was measured; the answer is the exit code.
fn shown(context: &Context<'_>, data: &impl Serialize, text: &str, met: bool) -> u8 {
    context.printer.data(data, text);
    if met { 0 } else { Kind::Bug.code() }
}

/// The node of this machine.
struct ThisMachine<'a>(&'a Context<'a>);

#[async_trait]
impl Nodes for ThisMachine<'_> {
    async fn ready(&self) -> Result<Box<dyn cc_ci_bench::Node>, BenchError> {
        let node = Node::ready(self.0).await.map_err(CliError::into_bench)?;
        Ok(Box::new(node))
    }

    async fn engine(&self) -> Result<Arc<dyn Engine>, BenchError> {
        engine().await.map_err(CliError::into_bench)
    }
}

impl cc_ci_bench::Node for Node {
    fn engine(&self) -> &Arc<dyn Engine> {
        &self.engine
    }

    fn world(
        &self,
        run: &RunId,
        phase: &str,
        journal: Journal,
        cancel: CancellationToken,
    ) -> World {
        Self::world(self, run, phase, journal, cancel, false)
    }
}

impl CliError {
    fn into_bench(self) -> BenchError {
        let kind = match self.kind {
            Kind::Bug => cc_ci_bench::Kind::Bug,
            Kind::Usage | Kind::Suite | Kind::Recipe => cc_ci_bench::Kind::Usage,
            Kind::Machine | Kind::Unclaimed => cc_ci_bench::Kind::Machine,
            Kind::Engine => cc_ci_bench::Kind::Engine,
            Kind::Cancelled => cc_ci_bench::Kind::Cancelled,
        };
        let Self { source, hints, .. } = self;
        hints.into_iter().fold(BenchError::new(kind, source), BenchError::hint)
    }
}

impl From<BenchError> for CliError {
    fn from(error: BenchError) -> Self {
        let kind = match error.kind {
            cc_ci_bench::Kind::Bug => Kind::Bug,
            cc_ci_bench::Kind::Usage => Kind::Usage,
            cc_ci_bench::Kind::Machine => Kind::Machine,
            cc_ci_bench::Kind::Engine => Kind::Engine,
            cc_ci_bench::Kind::Cancelled => Kind::Cancelled,
        };
        let hints = error.hints.clone();
        let new = match error.into_source().downcast::<EngineError>() {
            Ok(error) => Self::from(*error),
            Err(source) => Self::new(kind, anyhow::Error::from_boxed(source)),
        };
        hints.into_iter().fold(new, Self::hint)
    }
}
