//! Promises about services and their tasks.

use cc_ci_model::{Attachment, FileRef, RestartCondition, RestartPolicy};

use super::broken::{Broken, ensure, ensure_not_found};
use super::subject::Subject;
use super::watch::Watch;
use crate::stack::service_object;

/// Tasks that fail are kept with exit code and the engine's words, and new ones come.
pub async fn a_crash_loop_shows_its_exit_codes(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut watch = Watch::begin(subject).await?;
    subject.deploy(&subject.stack(|service| service.command = Some(sh("exit 3")))?).await?;
    let failed = watch
        .until("two failed tasks", async |engine, mine| {
            let tasks = engine.tasks(mine).await?;
            let failed: Vec<_> = tasks.into_iter().filter(|t| t.state == "failed").collect();
            Ok((failed.len() >= 2).then_some(failed))
        })
        .await?;
    for task in &failed {
        ensure(task.exit_code == Some(3), "exit code 3", task)?;
        ensure(task.error.contains("exit (3)"), "an error that names the exit code", task)?;
        ensure(task.is_over() && task.slot == 1, "an ended task of the first copy", task)?;
    }
    // As dates, not as text: an engine leaves out zeros at the end of a fraction.
    let created: Vec<_> =
        failed.iter().map(|task| task.created.parse::<jiff::Timestamp>().ok()).collect();
    ensure(created[0].is_some() && created.is_sorted(), "dates, oldest task first", &failed)
}

/// A service whose tasks end with 0 and are not started again is reported as completed.
pub async fn a_one_shot_completes(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut watch = Watch::begin(subject).await?;
    let spec = subject.stack(|service| {
        service.command = Some(vec!["true".to_owned()]);
        service.restart = Some(RestartPolicy {
            condition: Some(RestartCondition::OnFailure),
            ..RestartPolicy::default()
        });
    })?;
    subject.deploy(&spec).await?;
    let task = watch.task("a completed task", |task| task.state == "complete").await?;
    ensure(task.exit_code == Some(0) && task.error.is_empty(), "exit code 0, no error", &task)?;
    let services = subject.engine.services(&subject.mine()).await?;
    ensure(services.iter().all(|service| service.one_shot), "a one-shot service", services)?;
    let tasks = subject.engine.tasks(&subject.mine()).await?;
    ensure(tasks.len() == 1, "no second task", tasks)
}

/// A task whose image is not on the node and cannot be pulled is rejected: it never had a process.
pub async fn a_missing_image_rejects_the_task(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut watch = Watch::begin(subject).await?;
    let image = format!("cc-ci.invalid/{}:1", subject.name("none"));
    subject.deploy(&subject.stack(|service| service.image.clone_from(&image))?).await?;
    let task = watch.task("a rejected task", |task| task.state == "rejected").await?;
    ensure(task.exit_code.is_none(), "no exit code", &task)?;
    ensure(task.container.is_none(), "no container", &task)?;
    ensure(!task.error.is_empty(), "the engine's words", &task)?;
    ensure(task.image == image, "the image as it was asked for", &task)
}

/// A service that names a network, secret or config that is not there is not created.
pub async fn a_service_needs_what_it_names(subject: &Subject<'_>) -> Result<(), Broken> {
    let file = |target: &str| FileRef {
        source: subject.name("nowhere"),
        target: target.to_owned(),
        uid: "0".to_owned(),
        gid: "0".to_owned(),
        mode: 0o444,
    };
    let plain = subject.stack(|service| service.networks.clear())?;
    let mut cases = [plain.clone(), plain.clone(), plain];
    for (case, spec) in cases.iter_mut().enumerate() {
        let Some(service) = spec.services.get_mut("app") else { continue };
        match case {
            0 => service.secrets.push(file("x")),
            1 => service.configs.push(file("/x")),
            _ => service.networks.push(Attachment {
                network: subject.name("nowhere"),
                aliases: Vec::new(),
                options: Default::default(),
            }),
        }
        let object = service_object(spec, "app", &spec.services["app"], &subject.labels());
        let doing = ["a missing secret", "a missing config", "a missing network"][case];
        ensure_not_found(doing, subject.engine.create_service(&object).await)?;
    }
    let left = subject.engine.inventory(&subject.mine()).await?;
    ensure(left.is_empty(), "no service", left)
}

/// A killed task is told with its exit code, and a new one takes its place.
pub async fn killed_tasks_come_back(subject: &Subject<'_>) -> Result<(), Broken> {
    let (mut watch, task) = subject.run(&subject.stack(|_| {})?).await?;
    let (node, container) = subject.there(&task).await?;
    node.kill(container, "SIGKILL").await?;
    let died = watch.event("the container died", |event| {
        event.kind == "container" && event.action == "die" && event.id == container
    });
    let died = died.await?;
    let code = died.attributes.get("exitCode").map(String::as_str);
    ensure(code == Some("137"), "exit code 137 in the event", &died)?;
    let next = watch
        .task("another running task", |t| {
            t.id != task.id && t.state == "running" && t.desired == "running"
        })
        .await?;
    ensure(next.slot == task.slot, "the same copy", &next)?;
    let old = watch.task("the killed task", |t| t.id == task.id && t.is_over()).await?;
    ensure(old.exit_code == Some(137), "exit code 137", &old)?;
    // What has ended already can be killed again without an error.
    Ok(node.kill(container, "SIGKILL").await?)
}

/// A command line for a shell.
pub(super) fn sh(script: &str) -> Vec<String> {
    vec!["/bin/sh".to_owned(), "-c".to_owned(), script.to_owned()]
}
