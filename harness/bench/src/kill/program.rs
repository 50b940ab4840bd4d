//! The program itself as a child: started, killed and asked to reap.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use cc_ci_journal::read_events;
use cc_ci_model::{Event, Record, Tier};
use cc_ci_session::{Failure, Kind};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::{Child, Command};
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until, timeout};

use super::aim::Aim;
use super::life::TIERS;
use crate::ground::Ground;

/// Between two looks at the journal of a run that is killed in one of its tiers.
const LOOK: Duration = Duration::from_millis(5);
/// Past this a run counts as hung. It waits for its turn at the node, so it is long.
const RUN: Duration = Duration::from_secs(900);
/// Past this `reap` counts as hung.
const REAP: Duration = Duration::from_secs(300);

/// The output of a run, beside its temporary files.
const RUN_LOG: &str = "run.log";
/// Lines of the output that the report of a failed run shows: its verdict and its hints.
const LAST_LINES: usize = 30;

/// The program itself, with the settings of this process.
#[derive(Debug)]
pub(super) struct Program {
    path: PathBuf,
    words: Vec<String>,
}

/// Folders of one run.
#[derive(Debug)]
pub(super) struct Folders {
    /// Where the run writes.
    pub(super) out: PathBuf,
    /// Temporary files of the run and its `reap`, and of nothing else.
    pub(super) temporary: PathBuf,
}

impl Folders {
    /// Makes the folders of a run below `work`.
    pub(super) fn make(work: &Path, name: &str) -> std::io::Result<Self> {
        let (out, temporary) = (work.join(name).join("out"), work.join(name).join("tmp"));
        std::fs::create_dir_all(&temporary)?;
        Ok(Self { out, temporary })
    }

    /// What the run has written so far. A run that was killed early has written nothing.
    pub(super) fn records(&self) -> Result<Vec<Record>, Failure> {
        let path = self.out.join("events.jsonl");
        if !path.exists() {
            return Ok(Vec::new());
        }
        read_events(&path).map_err(Failure::bug)
    }

    /// Where the output of the run goes.
    fn log(&self) -> PathBuf {
        self.temporary.with_file_name(RUN_LOG)
    }

    /// Judges a run that ended by itself with `status`.
    ///
    /// # Errors
    /// The run failed, so that the bench measures something else than a life; with the end of its output.
    pub(super) fn ended(&self, status: ExitStatus) -> Result<(), Failure> {
        if status.success() {
            return Ok(());
        }
        let said = std::fs::read(self.log()).map_err(|error| Failure::new(Kind::Machine, error))?;
        let said = String::from_utf8_lossy(&said);
        let lines: Vec<_> = said.lines().collect();
        let end = lines[lines.len().saturating_sub(LAST_LINES)..].join("\n");
        let message =
            format!("the run failed before it was killed ({status}); its last output:\n{end}");
        Err(Failure::message(Kind::Bug, message).hint(
            "kills that were made are kept; the same command continues once the run is green",
        ))
    }
}

/// What became of a program that was to be killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate<T> {
    /// It was killed while this turn was held.
    Killed(T),
    /// It had ended before.
    Ended,
}

impl Program {
    pub(super) fn this(ground: &Ground<'_>) -> Result<Self, Failure> {
        let path = std::env::current_exe().map_err(Failure::bug)?;
        let mut words = Vec::new();
        for (flag, value) in [
            ("--root", ground.checkout()?.display().to_string()),
            ("--state", ground.session.settings.node.state.display().to_string()),
            ("--registry-port", ground.session.settings.node.registry_port.to_string()),
        ] {
            words.extend([flag.to_owned(), value]);
        }
        Ok(Self { path, words })
    }

    /// Starts `words` in a process group of their own, so that their children (git) die with them.
    fn start(&self, folders: &Folders, name: &str, words: &[&str]) -> Result<Child, Failure> {
        let beside = folders.temporary.with_file_name(name);
        let started = File::create(&beside).and_then(|said| {
            let mut command = Command::new(&self.path);
            command.args(&self.words).args(words).env("TMPDIR", &folders.temporary);
            command.stdin(Stdio::null()).stdout(said.try_clone()?).stderr(said);
            command.process_group(0).kill_on_drop(true).spawn()
        });
        started.map_err(|error| Failure::new(Kind::Machine, error))
    }

    fn start_run(&self, folders: &Folders, recipe: &str) -> Result<Child, Failure> {
        let tiers: Vec<_> = TIERS.iter().map(|tier| tier.as_str()).collect();
        let (tiers, out) = (tiers.join(","), folders.out.display().to_string());
        let words =
            ["run", recipe, "--no-reaper", "--tiers", &tiers, "--out", &out, "--docs", &out];
        self.start(folders, RUN_LOG, &words)
    }

    /// Walks `recipe` to its end; the answer is how long that took.
    pub(super) async fn live(
        &self,
        folders: &Folders,
        recipe: &str,
    ) -> Result<(ExitStatus, Duration), Failure> {
        let started = Instant::now();
        let mut child = self.start_run(folders, recipe)?;
        let status = wait(&mut child, RUN).await?;
        Ok((status, started.elapsed()))
    }

    /// Walks the recipe and kills it, with all its children, when `aim` says and `turn` has come.
    ///
    /// # Errors
    /// The run failed before it was killed, or `turn` did not come.
    pub(super) async fn kill<T>(
        &self,
        folders: &Folders,
        aim: &Aim,
        turn: impl Future<Output = Result<T, Failure>>,
    ) -> Result<Fate<T>, Failure> {
        let mut child = self.start_run(folders, &aim.recipe)?;
        let started = Instant::now();
        let moment = async {
            let from = match aim.tier {
                None => started,
                Some(tier) => begins(folders, tier).await?,
            };
            sleep_until(from + Duration::from_millis(aim.millis)).await;
            turn.await
        };
        let turn = tokio::select! {
            status = wait(&mut child, RUN) => return folders.ended(status?).map(|()| Fate::Ended),
            reached = moment => reached?,
        };
        let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        if let Some(group) = group {
            kill_process_group(group, Signal::KILL)
                .map_err(|error| Failure::bug(error).context("kill the run"))?;
        }
        let status = wait(&mut child, RUN).await?;
        // Only a signal leaves no exit code: a run that ended by itself at that moment was not killed.
        if status.code().is_none() {
            return Ok(Fate::Killed(turn));
        }
        folders.ended(status).map(|()| Fate::Ended)
    }

    /// Removes what dead runs left; the answer is the exit code, nothing where it did not end.
    pub(super) async fn reap(&self, folders: &Folders) -> Result<Option<i32>, Failure> {
        let mut child = self.start(folders, "reap.log", &["reap", "--yes"])?;
        match timeout(REAP, child.wait()).await {
            Ok(status) => Ok(status.map_err(|error| Failure::new(Kind::Machine, error))?.code()),
            Err(_) => Ok(None),
        }
    }
}

/// Waits until the run of `folders` begins `tier`.
async fn begins(folders: &Folders, tier: Tier) -> Result<Instant, Failure> {
    let mut looks = interval(LOOK);
    looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (path, mut seen) = (folders.out.join("events.jsonl"), 0);
    loop {
        looks.tick().await;
        let size = std::fs::metadata(&path).map_or(0, |file| file.len());
        if size == seen {
            continue;
        }
        seen = size;
        let began = |record: &Record| record.event == Event::TierStarted { tier };
        if folders.records()?.iter().any(began) {
            return Ok(Instant::now());
        }
    }
}

async fn wait(child: &mut Child, limit: Duration) -> Result<ExitStatus, Failure> {
    match timeout(limit, child.wait()).await {
        Ok(status) => status.map_err(|error| Failure::new(Kind::Machine, error)),
        Err(_) => {
            let message = format!("a run did not end within {} s", limit.as_secs());
            Err(Failure::message(Kind::Machine, message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program that carries out `script` whatever its arguments are.
    fn program(script: &str) -> Program {
        let words = ["-c", script].map(str::to_owned).to_vec();
        Program { path: PathBuf::from("/bin/sh"), words }
    }

    fn aim(millis: u64) -> Aim {
        Aim { number: 0, recipe: "shop".to_owned(), tier: None, millis }
    }

    async fn turn() -> Result<(), Failure> {
        Ok(())
    }

    #[tokio::test]
    async fn a_run_that_failed_before_the_kill_is_an_error_with_the_end_of_its_output() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::make(folder.path(), "kill-0").unwrap();
        let script = "seq -f 'line %g' 1 99; echo 'no gateway' >&2; exit 3";
        let error = program(script).kill(&folders, &aim(900_000), turn()).await.unwrap_err();
        let said = error.to_string();
        assert!(said.contains("exit status: 3") && said.contains("no gateway"), "{said}");
        assert!(said.contains("line 99") && !said.contains("line 9\n"), "{said}");
    }

    #[tokio::test]
    async fn a_run_that_another_signal_ended_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::make(folder.path(), "kill-0").unwrap();
        let error =
            program("kill -ABRT $$").kill(&folders, &aim(900_000), turn()).await.unwrap_err();
        let said = error.to_string();
        assert!(said.contains("signal: 6"), "{said}");
    }

    #[rstest::rstest]
    #[case::ended_well("exit 0", 900_000, Fate::Ended)]
    #[case::killed("exec sleep 900", 0, Fate::Killed(()))]
    #[tokio::test]
    async fn the_fate_of_a_run(#[case] script: &str, #[case] millis: u64, #[case] fate: Fate<()>) {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders::make(folder.path(), "kill-0").unwrap();
        assert_eq!(program(script).kill(&folders, &aim(millis), turn()).await.unwrap(), fate);
    }
}
