//! The base version converges and really serves.

use std::pin::pin;
use std::time::Duration;

use cc_ci_backup::{Toolbox, moment};
use cc_ci_engine::{EngineError, stack};
use cc_ci_model::{Event, EvidenceKind, Fault, Vantage};
use tokio::time::{Instant, timeout};

use super::teardown::none_left;
use super::{checks, names, ready, stable};
use crate::adapt::{Wanted, adapt};
use crate::bench::{Bench, Stop, millis_since};
use crate::converge::{Watch, converge};
use crate::judge::Expected;
use crate::life::Life;
use crate::own::in_the_way;
use crate::phases::{Sides, Up, Ways};
use crate::{edge, gateway, prepare};

/// How long gateway and edge wait for the first container of the stack to start. An app that takes
/// longer has time enough left for them.
const APP_FIRST: Duration = Duration::from_secs(2);

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    bench
        .check("images_available", async {
            life.digests = prepare::images(bench, life.plan).await?;
            let (sides, said) = adapted(life)?;
            said.into_iter().for_each(|event| bench.say(event));
            life.sides = Some(sides);
            Ok(())
        })
        .await?;
    stand_up(bench, life).await?;
    checks(bench, life).await
}

/// Both sides of the leg as this node runs them, and an event for each difference from the recipe. The images are on
/// the node.
pub(super) fn adapted(life: &Life<'_>) -> Result<(Sides, Vec<Event>), Fault> {
    let mode = (life.world.site.endpoint_mode, &life.world.ceilings);
    let adapt = |spec| adapt(mode, spec, &life.digests, edge_wanted(life));
    let (base, target) = life.plan.sides(life.leg);
    let (first, mut said) = adapt(&base.unwrap_or(target).spec)?;
    let (target, more) = adapt(&target.spec)?;
    // What both versions have in common is said once.
    let more: Vec<_> = more.into_iter().filter(|event| !said.contains(event)).collect();
    said.extend(more);
    Ok((Sides { first, target }, said))
}

/// Whether any probe of the unit looks from the edge.
fn edge_wanted(life: &Life<'_>) -> Wanted {
    let suite = &life.plan.suite;
    let ready = suite.ready_for(&life.plan.target.spec).map(|ready| &ready.probe);
    let mut probes = ready.chain(suite.checks.iter().map(|check| &check.probe));
    if probes.any(|probe| probe.from == Vantage::Edge) { Wanted::Yes } else { Wanted::No }
}

/// Deploys the stack of the life's stage where nothing of it is yet, and waits until it serves.
pub(super) async fn stand_up(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    life.due += 1;
    bench.check("nothing_in_the_way", unused(bench, life)).await?;
    let engine = bench.world.site.engine.clone();
    let started = Instant::now();
    let mut watch = bench
        .check("stack_accepted", async {
            let watch = Watch::open(&bench.world.site).await?;
            send(bench, life).await?;
            Ok(watch)
        })
        .await?;

    // Gateway, edge and toolbox start while the tasks do; nothing in them depends on the app. The
    // engine joins containers to overlay networks one after the other, so gateway and edge leave the
    // app's own containers the first place: they come up while the app has to stay up for a while.
    let first = watch.first_start();
    let app_first = async {
        let _ = timeout(APP_FIRST, first).await;
    };
    let (spec, labels) = (life.spec().clone(), life.labels());
    let gateway = gateway::open(bench.world, &spec, &labels);
    let edge = edge::open(bench.world, &spec, &labels);
    let edge = async {
        match edge::network(&spec) {
            Some(_) => bench.check("edge_opens", async { Ok(edge.await?) }).await,
            None => Ok(None),
        }
    };
    let image = &bench.world.site.toolbox_image;
    let repository = life.repository_volume();
    let toolbox = Toolbox::start(engine.as_ref(), &spec, &repository, image, &labels);
    // All are seen through even if one fails: a container that the engine is about to start must
    // not come up behind the back of the tear-down.
    let outer = async {
        app_first.await;
        tokio::join!(bench.check("gateway_opens", async { Ok(gateway.await?) }), edge)
    };
    let doors = async {
        let ((gateway, edge), toolbox) =
            tokio::join!(outer, bench.check("toolbox_starts", async { Ok(toolbox.await?) }),);
        let toolbox = toolbox?;
        let born = moment(engine.as_ref(), &toolbox).await?;
        let repository = life.start_repository(&toolbox);
        Ok::<_, Stop>(((gateway?, edge?), (toolbox, born), repository))
    };
    let limits = (life.plan.suite.timeouts.deploy, stable(life));
    let expected = Expected { one_shots: life.one_shots.clone(), ..Expected::default() };
    let tasks = converge(bench, &mut watch, &spec, &expected, limits);
    let tasks = bench.check("services_converge", tasks);
    let (((gateway, edge), (toolbox, born), repository), noticed) = both(doors, tasks).await?;
    if let Some(repository) = repository {
        life.repository = repository;
    }
    let (side, millis) = (life.stage.side(), millis_since(started));
    bench.say(Event::Converged { side, millis, noticed_millis: noticed });
    life.up = Some(Up { ways: Some(Ways { gateway, edge }), toolbox, born });
    ready(bench, life).await
}

/// Waits for the doors in any case, for the tasks only while the doors hold.
async fn both<T, N>(
    doors: impl Future<Output = Result<T, Stop>>,
    tasks: impl Future<Output = Result<N, Stop>>,
) -> Result<(T, N), Stop> {
    let (mut doors, mut tasks) = (pin!(doors), pin!(tasks));
    tokio::select! {
        opened = &mut doors => {
            let opened = opened?;
            Ok((opened, tasks.await?))
        }
        settled = &mut tasks => {
            let opened = doors.await;
            let settled = settled?;
            Ok((opened?, settled))
        }
    }
}

/// Whatever carries the stack's name, or has a name that it needs, would be taken for this attempt's own.
async fn unused(bench: &Bench<'_>, life: &Life<'_>) -> Result<(), Stop> {
    let left = in_the_way(life).await?;
    bench.observe("nothing_in_the_way", none_left(left.len()));
    if left.is_empty() {
        return Ok(());
    }
    Err(Fault::LeftBehind { objects: names(&left) }.into())
}

/// Sends the stack of the life's stage to the engine and keeps what was sent. Where none of the stack's
/// services is there yet, that is a deploy; else it is an update in place.
pub(super) async fn send(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let engine = bench.world.site.engine.as_ref();
    let selector = life.objects();
    if engine.services(&selector).await?.is_empty() {
        // Counted before it is tried: a deploy that breaks off half-way is one too.
        life.deploys += 1;
    }
    let life = &*life;
    let spec = life.spec();
    let evidence = bench.world.journal.keep_json(EvidenceKind::Spec, "stack", spec);
    let version = life.side().version.clone();
    bench.say(Event::Deployed { side: life.stage.side(), version, evidence });
    let sent = stack::deploy(engine, spec, &life.labels(), &life.secrets).await;
    sent.map_err(|error| refused(&error).into())
}

/// An engine that calls the specification itself invalid speaks about the recipe, whose words it
/// is made of.
fn refused(error: &EngineError) -> Fault {
    match error {
        EngineError::Refused { action, status, message }
            if *status == Some(400) || message.contains("InvalidArgument") =>
        {
            Fault::BadRecipe { message: format!("the engine refuses to {action}: {message}") }
        }
        other => other.fault(),
    }
}
