//! Hooks, snapshot and dump proofs.

use cc_ci_backup::{
    BackupPlan, HookError, HookMoment, ResticError, mark, run_hook, running_container, stray_dumps,
    watch_dumps,
};
use cc_ci_engine::Placed;
use cc_ci_model::{Event, EvidenceKind, Facts, Fault, Observed};

use super::{checks, coverage, dumps};
use crate::bench::{Bench, Stop};
use crate::converge::{Watch, before, converge};
use crate::judge::Expected;
use crate::last_words::error_line;
use crate::life::Life;
use crate::phases::{Backup, Repository, hooked};
use crate::proof;
use crate::refine::refine_hook;
use crate::stretch::Fixed;
use cc_ci_journal::EvidenceStore;

/// True where the recipe asks for a backup; broken labels ask for one too.
pub(super) fn asked_for(life: &Life<'_>) -> bool {
    !matches!(BackupPlan::read(life.spec()), Ok(None))
}

pub(super) async fn run(bench: &Bench<'_>, life: &mut Life<'_>) -> Result<(), Stop> {
    let engine = bench.world.site.engine.clone();
    let labels = async {
        let plan = BackupPlan::read(life.spec())?;
        if plan.as_ref().is_some_and(|plan| plan.volumes.is_empty()) {
            let detail = "a backup is asked for, but no volume is left to save".to_owned();
            return Err(Fault::BackupLabels { detail }.into());
        }
        Ok(plan)
    };
    let Some(plan) = bench.check("labels_readable", labels).await? else { return Ok(()) };

    let (key, removed) = (life.nonce("bk"), life.nonce("rm"));
    let writing = proof::write_saved(bench, life, (&key, &removed));
    let emptied = bench.check("canary_data_written", writing).await?;
    // A hook must not be sent into a container that Swarm is about to replace.
    bench.check("services_settled", settled(bench, life)).await?;

    bench.waiting("backup hooks and snapshot");
    let toolbox = life.toolbox()?.clone();
    let watch = watch_dumps(engine.as_ref(), &toolbox).await?;
    let marked = mark_containers(bench, life, &plan).await?;
    bench.check("pre_hooks_succeed", hooks(bench, life, &plan, HookMoment::BeforeBackup)).await?;
    let strays = strays(marked).await?;
    let making = std::mem::take(&mut life.repository);
    let created = async { Ok(making.created().await?) };
    let restic = bench.check("repository_created", created).await?;
    life.repository = Repository::Made(restic.clone());
    let dumps = dumps::readable(bench, life, (&plan, strays, &key), watch).await?;
    let taken = bench
        .check("snapshot_taken", async {
            let tags = [bench.world.run.to_string(), bench.unit.to_string()];
            let taken = restic.backup((engine.as_ref(), &toolbox), &plan, &tags).await;
            let taken = taken.map_err(|error| Stop::Fault(error.fault()))?;
            bench.say(Event::Snapshot {
                id: taken.id.clone(),
                files: taken.files,
                bytes: taken.bytes,
                volumes: plan.volumes.iter().map(|volume| volume.key.clone()).collect(),
            });
            if taken.files == 0 {
                let detail = "the snapshot holds no file at all".to_owned();
                return Err(Fault::BackupLabels { detail }.into());
            }
            Ok(taken)
        })
        .await?;
    let verified = async {
        let checked = restic.check((engine.as_ref(), &toolbox)).await;
        if let Some(code) = exit_code(&checked) {
            let facts = Facts::default().with("exit code of restic check", 0, code);
            bench.observe("snapshot_verified", Observed::Facts(facts));
        }
        checked.map_err(|error| Stop::Fault(error.fault()))
    };
    let covered = coverage::covered(bench, life, &plan, !dumps.is_empty());
    bench.check("volumes_covered", covered).await?;
    tokio::try_join!(
        bench.check("snapshot_verified", verified),
        bench.check("post_hooks_succeed", hooks(bench, life, &plan, HookMoment::AfterBackup)),
    )?;
    let removed = (removed, emptied);
    let hooked = hooked(&plan);
    life.backup = Some(Backup { restic, plan, snapshot: taken.id, dumps, key, removed, hooked });
    checks(bench, life).await
}

/// The exit code with which restic ended; nothing where the engine did not run it to its end.
pub(super) fn exit_code(ended: &Result<(), ResticError>) -> Option<i64> {
    match ended {
        Ok(()) => Some(0),
        Err(ResticError::Failed { exit_code, .. }) => Some(*exit_code),
        Err(ResticError::Unreadable { .. } | ResticError::Engine(_)) => None,
    }
}

/// Marks the containers in which a pre-hook will run, so that what it leaves outside of every volume
/// is found; service and container of each.
async fn mark_containers(
    bench: &Bench<'_>,
    life: &Life<'_>,
    plan: &BackupPlan,
) -> Result<Vec<(String, Placed)>, Stop> {
    let engine = bench.world.site.engine.as_ref();
    let mut marked = Vec::new();
    for hook in plan.hooks(HookMoment::BeforeBackup) {
        if let Some(container) = running_container(engine, life.stack(), &hook.service).await? {
            mark(&container).await?;
            marked.push((hook.service.clone(), container));
        }
    }
    Ok(marked)
}

/// Dumps that the pre-hooks left in a container's own layer, as `service:/path`.
async fn strays(marked: Vec<(String, Placed)>) -> Result<Vec<String>, Stop> {
    let mut strays = Vec::new();
    for (service, container) in marked {
        let found = stray_dumps(&container).await?;
        strays.extend(found.into_iter().map(|path| format!("{service}:{path}")));
    }
    Ok(strays)
}

/// Waits until nothing is updating.
async fn settled(bench: &Bench<'_>, life: &Life<'_>) -> Result<(), Stop> {
    let engine = bench.world.site.engine.as_ref();
    let mut watch = Watch::open(&bench.world.site).await?;
    // An update in progress is no old news here: it is what is waited for.
    let check = Some("services_settled");
    let expected =
        Expected { before: Default::default(), check, ..before(engine, life.spec()).await? };
    let limits = (life.plan.suite.timeouts.deploy, std::time::Duration::ZERO);
    converge(bench, &mut watch, life.spec(), &expected, limits).await.map(drop)
}

/// Runs the hooks of one moment, one after the other; the first that fails ends them. The answer is a sentence
/// for each that succeeded and printed an error: `psql` ends with 0 where every statement failed.
pub(super) async fn hooks(
    bench: &Bench<'_>,
    life: &Life<'_>,
    plan: &BackupPlan,
    moment: HookMoment,
) -> Result<Vec<String>, Stop> {
    let mut complaints = Vec::new();
    for hook in plan.hooks(moment) {
        let limit = Fixed::ahead(bench, "a hook", life.plan.suite.timeouts.hook);
        let engine = bench.world.site.engine.as_ref();
        let ran = run_hook(engine, life.stack(), hook, limit.limit()).await;
        drop(limit);
        let output = match ran {
            Ok(output) => output,
            Err(HookError::Engine(error)) => return Err(error.into()),
            Err(HookError::NoContainer { service, seconds }) => {
                let waiting_for = format!("a running container of {service} for its hook");
                return Err(Fault::Deadline { seconds, waiting_for }.into());
            }
        };
        let said = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
        let name = format!("{} {}", hook.service, moment.label());
        let evidence =
            (!said.is_empty()).then(|| bench.world.journal.keep(EvidenceKind::Exec, &name, &said));
        let (service, label) = (hook.service.clone(), moment.label().to_owned());
        let exit_code = output.exit_code;
        bench.say(Event::HookRan { service, hook: label, exit_code, evidence });
        if !output.ok() {
            let fault = Fault::HookFailed {
                service: hook.service.clone(),
                hook: moment.label().to_owned(),
                exit_code,
                // Cleaned before it is cut: a cut value is no value any more.
                output: last_lines(&bench.world.journal.redactor().clean_text(&output.complaint())),
            };
            let engine = bench.world.site.engine.as_ref();
            return Err(refine_hook(engine, life.spec(), fault).await.into());
        }
        let said = String::from_utf8_lossy(&said);
        if let Some(line) = error_line(&bench.world.journal.redactor().clean_text(&said)) {
            let (service, label) = (&hook.service, moment.label());
            complaints.push(format!("{label} of service {service} ended with 0 and said: {line}"));
        }
    }
    Ok(complaints)
}

/// The end of an output, short enough for a sentence; all of it is kept as evidence.
fn last_lines(text: &str) -> String {
    const MOST: usize = 400;
    let lines: Vec<_> = text.lines().rev().take(3).collect();
    let said = lines.into_iter().rev().collect::<Vec<_>>().join(" | ");
    let skip = said.chars().count().saturating_sub(MOST);
    said.chars().skip(skip).collect()
}
