//! The base version converges and really serves.

use cc_ci_backup::Toolbox;
use cc_ci_engine::stack;
use cc_ci_model::{Event, EvidenceKind, Side};
use tokio::time::Instant;

use super::{checks, ready, stable};
use crate::bench::{Bench, Stop, millis_since};
use crate::converge::{Watch, converge};
use crate::judge::Expected;
use crate::life::{Life, Sides};
use crate::{EvidenceStore, capture, gateway, prepare};

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let sides = bench
        .check("images_available", async {
            let digests = prepare::images(bench, life.plan).await?;
            let first = prepare::adapt(bench, &life.plan.first().spec, &digests)?;
            let target = prepare::adapt(bench, &life.plan.target.spec, &digests)?;
            Ok(Sides { first, target })
        })
        .await?;
    life.sides = Some(sides);

    let engine = bench.world.engine.clone();
    let started = Instant::now();
    let mut watch = bench
        .check("stack_accepted", async {
            let watch = Watch::open(engine.as_ref()).await?;
            // Counted before it is tried: a deploy that breaks off half-way is one too.
            life.deploys += 1;
            send(bench, life, if life.at_head { Side::Head } else { Side::Base }).await?;
            Ok(watch)
        })
        .await?;

    // Gateway and toolbox start while the tasks do; nothing in them depends on the app.
    let spec = life.spec().clone();
    let image = &bench.world.gateway_image;
    let gateway = gateway::open(engine.as_ref(), &spec, image, &life.labels);
    let image = &bench.world.toolbox_image;
    let toolbox = Toolbox::start(engine.as_ref(), &spec, image, &life.labels);
    let doors = async {
        let (gateway, toolbox) = tokio::try_join!(
            bench.check("gateway_opens", async { Ok(gateway.await?) }),
            bench.check("toolbox_starts", async { Ok(toolbox.await?) }),
        )?;
        let repository = life.start_repository(&toolbox);
        Ok::<_, Stop>((gateway, toolbox, repository))
    };
    let limits = (life.plan.suite.timeouts.deploy, stable(life));
    let expected = Expected::default();
    let tasks = converge(bench, &mut watch, &spec, &expected, limits);
    let tasks = bench.check("services_converge", tasks);
    let ((gateway, toolbox, repository), ()) = tokio::try_join!(doors, tasks)?;
    life.repository = repository;
    let side = if life.at_head { Side::Head } else { Side::Base };
    bench.say(Event::Converged { side, millis: millis_since(started) });
    life.gateway = Some(gateway);
    life.toolbox = Some(toolbox);
    ready(bench, life).await?;
    checks(bench, life).await
}

/// Sends the side that runs now to the engine and keeps what was sent.
pub(super) async fn send(bench: &Bench<'_>, life: &Life<'_>, side: Side) -> Result<(), Stop> {
    let spec = life.spec();
    let evidence = bench.world.journal.keep(EvidenceKind::Spec, "stack", &capture::json(spec));
    let version = life.side().version.clone();
    bench.say(Event::Deployed { side, version, evidence });
    stack::deploy(bench.world.engine.as_ref(), spec, &life.labels, &life.secrets).await?;
    Ok(())
}
