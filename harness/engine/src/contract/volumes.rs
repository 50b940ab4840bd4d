//! Promises about volumes.

use cc_ci_model::VolumeSpec;

use super::broken::{Broken, ensure};
use super::build::whole_stack;
use super::subject::{Subject, container_of};
use crate::{ContainerSpec, ExecSpec, Mount, ObjectKind};

/// What a task wrote into a volume is there for the task after it, and what it wrote beside is not.
pub async fn a_volume_survives_its_task(subject: &Subject<'_>) -> Result<(), Broken> {
    let spec = whole_stack(&subject.stack_name()?, &subject.image, b"s", b"c");
    let (mut watch, first) = subject.run(&spec).await?;
    let container = container_of(&first)?;
    for path in ["/data/kept", "/tmp/lost"] {
        let exec = ExecSpec::new(["tee", path]).input("written");
        let output = subject.engine.exec(container, &exec).await?;
        ensure(output.ok(), &format!("{path} is written"), output)?;
    }
    subject.engine.kill(container, "SIGKILL").await?;
    let second = watch
        .task("another running task", |task| {
            task.id != first.id && task.state == "running" && task.desired == "running"
        })
        .await?;
    let container = container_of(&second)?;
    let kept = subject.engine.exec(container, &ExecSpec::new(["cat", "/data/kept"])).await?;
    ensure(kept.stdout == b"written", "the file in the volume", kept)?;
    let lost = subject.engine.exec(container, &ExecSpec::new(["cat", "/tmp/lost"])).await?;
    ensure(lost.exit_code == 1, "no file beside the volume", lost)
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
