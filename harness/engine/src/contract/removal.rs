//! Promises about removing things.

use std::time::Duration;

use futures_util::FutureExt as _;

use super::broken::{Broken, ensure, ensure_conflict};
use super::build::whole_stack;
use super::subject::Subject;
use super::watch::Watch;
use crate::{ContainerSpec, EngineError, LABEL_UNIT, Object, ObjectKind, Selector, stack};

/// Everything that a service or a container uses stays, and says so.
pub async fn what_is_in_use_stays(subject: &Subject<'_>) -> Result<(), Broken> {
    let spec = whole_stack(&subject.stack_name()?, &subject.image, b"s", b"c");
    subject.run(&spec).await?;
    let used = [ObjectKind::Network, ObjectKind::Volume, ObjectKind::Secret, ObjectKind::Config];
    let all = subject.engine.inventory(&subject.mine()).await?;
    for kind in used {
        let Some(object) = all.iter().find(|object| object.kind == kind) else {
            return ensure(false, &format!("a {}", kind.as_str()), all);
        };
        ensure_conflict(kind.as_str(), subject.engine.remove(object).await)?;
    }
    let after = subject.engine.inventory(&subject.mine()).await?;
    ensure(after == all, "the same objects", (all, after))
}

/// Removing what is gone already is no error, for every kind.
pub async fn what_is_gone_can_be_removed(subject: &Subject<'_>) -> Result<(), Broken> {
    let spec = whole_stack(&subject.stack_name()?, &subject.image, b"s", b"c");
    subject.run(&spec).await?;
    let all = subject.engine.inventory(&subject.mine()).await?;
    let kinds = subject.kinds().await?;
    ensure(kinds.len() == 6, "objects of all kinds", kinds)?;
    subject.clean().await?;
    for object in &all {
        subject.engine.remove(object).await?;
    }
    for kind in [ObjectKind::Service, ObjectKind::Container, ObjectKind::Volume] {
        let object = Object {
            kind,
            id: subject.name("never"),
            name: subject.name("never"),
            labels: Default::default(),
            created: String::new(),
        };
        subject.engine.remove(&object).await?;
    }
    Ok(())
}

/// `down` takes a running stack of every kind of object away, and a container of our own with it.
pub async fn down_leaves_nothing(subject: &Subject<'_>) -> Result<(), Broken> {
    let spec = whole_stack(&subject.stack_name()?, &subject.image, b"s", b"c");
    subject.run(&spec).await?;
    let guest = subject.engine.start_container(&subject.own("guest")).await?;
    subject.engine.connect(&guest, &format!("{}_default", spec.name), &[]).await?;
    let down = stack::down(subject.engine, &subject.mine(), Duration::from_secs(30)).await?;
    ensure(down.left.is_empty(), "nothing left", &down)?;
    let left = subject.engine.inventory(&subject.mine()).await?;
    ensure(left.is_empty(), "an empty inventory", left)?;
    let stacks = Selector::stack(spec.name.as_str());
    let services = subject.engine.services(&stacks).await?;
    ensure(services.is_empty(), "no service", services)?;
    // Swarm forgets the tasks of a removed service a moment later, but it wants none of them.
    let tasks = subject.engine.tasks(&stacks).await?;
    ensure(tasks.iter().all(|task| task.desired == "remove"), "no task that is wanted", tasks)
}

/// A stack that is taken down while its tasks are still coming up does not come back.
pub async fn down_during_a_start_leaves_nothing(subject: &Subject<'_>) -> Result<(), Broken> {
    let spec = whole_stack(&subject.stack_name()?, &subject.image, b"s", b"c");
    for moment in [None, Some("volume"), Some("container")] {
        let mut watch = Watch::begin(subject).await?;
        subject.deploy(&spec).await?;
        if let Some(kind) = moment {
            let prefix = spec.name.as_str();
            watch
                .event("the first thing of a task", |event| {
                    event.kind == kind
                        && event.action == "create"
                        && (event.id.starts_with(prefix)
                            || event.attributes.get("name").is_some_and(|n| n.starts_with(prefix)))
                })
                .await?;
        }
        let down = stack::down(subject.engine, &subject.mine(), Duration::from_secs(30)).await?;
        ensure(down.left.is_empty(), "nothing left", &down)?;
        watch
            .until("the end of all tasks", async |engine, mine| {
                Ok(engine.tasks(mine).await?.is_empty().then_some(()))
            })
            .await?;
        let left = subject.engine.inventory(&subject.mine()).await?;
        ensure(left.is_empty(), &format!("nothing that came later (moment {moment:?})"), left)?;
    }
    Ok(())
}

/// A creation whose caller goes away has ended before `down` looks: nothing comes later.
pub async fn down_waits_for_creations(subject: &Subject<'_>) -> Result<(), Broken> {
    let engine = subject.engine;
    // Asked once, then dropped, as by a step that is cancelled.
    let _ = engine.start_container(&subject.own("seen")).now_or_never();
    engine.creations_ended().await;
    let seen = engine.container(&subject.name("seen")).await?;
    ensure(seen.state == "running", "a container that was carried out to its end", seen)?;
    let _ = engine.start_container(&subject.own("late")).now_or_never();
    let down = stack::down(engine, &subject.mine(), Duration::from_secs(30)).await?;
    ensure(down.left.is_empty(), "nothing left", &down)?;
    engine.creations_ended().await;
    let left = engine.inventory(&subject.mine()).await?;
    ensure(left.is_empty(), "nothing that came later", left)
}

/// One object that cannot go does not keep the others: they go, it is named, and so is why.
pub async fn down_reports_and_goes_on(subject: &Subject<'_>) -> Result<(), Broken> {
    let engine = subject.engine;
    let unit = subject.name("unit");
    let mut labels = subject.labels();
    labels.push((LABEL_UNIT.to_owned(), unit.clone()));
    // A container that is not of the unit holds a volume that is.
    for what in ["held", "free"] {
        let volume = cc_ci_model::VolumeSpec { name: subject.name(what), ..Default::default() };
        engine.create_volume(&volume, &labels).await?;
    }
    let mount = crate::Mount {
        source: subject.name("held"),
        target: "/mnt/held".to_owned(),
        read_only: false,
    };
    let holder = ContainerSpec { mounts: vec![mount], ..subject.own("holder") };
    engine.start_container(&holder).await?;

    let of_unit = Selector::label(LABEL_UNIT, &unit);
    let down = stack::down(engine, &of_unit, Duration::from_millis(300)).await?;
    let left: Vec<_> = down.left.iter().map(|object| object.name.clone()).collect();
    ensure(left == [subject.name("held")], "the held volume alone", &down)?;
    let why = down.errors.iter().any(|error| matches!(error, EngineError::Conflict { .. }));
    ensure(why, "the conflict", &down)?;
    let state = engine.container(&holder.name).await?;
    ensure(state.state == "running", "the container that is not of the unit", state)
}
