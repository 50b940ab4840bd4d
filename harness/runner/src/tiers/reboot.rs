//! The engine's daemon is ended and started again, as when the machine reboots: the app comes back
//! without anybody's help, and with its data.
//!
//! A killed task proves less. Its volumes stay mounted all the time, and nothing but its own process has
//! to begin anew.

use std::collections::BTreeSet;

use cc_ci_engine::{ContainerState, LABEL_INFRA, LABEL_RUN, LABEL_UNIT};
use cc_ci_model::{Facts, Fault, Observed, Operation, Outcome};
use tokio::time::Instant;

use super::checks;
use super::kill::{Running, running};
use super::restart::{come_back, restart_is_allowed};
use crate::bench::{Bench, Stop};
use crate::converge::{Watch, before};
use crate::judge::Expected;
use crate::life::Life;
use crate::phases::Ways;
use crate::{edge, gateway, proof};

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    if is_left_alone(bench, life).await? {
        return Ok(());
    }
    let key = life.nonce("rb");
    bench.waiting("canary data");
    let stores = bench.check("canary_data_written", proof::write_all(bench, life, &key)).await?;
    restart_is_allowed(bench, life.spec()).await?;
    let Some((expected, services)) = down(bench, life).await? else { return Ok(()) };
    let mut watch = Watch::open(&bench.world.site).await?;
    bench.check("doors_open_again", reopen(bench, life)).await?;
    come_back(bench, life, (&mut watch, &expected), &services).await?;
    proof::intact(bench, life, &stores, &key, (Operation::Reboot, &|_| Ok(()))).await?;
    checks(bench, life).await
}

/// Restarts the daemon; the answer is what has to be replaced and the services that have to come back,
/// or nothing where it was left alone.
async fn down(
    bench: &Bench<'_>,
    life: &Life<'_>,
) -> Result<Option<(Expected, BTreeSet<String>)>, Stop> {
    let mut expected = before(bench.world.site.engine.as_ref(), life.spec()).await?;
    let tasks = bench.check("something_runs", something_runs(bench, life)).await?;
    expected.dead = tasks.iter().map(|task| task.id.clone()).collect();
    // Writing canary data takes time, and the node's lock keeps out only other runs of this harness.
    if is_left_alone(bench, life).await? {
        return Ok(None);
    }
    restart(bench, life).await?;
    Ok(Some((expected, tasks.into_iter().map(|task| task.service).collect())))
}

/// True where the daemon must not be restarted; the check `daemon_restarted` has the reason.
async fn is_left_alone(bench: &Bench<'_>, life: &Life<'_>) -> Result<bool, Stop> {
    let Some(reason) = in_the_way(bench, life).await? else { return Ok(false) };
    bench.note("daemon_restarted", Outcome::NotRun { reason }, 0, Vec::new());
    Ok(true)
}

/// Why the daemon has to be left alone: it does not end for us alone.
async fn in_the_way(bench: &Bench<'_>, life: &Life<'_>) -> Result<Option<String>, Stop> {
    if !life.alone {
        let reason = "the daemon serves others too: this unit is not alone on the node";
        return Ok(Some(reason.to_owned()));
    }
    let containers = bench.world.site.engine.all_containers().await?;
    let others = containers.iter().filter(|container| is_a_strangers(container, bench));
    let names: Vec<_> = others.map(|container| container.name.as_str()).collect();
    let reason = || format!("the daemon runs containers of others too: {}", names.join(", "));
    Ok((!names.is_empty()).then(reason))
}

fn is_a_strangers(container: &ContainerState, bench: &Bench<'_>) -> bool {
    let says = |label: &str, value: &str| container.labels.get(label).is_some_and(|v| v == value);
    let of_unit =
        says(LABEL_RUN, bench.world.run.as_str()) && says(LABEL_UNIT, bench.unit.as_str());
    // One that is paused has a process to lose as well.
    let lives = !matches!(container.state.as_str(), "created" | "exited" | "dead");
    lives && !of_unit && !container.labels.contains_key(LABEL_INFRA)
}

/// Where nothing runs, nothing could come back.
async fn something_runs(bench: &Bench<'_>, life: &Life<'_>) -> Result<Vec<Running>, Stop> {
    let tasks = running(bench.world.site.engine.as_ref(), life).await?;
    let runs = if tasks.is_empty() { "none" } else { "some" };
    let facts = Facts::default().with("tasks that run", "some", runs);
    bench.observe("something_runs", Observed::Facts(facts));
    if tasks.is_empty() {
        let message = "no task runs that could come back".to_owned();
        return Err(Fault::Bug { message }.into());
    }
    Ok(tasks)
}

/// Seen through even if the user breaks the run off meanwhile: a machine that is left without its engine
/// is worse than a moment of patience.
async fn restart(bench: &Bench<'_>, life: &Life<'_>) -> Result<(), Stop> {
    if bench.world.cancel.is_cancelled() {
        return Err(Stop::Cancelled);
    }
    bench.waiting("the engine's daemon");
    let started = Instant::now();
    let restarted = match bench.world.site.daemon.restart().await {
        Ok(()) => really(bench, life).await,
        Err(fault) => Err(fault),
    };
    let outcome = restarted.map_or_else(|fault| Outcome::Failed { fault }, |()| Outcome::Passed);
    bench.conclude("daemon_restarted", started, outcome, Vec::new()).await
}

/// The gateway is never started again by itself: where it still runs, some other daemon was restarted.
async fn really(bench: &Bench<'_>, life: &Life<'_>) -> Result<(), Fault> {
    let name = gateway::name(life.spec());
    match bench.world.site.engine.container(&name).await {
        Ok(state) if state.state == "running" => {
            let message = format!("{name} runs on: another daemon than this one was restarted");
            Err(Fault::Bug { message })
        }
        Ok(_) => Ok(()),
        Err(error) if error.is_not_found() => Ok(()),
        Err(error) => Err(error.fault()),
    }
}

/// Gateway, edge and toolbox are ours and do not come back by themselves, so that nothing of ours holds a
/// volume while the stack comes back.
async fn reopen(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let engine = bench.world.site.engine.clone();
    let (spec, labels) = (life.spec().clone(), life.labels());
    let repository = life.repository_volume();
    let up = life.up_mut()?;
    if let Some(ways) = up.ways.take() {
        ways.gateway.close().await;
    }
    let gateway = gateway::reopen(bench.world, &spec, &labels);
    let edge = edge::reopen(bench.world, &spec, &labels);
    let (gateway, edge) = tokio::join!(gateway, edge);
    up.ways = Some(Ways { gateway: gateway?, edge: edge? });
    let (old, image) = (up.toolbox.clone(), &bench.world.site.toolbox_image);
    up.toolbox = old.replace(engine.as_ref(), &spec, &repository, image, &labels).await?;
    Ok(())
}

#[cfg(test)]
#[path = "reboot_tests.rs"]
mod tests;
