//! Promises about containers of our own.

use super::broken::{Broken, ensure, ensure_conflict, ensure_not_found};
use super::subject::Subject;
use crate::{ContainerDisk, ContainerSpec, EngineError, ExecSpec, ObjectKind, OwnLimits, Selector};

/// A container of our own joins a stack's network, and leaves the network removable when it goes.
pub async fn a_container_joins_a_network(subject: &Subject<'_>) -> Result<(), Broken> {
    let spec = subject.stack(|_| {})?;
    subject.run(&spec).await?;
    let network = format!("{}_default", spec.name);
    let id = subject.engine.start_container(&subject.own("guest")).await?;
    let before = subject.engine.container(&id).await?;
    ensure(!before.addresses.contains_key(&network), "not yet in the network", &before)?;

    subject.engine.connect(&id, &network, &["guest".to_owned()]).await?;
    let after = subject.engine.container(&id).await?;
    let address = after.addresses.get(&network);
    ensure(address.is_some_and(|a| !a.is_empty()), "an address in the network", &after)?;
    ensure(after.state == "running" && after.pid > 0, "a running process", &after)?;

    let missing = subject.name("nowhere");
    ensure_not_found("a missing network", subject.engine.connect(&id, &missing, &[]).await)?;
    ensure_not_found("a missing container", subject.engine.connect(&missing, &network, &[]).await)
}

/// A second container of a name is refused, and the first one stays.
pub async fn a_container_name_is_unique(subject: &Subject<'_>) -> Result<(), Broken> {
    let spec = subject.own("twin");
    let id = subject.engine.start_container(&spec).await?;
    ensure_conflict("a second container", subject.engine.start_container(&spec).await)?;
    let found = subject.engine.container(&spec.name).await?;
    ensure(found.id == id && found.state == "running", "the first container", found)
}

/// A container that cannot be started is not left behind.
pub async fn a_refused_start_leaves_nothing(subject: &Subject<'_>) -> Result<(), Broken> {
    let image = ContainerSpec { image: "cc-ci.invalid/none:1".to_owned(), ..subject.own("image") };
    ensure_not_found("a missing image", subject.engine.start_container(&image).await)?;
    let network =
        ContainerSpec { networks: vec![subject.name("nowhere")], ..subject.own("network") };
    ensure_not_found("a missing network", subject.engine.start_container(&network).await)?;
    let left = subject.engine.inventory(&subject.mine()).await?;
    ensure(left.is_empty(), "no container", left)
}

/// Every container of our own has limits: those that it names, else the engine's standard. Those of a
/// service reach its tasks' containers.
pub async fn a_limit_reaches_its_container(subject: &Subject<'_>) -> Result<(), Broken> {
    let own = subject.engine.start_container(&subject.own("standard")).await?;
    let own = subject.engine.container(&own).await?;
    ensure(own.memory_limit > 0 && own.pids_limit > 0, "standard limits", &own)?;

    let limits = OwnLimits { memory_bytes: 64 << 20, pids: 17 };
    let spec = ContainerSpec { limits: Some(limits), ..subject.own("named") };
    let named = subject.engine.start_container(&spec).await?;
    let named = subject.engine.container(&named).await?;
    let found = OwnLimits { memory_bytes: named.memory_limit, pids: named.pids_limit };
    ensure(found == limits, "the named limits", &named)?;

    let spec = subject.stack(|service| {
        service.resources.limit_memory_bytes = Some(64 << 20);
        service.resources.limit_pids = Some(33);
    })?;
    let (_, task) = subject.run(&spec).await?;
    let (node, container) = subject.there(&task).await?;
    let task = node.container(container).await?;
    ensure(task.memory_limit == 64 << 20 && task.pids_limit == 33, "the task's limits", &task)
}

/// What a container writes into its own layer is counted; containers of others are not.
pub async fn a_written_file_takes_disk(subject: &Subject<'_>) -> Result<(), Broken> {
    const BYTES: usize = 300_000;
    let id = subject.engine.start_container(&subject.own("writer")).await?;
    let before = only(&subject.engine.disk(&subject.mine()).await?)?;
    ensure(before.id == id && before.running, "the running container", &before)?;
    let exec = ExecSpec::new(["tee", "/tmp/large"]).input(vec![b'x'; BYTES]);
    subject.engine.exec(&id, &exec).await?;
    let after = only(&subject.engine.disk(&subject.mine()).await?)?;
    ensure(after.bytes >= before.bytes + BYTES as u64, "what was written", (before, after))
}

fn only(found: &[ContainerDisk]) -> Result<ContainerDisk, Broken> {
    match found {
        [one] => Ok(one.clone()),
        _ => Err(Broken::Promise {
            expected: "one container".to_owned(),
            found: format!("{found:?}"),
        }),
    }
}

/// A file from an archive is in the container; a folder that is not there is an error.
pub async fn a_file_is_put(subject: &Subject<'_>) -> Result<(), Broken> {
    let id = subject.engine.start_container(&subject.own("box")).await?;
    subject.engine.put(&id, "/tmp", archive("note.txt", b"hello")?).await?;
    let output = subject.engine.exec(&id, &ExecSpec::new(["cat", "/tmp/note.txt"])).await?;
    ensure(output.stdout == b"hello", "the file's content", output)?;
    let refused = subject.engine.put(&id, "/no/such/folder", archive("x", b"x")?).await;
    ensure_not_found("a missing folder", refused)
}

/// What is asked about a container that is not there is "not found".
pub async fn what_is_not_there_is_not_found(subject: &Subject<'_>) -> Result<(), Broken> {
    let (engine, none) = (subject.engine, subject.name("none"));
    ensure_not_found("container", engine.container(&none).await)?;
    ensure_not_found("exec", engine.exec(&none, &ExecSpec::new(["true"])).await)?;
    ensure_not_found("logs", engine.logs(&none, 10).await)?;
    ensure_not_found("stats", engine.stats(&none).await)?;
    ensure_not_found("kill", engine.kill(&none, "SIGKILL").await)?;
    ensure_not_found("put", engine.put(&none, "/tmp", archive("x", b"x")?).await)?;
    let spec = subject.stack(|service| service.networks.clear())?;
    let object =
        crate::stack::service_object(&spec, "app", &spec.services["app"], &subject.labels());
    ensure_not_found("update_service", engine.update_service(&object).await)?;
    let nobody = Selector::label(crate::LABEL_RUN, &none);
    let containers = engine.containers(&nobody).await?;
    ensure(containers.is_empty(), "no container under an unknown label", containers)?;
    let left = subject.kinds().await?;
    ensure(!left.contains_key(&ObjectKind::Service), "no service", left)
}

/// A tar archive of one file.
fn archive(name: &str, content: &[u8]) -> Result<Vec<u8>, Broken> {
    let failed = |error: std::io::Error| {
        let (action, message) = (format!("pack {name}"), error.to_string());
        EngineError::Refused { action, status: None, message }
    };
    let mut header = tar::Header::new_gnu();
    header.set_size(content.len() as u64);
    header.set_mode(0o644);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, name, content).map_err(failed)?;
    Ok(builder.into_inner().map_err(failed)?)
}
