//! Promises about looking on.

use super::broken::{Broken, ensure};
use super::services::sh;
use super::subject::Subject;
use super::watch::Watch;
use crate::ContainerSpec;

/// Who listens hears of a service, its container's start and its end, without asking.
pub async fn events_tell_of_a_service(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut watch = Watch::begin(subject).await?;
    let spec = subject.stack(|_| {})?;
    let name = format!("{}_app", spec.name);
    subject.deploy(&spec).await?;
    let network = format!("{}_default", spec.name);
    let named = |kind: &'static str, action: &'static str, name: String| {
        move |event: &crate::EngineEvent| {
            event.kind == kind
                && event.action == action
                && event.attributes.get("name").is_some_and(|found| *found == name)
        }
    };
    watch.event("the network is there", named("network", "create", network)).await?;
    watch.event("the service is there", named("service", "create", name.clone())).await?;
    let mine = subject.mine();
    let started = watch
        .event("its container started", |event| {
            event.kind == "container" && event.action == "start" && mine.matches(&event.attributes)
        })
        .await?;
    let of = started.attributes.get("com.docker.swarm.service.name");
    ensure(of == Some(&name), "the service's name in the event", &started)?;
    ensure(started.time_ns > 0, "the time of the event", &started)?;
    let service = subject.object(crate::ObjectKind::Service, &name).await?;
    subject.engine.remove(&service).await?;
    watch.event("the service is gone", named("service", "remove", name)).await?;
    let container = subject.engine.inventory(&mine).await?;
    for object in container.iter().filter(|o| o.kind == crate::ObjectKind::Container) {
        subject.engine.remove(object).await?;
    }
    watch
        .event("its container ended", |event| event.id == started.id && event.action == "die")
        .await?;
    watch
        .event("its container is gone", |event| event.id == started.id && event.action == "destroy")
        .await?;
    Ok(())
}

/// Logs hold both streams; `tail` keeps the last lines.
pub async fn logs_end_with_the_last_lines(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut watch = Watch::begin(subject).await?;
    let script = "echo one; sleep 0.2; echo two; sleep 0.2; echo three >&2; sleep 600";
    let spec = ContainerSpec { command: Some(sh(script)), ..subject.own("talker") };
    let id = subject.engine.start_container(&spec).await?;
    let all = watch
        .until("three lines", async |engine, _| {
            let log = engine.logs(&id, 100).await?;
            Ok((log.iter().filter(|byte| **byte == b'\n').count() >= 3).then_some(log))
        })
        .await?;
    ensure(all == b"one\ntwo\nthree\n", "three lines of both streams", text(&all))?;
    let last = subject.engine.logs(&id, 2).await?;
    ensure(last == b"two\nthree\n", "the last two lines", text(&last))
}

/// A running container uses memory and processes.
pub async fn stats_tell_what_is_used(subject: &Subject<'_>) -> Result<(), Broken> {
    let id = subject.engine.start_container(&subject.own("worker")).await?;
    let stats = subject.engine.stats(&id).await?;
    let used = stats.memory_bytes > 0 && stats.cpu_ns > 0 && stats.pids > 0;
    ensure(used, "memory, CPU time and processes above 0", stats)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}
