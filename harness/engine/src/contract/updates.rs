//! Promises about updates.

use cc_ci_model::{FailureAction, StackSpec, UpdatePolicy};

use super::broken::{Broken, ensure};
use super::services::sh;
use super::subject::Subject;
use super::watch::Watch;
use crate::{ExecSpec, ServiceState, UpdateState};

/// Watches a new task for a second only; Swarm's default is five.
const MONITOR_NS: u64 = 1_000_000_000;

/// An update brings a new label, a new task with the new environment, and says that it is done.
pub async fn an_update_moves_label_and_environment(subject: &Subject<'_>) -> Result<(), Broken> {
    let (mut watch, old) = subject.run(&version(subject, "1", FailureAction::Pause)?).await?;
    let before = subject.engine.services(&subject.mine()).await?;
    ensure(before.iter().all(|s| s.update.is_none()), "no update yet", &before)?;

    subject.deploy(&version(subject, "2", FailureAction::Pause)?).await?;
    let state = settled(&mut watch, UpdateState::Completed).await?;
    ensure(label(&state) == Some("2"), "the new label", &state)?;
    ensure(state.version > before[0].version, "a higher version index", &state)?;
    ensure(state.update_started.is_some(), "when the update began", &state)?;

    let new = watch.running().await?;
    ensure(new.id != old.id, "a new task", &new)?;
    let (node, container) = subject.there(&new).await?;
    let printed = node.exec(container, &ExecSpec::new(["printenv", "VERSION"])).await?;
    ensure(printed.text() == "2", "the new environment", printed)?;
    let old = watch.task("the old task", |task| task.id == old.id).await?;
    ensure(old.desired == "shutdown" && old.is_over(), "the old task is over", old)
}

/// New tasks fail, the policy says roll back: the old specification is there again, with its label.
pub async fn a_failed_update_is_taken_back(subject: &Subject<'_>) -> Result<(), Broken> {
    let good = version(subject, "1", FailureAction::Rollback)?;
    let (mut watch, _) = subject.run(&good).await?;
    let mut bad = version(subject, "2", FailureAction::Rollback)?;
    if let Some(service) = bad.services.get_mut("app") {
        service.command = Some(sh("exit 7"));
    }
    subject.deploy(&bad).await?;
    watch
        .event("the roll-back began", |event| {
            event.kind == "service"
                && event.attributes.get("updatestate.new").is_some_and(|s| s == "rollback_started")
        })
        .await?;
    let state = settled(&mut watch, UpdateState::RollbackCompleted).await?;
    ensure(label(&state) == Some("1"), "the old label", &state)?;
    let task = watch.running().await?;
    let (node, container) = subject.there(&task).await?;
    let printed = node.exec(container, &ExecSpec::new(["printenv", "VERSION"])).await?;
    ensure(printed.text() == "1", "the old environment", printed)?;
    let failed = watch.task("the failed task", |task| task.state == "failed").await?;
    ensure(failed.exit_code == Some(7), "the exit code of the new version", failed)
}

/// New tasks fail, the policy says pause: the update stands still, and the new label stays.
pub async fn a_failed_update_is_paused(subject: &Subject<'_>) -> Result<(), Broken> {
    let (mut watch, _) = subject.run(&version(subject, "1", FailureAction::Pause)?).await?;
    let mut bad = version(subject, "2", FailureAction::Pause)?;
    if let Some(service) = bad.services.get_mut("app") {
        service.command = Some(sh("exit 7"));
    }
    subject.deploy(&bad).await?;
    let state = settled(&mut watch, UpdateState::Paused).await?;
    ensure(label(&state) == Some("2"), "the new label", &state)?;
    ensure(state.update_message.contains("paused"), "the engine's words", &state)
}

/// A label of the service alone is written without an update: the task stays.
pub async fn a_label_alone_starts_no_task(subject: &Subject<'_>) -> Result<(), Broken> {
    let mut spec = version(subject, "1", FailureAction::Pause)?;
    let (mut watch, old) = subject.run(&spec).await?;
    if let Some(service) = spec.services.get_mut("app") {
        service.labels.insert("version".to_owned(), "2".to_owned());
    }
    subject.deploy(&spec).await?;
    watch
        .until("the new label", async |engine, mine| {
            Ok(engine.services(mine).await?.into_iter().find(|s| label(s) == Some("2")))
        })
        .await?;
    let tasks = subject.engine.tasks(&subject.mine()).await?;
    ensure(tasks.len() == 1 && tasks[0].id == old.id, "the same task alone", tasks)
}

fn version(
    subject: &Subject<'_>,
    version: &str,
    action: FailureAction,
) -> Result<StackSpec, Broken> {
    let policy = UpdatePolicy { monitor_ns: Some(MONITOR_NS), ..UpdatePolicy::default() };
    subject.stack(|service| {
        service.labels.insert("version".to_owned(), version.to_owned());
        service.environment.insert("VERSION".to_owned(), Some(version.to_owned()));
        service.rollback = Some(policy.clone());
        service.update = Some(UpdatePolicy { failure_action: Some(action), ..policy });
    })
}

fn label(service: &ServiceState) -> Option<&str> {
    service.labels.get("version").map(String::as_str)
}

async fn settled(watch: &mut Watch<'_>, wanted: UpdateState) -> Result<ServiceState, Broken> {
    let what = format!("an update that is {wanted:?}");
    watch
        .until(&what, async |engine, mine| {
            Ok(engine.services(mine).await?.into_iter().find(|s| s.update == Some(wanted)))
        })
        .await
}
