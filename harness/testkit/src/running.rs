//! The program while it runs.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use cc_ci_model::Record;
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::{Ended, RunFolder};

/// Past this a program counts as hung. Units wait for their turn at the node, so it is long.
const LIMIT: Duration = Duration::from_secs(400);
/// Between two looks at the journal; how soon a test notices, nothing that it relies on.
const LOOK: Duration = Duration::from_millis(5);

/// What a dropped program has for its tear-down, which takes a second on an idle node.
const TEARDOWN: Duration = Duration::from_secs(60);

/// The program while it runs. Dropped too early it is asked to end and tear down.
#[derive(Debug)]
pub struct Running {
    child: Child,
    output: PathBuf,
    words: String,
}

impl Running {
    /// Starts `program` in the folder `root` with none of its variables in the environment but
    /// `variables`; its output goes to two files in `output`.
    pub(crate) fn start<'a>(
        program: &Path,
        root: &Path,
        output: PathBuf,
        variables: &[(&str, &str)],
        words: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let words: Vec<&str> = words.into_iter().collect();
        let mut command = Command::new(program);
        command.args(&words).current_dir(root).stdin(Stdio::null());
        for (name, _) in std::env::vars_os().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        command.envs(variables.iter().copied());
        let file = |name: &str| File::create(output.join(name));
        let started = file("stdout")
            .and_then(|stdout| command.stdout(stdout).stderr(file("stderr")?).spawn());
        let words = words.join(" ");
        match started {
            Ok(child) => Self { child, output, words },
            Err(error) => panic!("cannot run {} {words}: {error}", program.display()),
        }
    }

    /// Waits until something that fits `wanted` is in the journal of `folder`.
    ///
    /// # Panics
    /// Where the program ends without it, or it does not come.
    pub async fn until(&mut self, folder: &RunFolder, wanted: impl Fn(&Record) -> bool) -> Record {
        let found = timeout(LIMIT, self.look_for(folder, wanted)).await;
        match found {
            Ok(Ok(record)) => record,
            Ok(Err(code)) => panic!("{} ended with {code:?} before:\n{}", self.words, self.said()),
            Err(_) => panic!("{} did not get that far:\n{}", self.words, self.said()),
        }
    }

    async fn look_for(
        &mut self,
        folder: &RunFolder,
        wanted: impl Fn(&Record) -> bool,
    ) -> Result<Record, Option<i32>> {
        let mut looks = interval(LOOK);
        looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut seen = 0;
        loop {
            // Asked first: whatever an ended program wrote is in the file by then.
            let ended = self.child.try_wait().ok().flatten();
            let size = folder.journal_bytes();
            if size > seen {
                seen = size;
                if let Some(record) = folder.records().into_iter().find(&wanted) {
                    return Ok(record);
                }
            }
            if let Some(status) = ended {
                return Err(status.code());
            }
            looks.tick().await;
        }
    }

    /// Waits until the program has said `words` to the person who runs it.
    ///
    /// # Panics
    /// Where it does not come.
    pub async fn until_it_says(&self, words: &str) {
        let said = async {
            let mut looks = interval(LOOK);
            while !self.read("stderr").contains(words) {
                looks.tick().await;
            }
        };
        let said = timeout(LIMIT, said).await.is_ok();
        assert!(said, "{} never said {words:?}:\n{}", self.words, self.said());
    }

    /// Sends a signal to the program and to nothing else.
    ///
    /// # Panics
    /// Where the program has ended already.
    pub fn signal(&self, signal: Signal) {
        let sent = self.pid().map(|pid| kill_process(pid, signal));
        assert!(matches!(sent, Some(Ok(()))), "{} cannot be signalled: {sent:?}", self.words);
    }

    /// Waits for its end.
    ///
    /// # Panics
    /// Where it does not end.
    pub async fn end(mut self) -> Ended {
        let status = match timeout(LIMIT, self.child.wait()).await {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => panic!("{}: {error}", self.words),
            Err(_) => panic!("{} does not end:\n{}", self.words, self.said()),
        };
        Ended::new(self.words.clone(), status.code(), self.read("stdout"), self.read("stderr"))
    }

    fn pid(&self) -> Option<Pid> {
        self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
    }

    fn read(&self, name: &str) -> String {
        String::from_utf8_lossy(&fs::read(self.output.join(name)).unwrap_or_default()).into_owned()
    }

    fn said(&self) -> String {
        self.read("stdout") + &self.read("stderr")
    }
}

impl Drop for Running {
    /// A test that fails in the middle of a run still waits for its tear-down: the node is another
    /// test's afterwards, and the folder that the run writes to is gone.
    fn drop(&mut self) {
        let (Ok(None), Some(pid)) = (self.child.try_wait(), self.pid()) else { return };
        // The process may end at this moment; then it has no state to read.
        let _ = kill_process(pid, Signal::TERM);
        let deadline = Instant::now() + TEARDOWN;
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < deadline {
            std::thread::sleep(LOOK);
        }
    }
}

/// True for the variables that are settings of the program.
fn ours(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b"CC_CI_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TempState;

    fn shell(state: &TempState, script: &str) -> Running {
        let output = state.path().to_owned();
        Running::start(Path::new("/bin/sh"), state.path(), output, &[("A", "b")], ["-c", script])
    }

    #[tokio::test]
    async fn code_and_words_are_kept() {
        let state = TempState::new();
        let ended = shell(&state, "echo $A; echo talk >&2; exit 3").end().await;
        assert_eq!((ended.stdout(), ended.stderr()), ("b\n", "talk\n"));
        ended.expect(3);
    }

    #[tokio::test]
    async fn a_signal_reaches_the_program() {
        let state = TempState::new();
        // Not INT: what is started in the background of a shell ignores it, and a shell cannot trap
        // what was ignored when it began.
        let script = "trap 'exit 143' TERM; echo up >&2; while :; do read x </proc/self/stat; done";
        let running = shell(&state, script);
        running.until_it_says("up").await;
        running.signal(Signal::TERM);
        running.end().await.expect(143);
    }

    #[tokio::test]
    async fn a_dropped_program_ends_its_own_way() {
        let state = TempState::new();
        let script =
            "trap 'echo bye; exit 1' TERM; echo up >&2; while :; do read x </proc/self/stat; done";
        let running = shell(&state, script);
        running.until_it_says("up").await;
        drop(running);
        assert_eq!(fs::read_to_string(state.join("stdout")).unwrap(), "bye\n");
    }

    #[tokio::test]
    #[should_panic(expected = "ended with Some(0) before")]
    async fn a_program_that_ends_too_early_is_told() {
        let state = TempState::new();
        let folder = RunFolder::new(state.join("run"));
        shell(&state, "exit 0").until(&folder, |_| true).await;
    }

    #[test]
    fn its_own_variables_are_known() {
        assert!(ours(OsStr::new("CC_CI_ROOT")) && !ours(OsStr::new("DOCKER_HOST")));
    }
}
