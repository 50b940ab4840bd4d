//! Commands in containers: what tests script, and the few that need no script.

use std::fmt;
use std::time::Duration;

use super::files::Files;
use super::shell;
use super::world::World;
use cc_ci_model::Secret;

use crate::{ContainerState, EngineError, ExecOutput, ExecSpec};

/// A command that a script may answer.
#[derive(Debug, Clone)]
pub struct ExecCall {
    /// Name of the service whose task it runs in, or of the container of our own.
    pub title: String,
    /// The container.
    pub container: ContainerState,
    /// The command.
    pub exec: ExecSpec,
}

impl ExecCall {
    /// The command as one line: title and words, separated by blanks.
    #[must_use]
    pub fn line(&self) -> String {
        format!("{} {}", self.title, self.exec.command.join(" "))
    }
}

/// What a script says to a command; `None` leaves it to the next script.
type Answer = dyn FnMut(&ExecCall) -> Option<Result<ExecOutput, EngineError>> + Send;

#[derive(Default)]
pub(super) struct Scripts(Vec<Box<Answer>>);

impl fmt::Debug for Scripts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scripts({})", self.0.len())
    }
}

impl Scripts {
    pub(super) fn add(
        &mut self,
        answer: impl FnMut(&ExecCall) -> Option<Result<ExecOutput, EngineError>> + Send + 'static,
    ) {
        self.0.push(Box::new(answer));
    }

    /// The answer of the script that was added last and has one.
    pub(super) fn ask(&mut self, call: &ExecCall) -> Option<Result<ExecOutput, EngineError>> {
        self.0.iter_mut().rev().find_map(|script| script(call))
    }
}

impl World {
    pub(super) fn exec_call(
        &self,
        node: usize,
        id: &str,
        exec: &ExecSpec,
    ) -> Result<ExecCall, EngineError> {
        let container = self.container_on(node, id)?;
        if !container.is_running() {
            return Err(EngineError::Conflict {
                object: format!("container {}", container.name),
                message: format!("Container {} is not running", container.id),
            });
        }
        let (title, container) = (container.title.clone(), container.inspected());
        Ok(ExecCall { title, container, exec: exec.clone() })
    }

    /// What a known command leaves and how long it takes. A command that nobody knows ends like
    /// one that is not in the image.
    pub(super) fn run_known(&mut self, call: &ExecCall) -> (ExecOutput, Duration) {
        let Self { containers, volumes, .. } = self;
        let found = containers.iter_mut().find(|c| c.id == call.container.id);
        let done = found.and_then(|container| {
            let mut environment = container.environment.clone();
            let own = call.exec.environment.iter();
            environment.extend(own.map(|(name, value)| format!("{name}={}", value.reveal_text())));
            let mounts = container.mounts.clone();
            let mut files = Files { own: &mut container.files, volumes, mounts: &mounts };
            let stdin = call.exec.stdin.as_ref().map_or(&[][..], Secret::reveal);
            shell::run(&call.exec.command, &environment, stdin, &mut files)
        });
        match done {
            Some(done) => (done.output, done.slept),
            None => {
                let stderr = format!("no script of the fake answers: {}\n", call.line());
                let output =
                    ExecOutput { exit_code: 127, stdout: Vec::new(), stderr: stderr.into_bytes() };
                (output, Duration::ZERO)
            }
        }
    }
}
