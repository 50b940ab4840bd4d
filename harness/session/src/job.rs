//! Carries out a set of units and writes its reports: what run, rerun and nightly have in common.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use cc_ci_engine::{Engine, stack};
use cc_ci_history::History;
use cc_ci_journal::{Journal, SystemClock};
use cc_ci_lease::{Lease, objects};
use cc_ci_lock::Place;
use cc_ci_model::{Record, RunId};
use cc_ci_node::infra::writer;
use cc_ci_report::Run;
use cc_ci_runner::{Past, RunRequest, Runner, SystemEntropy};
use jiff::Timestamp;

use crate::folder::{hide_from_git, is_in, mark_latest, refuse_old_run, writable};
use crate::past::past;
use crate::record::{Early, rescued};
use crate::{Failure, Kind, News, Node, Reports, Session, Settings, write_reports};
use crate::{green, program, reaper};

/// Time for the engine to answer a ping.
const ANSWER: Duration = Duration::from_secs(5);
/// Time for the engine to remove what a run that was broken off left.
const REMOVAL: Duration = Duration::from_secs(30);

/// The folders that were asked for.
#[derive(Debug, Clone, Default)]
pub struct Folders {
    /// The folder of the run.
    pub out: Option<PathBuf>,
    /// The folder of the backlog.
    pub docs: Option<PathBuf>,
}

/// How a run is to be carried out.
pub struct Job {
    /// Its name.
    pub run: RunId,
    /// Name of the backlog.
    pub phase: String,
    /// Its units.
    pub request: RunRequest,
    /// Leave the instances running.
    pub keep: bool,
    /// Where it writes.
    pub folders: Folders,
    /// Start a process that removes what is left where this one is killed.
    pub reaper: bool,
    /// True where the backlog belongs to the project's pages and not to this run alone.
    pub publish: bool,
}

/// A run that was carried out.
pub struct Ended {
    /// The records of the run.
    pub records: Vec<Record>,
    /// What the reports are made of.
    pub run: Run,
    /// The reports.
    pub reports: Reports,
}

/// A name for a new run: sorted by time, unique among runs of one second.
///
/// # Errors
/// A bug of ours.
pub fn new_run() -> Result<RunId, Failure> {
    cc_ci_runner::new_run(Timestamp::now(), &SystemEntropy).map_err(Failure::bug)
}

impl Session<'_> {
    /// Carries out the job. A run that cannot begin, or whose folder cannot be written to its end, leaves a
    /// record elsewhere.
    ///
    /// # Errors
    /// The run cannot begin, or what happened cannot be written down.
    pub async fn carry_out(&self, mut job: Job) -> Result<Ended, Failure> {
        let Self { settings, ear, cancel, .. } = self;
        let out = self.out(&job)?;
        let docs = docs(settings, &job, &out);
        let resume = job.request.resume;
        if !resume {
            refuse_old_run(&out)?;
        }
        let early = Early::of(&job);
        let commit = settings.commit;
        let known = tokio::task::spawn_blocking(move || program::known(commit));
        let begun = self.begin(&job.run, (&out, &docs)).await;
        let (node, lease) = begun.map_err(|error| {
            // The run that is gone on with has a record already.
            if resume { error } else { early.failed(self, error) }
        })?;
        if job.reaper
            && let Err(error) = reaper::start(settings, &job.run)
        {
            ear.hear(News::NoReaper(&error));
        }
        let (watcher, shown) = ear.records();
        let clock = Arc::new(SystemClock);
        let watcher = Some(watcher);
        let journal = if resume {
            Journal::resume(&out, clock, watcher, cancel.clone()).map_err(Failure::usage)
        } else {
            Journal::create(&out, clock, watcher, cancel.clone()).map_err(Failure::of_file)
        };
        let journal = match journal {
            Ok(journal) => journal,
            Err(error) => {
                // Only the lease was created so far.
                let _ = lease.end(false).await;
                return Err(if resume { error } else { early.failed(self, error) });
            }
        };
        if job.folders.out.is_none() || resume && is_in(settings, &out) {
            mark_latest(settings, &out);
        }
        let world = node.world(&job.run, &job.phase, journal.clone(), cancel.clone(), job.keep);
        job.request.past = self.past(&job, node.memory());
        job.request.program = known.await.unwrap_or_default();
        Runner::new(world).run(&job.request).await;
        if answers(node.engine.as_ref()).await {
            self.settle(&node, lease, &job).await;
        } else {
            ear.hear(News::EngineIsSilent);
        }
        let records = journal.records();
        let error = journal.take_error();
        let redactor = journal.redactor();
        drop(journal);
        // The journal holds the sender of the display. The display ends after it has shown all records of the
        // dropped journal.
        let _ = shown.await;
        let rescue =
            |records, error| rescued(self, (&job.run, &job.folders), records, &redactor, error);
        if let Some(error) = error {
            let error = Failure::new(Kind::Machine, error);
            return Err(rescue(records, error.hint("is the disk full, or the folder gone?")));
        }
        let run = Run::from_records(&records).map_err(Failure::bug)?;
        self.remember(&out, &records, &run);
        match write_reports(&run, (&out, &docs), Some(&redactor)) {
            Ok(reports) => Ok(Ended { records, run, reports }),
            Err(error) if matches!(error.kind, Kind::Machine | Kind::Usage) => {
                Err(rescue(records, error))
            }
            Err(error) => Err(error),
        }
    }

    /// The folder of the run.
    fn out(&self, job: &Job) -> Result<PathBuf, Failure> {
        if let Some(out) = &job.folders.out {
            return Ok(out.clone());
        }
        let runs = self.settings.runs()?;
        hide_from_git(&runs);
        Ok(runs.join(job.run.as_str()))
    }

    /// What past runs say of the units. Without a history, estimates stand in.
    fn past(&self, job: &Job, memory: u64) -> Past {
        let history = History::open(&self.settings.node.state);
        let past = history.and_then(|history| past(&history, &job.request.units, memory));
        past.unwrap_or_else(|error| {
            self.ear.hear(News::NoPast(&error));
            Past::default()
        })
    }

    /// Adds the run to the history, and its green releases to the bases of upgrades. An error of either is
    /// reported and does not change the result of the run.
    fn remember(&self, out: &Path, records: &[Record], run: &Run) {
        let Self { settings, ear, .. } = self;
        let history = History::open(&settings.node.state);
        if let Err(error) = history.and_then(|mut history| history.ingest(out, records)) {
            ear.hear(News::NotInHistory(&error));
        }
        for error in green::remember(settings, records, run) {
            ear.hear(News::GreenForgotten(&error));
        }
    }

    /// Prepares everything that a run needs before its journal.
    async fn begin(
        &self,
        run: &RunId,
        (out, docs): (&Path, &Path),
    ) -> Result<(Node, Lease), Failure> {
        writable(out)?;
        writable(docs)?;
        let ready = async {
            let node = Node::ready(self).await?;
            let state = &self.settings.node.state;
            let lease = Lease::take(&Place::machine(), &node.engine, run, state).await?;
            Ok((node, lease))
        };
        tokio::select! {
            ready = ready => ready,
            () = self.cancel.cancelled() => Err(Failure::cancelled()),
        }
    }

    /// Removes what a run that was broken off left on the engine, and gives its lease back.
    async fn settle(&self, node: &Node, lease: Lease, job: &Job) {
        let Self { settings, ear, cancel, .. } = self;
        if cancel.is_cancelled() {
            // A request that was broken off may still have been carried out by the engine.
            let down = stack::down(node.engine.as_ref(), &objects(job.run.as_str()), REMOVAL).await;
            match down {
                Ok(down) => down.left.iter().for_each(|object| ear.hear(News::Left(object))),
                // The error is only reported, since the reports of the run are still to be written.
                Err(error) => ear.hear(News::LeftUnknown(&error)),
            }
            // An image that was being made for a unit may have left the registry's writer.
            if let Err(error) = writer::remove_stray(node.engine.as_ref(), &settings.node).await {
                ear.hear(News::WriterStays(&error));
            }
        }
        if let Err(error) = lease.end(job.keep && !cancel.is_cancelled()).await {
            ear.hear(News::LeaseStays(&error));
        }
    }
}

/// True where the engine answers; one that hangs would hold the end of the run for minutes.
async fn answers(engine: &dyn Engine) -> bool {
    matches!(tokio::time::timeout(ANSWER, engine.answers()).await, Ok(Ok(())))
}

/// The folder of the backlog.
fn docs(settings: &Settings, job: &Job, out: &Path) -> PathBuf {
    match (&job.folders.docs, job.publish) {
        (None, false) => out.to_owned(),
        (given, _) => settings.docs(given.as_deref(), out),
    }
}
