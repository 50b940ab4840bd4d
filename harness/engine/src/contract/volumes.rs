//! Promises about volumes.

use cc_ci_model::VolumeSpec;

use super::broken::{Broken, ensure, ensure_conflict};
use super::build::whole_stack;
use super::subject::Subject;
use crate::{ContainerSpec, ExecSpec, Mount, Object, ObjectKind};

/// What a task wrote into a volume is there for the task after it, and what it wrote beside is not.
pub async fn a_volume_survives_its_task(subject: &Subject<'_>) -> Result<(), Broken> {
    let spec = whole_stack(&subject.stack_name()?, &subject.image, b"s", b"c");
    let (mut watch, first) = subject.run(&spec).await?;
    let (node, container) = subject.there(&first).await?;
    for path in ["/data/kept", "/tmp/lost"] {
        let exec = ExecSpec::new(["tee", path]).input("written");
        let output = node.exec(container, &exec).await?;
        ensure(output.ok(), &format!("{path} is written"), output)?;
    }
    node.kill(container, "SIGKILL").await?;
    let second = watch
        .task("another running task", |task| {
            task.id != first.id && task.state == "running" && task.desired == "running"
        })
        .await?;
    let (node, container) = subject.there(&second).await?;
    let kept = node.exec(container, &ExecSpec::new(["cat", "/data/kept"])).await?;
    ensure(kept.stdout == b"written", "the file in the volume", kept)?;
    let lost = node.exec(container, &ExecSpec::new(["cat", "/tmp/lost"])).await?;
    ensure(lost.exit_code == 1, "no file beside the volume", lost)
}

/// A volume of another creator is not taken for a new one, and stays as it is.
pub async fn a_volume_of_another_is_not_taken(subject: &Subject<'_>) -> Result<(), Broken> {
    let (engine, mut labels) = (subject.engine, subject.labels());
    let volume = VolumeSpec { name: subject.name("foreign"), ..VolumeSpec::default() };
    engine.create_volume(&volume, &labels).await?;
    let before = subject.object(ObjectKind::Volume, &volume.name).await?;
    labels.push(("cc-ci.another".to_owned(), "1".to_owned()));
    ensure_conflict("a volume", engine.create_volume(&volume, &labels).await)?;
    let after = subject.object(ObjectKind::Volume, &volume.name).await?;
    ensure(after == before, "the same volume", (before, after.clone()))?;
    // A list of volumes can be older than the volume that has one of their names now.
    let stale = Object { created: "2001-01-01T00:00:00Z".to_owned(), ..after.clone() };
    engine.remove(&stale).await?;
    let kept = subject.object(ObjectKind::Volume, &volume.name).await?;
    ensure(kept == after, "the volume of another time", kept)?;
    engine.remove(&after).await?;
    let gone = subject.object(ObjectKind::Volume, &volume.name).await;
    ensure(gone.is_err(), "no volume", gone)
}

/// Creating a volume again is no error and leaves it as it is; a container of our own sees it.
pub async fn a_volume_is_created_once(subject: &Subject<'_>) -> Result<(), Broken> {
    let (engine, labels) = (subject.engine, subject.labels());
    let volume = VolumeSpec { name: subject.name("volume"), ..VolumeSpec::default() };
    engine.create_volume(&volume, &labels).await?;
    let mount =
        Mount { source: volume.name.clone(), target: "/mnt/data".to_owned(), read_only: false };
    let spec = ContainerSpec { mounts: vec![mount], ..subject.own("holder") };
    let id = engine.start_container(&spec).await?;
    let exec = ExecSpec::new(["tee", "/mnt/data/file"]).input("1");
    ensure(engine.exec(&id, &exec).await?.ok(), "a file in the volume", &exec)?;

    let other = VolumeSpec { labels: [("new".to_owned(), "1".to_owned())].into(), ..volume };
    engine.create_volume(&other, &labels).await?;
    let found = subject.object(ObjectKind::Volume, &other.name).await?;
    ensure(!found.labels.contains_key("new"), "the labels of the first time", &found)?;
    ensure(found.id == found.name, "a volume whose id is its name", &found)?;
    let output = engine.exec(&id, &ExecSpec::new(["cat", "/mnt/data/file"])).await?;
    ensure(output.stdout == b"1", "the file of the first time", output)
}
