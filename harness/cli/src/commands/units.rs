//! Carries out a set of units and writes its reports: what run, rerun and nightly have in common.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cc_ci_engine::{Engine, stack};
use cc_ci_journal::{Journal, Redactor, SystemClock, read_events};
use cc_ci_lease::{Lease, objects};
use cc_ci_lock::Place;
use cc_ci_model::{Record, RunId};
use cc_ci_node::infra::writer;
use cc_ci_report::{Places, Run, Target, exit, summary, write_all};
use cc_ci_runner::{RunRequest, Runner, SystemEntropy};
use jiff::Timestamp;

use super::Context;
use super::history;
use super::record::{Early, rescued};
use crate::args::Output;
use crate::error::{CliError, Kind};
use crate::node::{Node, writable};
use crate::{green, program, progress, reaper, settings};

/// How a run is to be carried out.
pub(crate) struct Job {
    pub(crate) run: RunId,
    pub(crate) phase: String,
    pub(crate) request: RunRequest,
    pub(crate) keep: bool,
    pub(crate) output: Output,
    /// Start a process that removes what is left where this one is killed.
    pub(crate) reaper: bool,
    /// True where the backlog belongs to the project's pages and not to this run alone.
    pub(crate) publish: bool,
}

/// A name for a new run: sorted by time, unique among runs of one second.
pub(crate) fn new_run() -> Result<RunId, CliError> {
    cc_ci_runner::new_run(Timestamp::now(), &SystemEntropy).map_err(CliError::bug)
}

/// Carries out the job; the answer is the exit code.
pub(crate) async fn carry_out(context: &Context<'_>, job: Job) -> Result<u8, CliError> {
    carried_out(context, job).await.map(|(code, _)| code)
}

/// As [`carry_out`], with what happened.
pub(crate) async fn carried_out(
    context: &Context<'_>,
    mut job: Job,
) -> Result<(u8, Vec<Record>), CliError> {
    let Context { settings, printer, cancel, .. } = context;
    let out = match &job.output.out {
        Some(out) => out.clone(),
        None => {
            let runs = settings.runs()?;
            hide_from_git(&runs);
            runs.join(job.run.as_str())
        }
    };
    let docs = docs(settings, &job, &out);
    refuse_old_run(&out)?;
    let early = Early::of(&job);
    let commit = settings.commit;
    let known = tokio::task::spawn_blocking(move || program::known(commit));
    let begun = begin(context, &job.run, (&out, &docs)).await;
    let (node, lease) = begun.map_err(|error| early.failed(context, error))?;
    if job.reaper
        && let Err(error) = reaper::start(settings, &job.run)
    {
        printer.talk(&format!("warning: no reaper: {error}; after a kill, run `cc-ci reap`"));
    }
    let (watcher, shown) = progress::show(*printer);
    let clock = Arc::new(SystemClock);
    let journal = Journal::create(&out, clock, Some(watcher), cancel.clone());
    let journal = match journal {
        Ok(journal) => journal,
        Err(error) => {
            // Nothing was created, so nothing is left but the lease.
            let _ = lease.end(false).await;
            return Err(early.failed(context, CliError::of_file(error)));
        }
    };
    let world = node.world(&job.run, &job.phase, journal.clone(), cancel.clone(), job.keep);
    job.request.program = known.await.unwrap_or_default();
    Runner::new(world).run(&job.request).await;
    if answers(node.engine.as_ref()).await {
        settle(context, &node, lease, &job).await;
    } else {
        printer.talk("the engine does not answer; `cc-ci reap` removes what is left once it does");
    }
    let records = journal.records();
    let error = journal.take_error();
    let redactor = journal.redactor();
    drop(journal);
    // The watcher sits in the journal; when that is gone the display has seen everything.
    let _ = shown.await;
    if let Some(error) = error {
        let error =
            CliError::new(Kind::Machine, error).hint("is the disk full, or the folder gone?");
        return Err(rescued(context, (&job.run, &job.output), records, &redactor, error));
    }
    if job.output.out.is_none() {
        mark_latest(settings, &out);
    }
    let run = Run::from_records(&records).map_err(CliError::bug)?;
    if let Some(why) = history::remember(settings, &out, &records) {
        printer.talk(&format!("hint: the run is not in the history: {why}"));
    }
    for warning in green::remember(settings, &records, &run) {
        printer.talk(&format!("warning: {warning}"));
    }
    let places = (out.as_path(), docs.as_path());
    let code = report(context, &run, places, job.output.fail_on_flake, Some(&redactor));
    match code {
        Ok(code) => Ok((code, records)),
        Err(error) if matches!(error.kind, Kind::Machine | Kind::Usage) => {
            Err(rescued(context, (&job.run, &job.output), records, &redactor, error))
        }
        Err(error) => Err(error),
    }
}

/// Everything that a run needs before its journal.
async fn begin(
    context: &Context<'_>,
    run: &RunId,
    (out, docs): (&Path, &Path),
) -> Result<(Node, Lease), CliError> {
    let settings = context.settings;
    writable(out)?;
    writable(docs)?;
    let ready = async {
        let node = Node::ready(context).await?;
        let state = &settings.node.state;
        let lease = Lease::take(&Place::machine(), &node.engine, run, state).await?;
        Ok((node, lease))
    };
    tokio::select! {
        ready = ready => ready,
        () = context.cancel.cancelled() => Err(CliError::cancelled()),
    }
}

/// Time for the engine to say that it is there.
const ANSWER: Duration = Duration::from_secs(5);

/// True where the engine answers; one that hangs would hold the end of the run for minutes.
async fn answers(engine: &dyn Engine) -> bool {
    matches!(tokio::time::timeout(ANSWER, engine.answers()).await, Ok(Ok(())))
}

/// Removes what a run that was broken off left on the engine, and gives its lease back.
async fn settle(context: &Context<'_>, node: &Node, lease: Lease, job: &Job) {
    let Context { settings, printer, cancel, .. } = context;
    if cancel.is_cancelled() {
        // A request that was broken off may still have been carried out by the engine.
        let selector = objects(job.run.as_str());
        let limit = Duration::from_secs(30);
        match stack::down(node.engine.as_ref(), &selector, limit).await {
            Ok(down) => down.left.iter().for_each(|object| {
                printer.talk(&format!("left behind: {} {}", object.kind.as_str(), object.name));
            }),
            // The reports of what happened until now are worth more than this error.
            Err(error) => printer.talk(&format!("what is left is unknown: {error}")),
        }
        // An image that was being made for a unit may have left the registry's writer.
        if let Err(error) = writer::remove_stray(node.engine.as_ref(), &settings.node).await {
            printer.talk(&format!("warning: the registry's writer may still be there: {error}"));
        }
    }
    if let Err(error) = lease.end(job.keep && !cancel.is_cancelled()).await {
        printer.talk(&format!("warning: the run's lease stays on the engine: {error}"));
    }
}

/// Writes the reports of what happened and says it in short. Where `redactor` knows the secrets of the run,
/// a report that holds one is taken away again.
pub(crate) fn report(
    context: &Context<'_>,
    run: &Run,
    (out, docs): (&Path, &Path),
    fail_on_flake: bool,
    redactor: Option<&Redactor>,
) -> Result<u8, CliError> {
    let target = Target { out, docs };
    let written = write_all(target, run).map_err(CliError::of_file)?;
    if let Some(redactor) = redactor {
        refuse_leaks(&written, redactor)?;
    }
    let backlog = target.backlog(&run.phase).map_err(CliError::usage)?;
    let text =
        summary(run, Places { out, backlog: &backlog, listed: context.printer.is_logging() });
    let results = std::fs::read(out.join("results.json")).map_err(CliError::bug)?;
    let value: serde_json::Value = serde_json::from_slice(&results).map_err(CliError::bug)?;
    context.printer.data(&value, &text);
    Ok(exit(run, fail_on_flake).code())
}

/// A report is made of redacted events and can hold no secret. One that holds a secret all the same, or
/// that cannot be read, is not left where others read it.
pub(crate) fn refuse_leaks(reports: &[PathBuf], redactor: &Redactor) -> Result<(), CliError> {
    let leaks = |path: &&PathBuf| {
        std::fs::read(path).map_or(true, |bytes| redactor.leaks_into_report(&bytes))
    };
    let leaking: Vec<_> = reports.iter().filter(leaks).collect();
    if leaking.is_empty() {
        return Ok(());
    }
    let mut message = "reports held secrets and were removed:".to_owned();
    for path in leaking {
        message += &format!(" {}", path.display());
        if let Err(error) = std::fs::remove_file(path) {
            message += &format!(" (not removed: {error})");
        }
    }
    Err(CliError::bug(anyhow::anyhow!(message)))
}

/// Keeps the folder of runs out of a repository that it lies in: a recipe's work tree would count as changed.
fn hide_from_git(runs: &Path) {
    let Some(folder) = runs.parent() else { return };
    let ignore = folder.join(".gitignore");
    if ignore.exists() {
        return;
    }
    // Where the folder cannot be written, the run says so itself.
    let _ = std::fs::create_dir_all(folder).and_then(|()| std::fs::write(&ignore, "*\n"));
}

fn docs(settings: &settings::Settings, job: &Job, out: &Path) -> PathBuf {
    match (&job.output.docs, job.publish) {
        (None, false) => out.to_owned(),
        (given, _) => settings.docs(given.as_deref(), out),
    }
}

/// Two runs in one folder would be neither's truth.
fn refuse_old_run(out: &Path) -> Result<(), CliError> {
    if !out.join("events.jsonl").exists() {
        return Ok(());
    }
    let message = format!("{} holds a run already", out.display());
    Err(CliError::message(Kind::Usage, message)
        .hint("give another folder with --out DIR; `cc-ci report` writes its reports again"))
}

/// `.cc-ci/runs/latest` leads to the newest run there, for people and for `rerun latest`. A run that
/// was given a folder of its own does not count: that folder may be gone tomorrow.
fn mark_latest(settings: &settings::Settings, out: &Path) {
    let Ok(runs) = settings.runs() else { return };
    let Ok(out) = out.canonicalize() else { return };
    let link = runs.join("latest");
    let fresh = runs.join(format!(".latest-{}", std::process::id()));
    // A convenience: where it cannot be made the run is none the worse.
    let _ = std::fs::create_dir_all(&runs)
        .and_then(|()| std::os::unix::fs::symlink(&out, &fresh))
        .and_then(|()| std::fs::rename(&fresh, &link));
}

/// What happened in the run of `folder`.
pub(crate) fn records_of(folder: &Path) -> Result<Vec<Record>, CliError> {
    read_events(&folder.join("events.jsonl")).map_err(CliError::usage)
}

/// The folder of a run as typed: a path, or `latest`.
pub(crate) fn run_folder(settings: &settings::Settings, typed: &Path) -> Result<PathBuf, CliError> {
    let folder = if typed == Path::new("latest") {
        settings.runs()?.join("latest")
    } else {
        typed.to_owned()
    };
    if folder.join("events.jsonl").is_file() {
        return Ok(folder);
    }
    let message = format!("{} holds no run (no events.jsonl in it)", typed.display());
    Err(CliError::message(Kind::Usage, message).hint("`latest` is the newest run"))
}
