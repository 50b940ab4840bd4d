//! What a store knows about the running stack, and how it acts in it.

use std::time::Duration;

use cc_ci_backup::{BackupPlan, Toolbox};
use cc_ci_engine::{Engine, ExecOutput, KILLED, Selector};
use cc_ci_model::{Ceiling, Ceilings, Fault, StackName, StackSpec};
use cc_ci_probe::Access;
use cc_ci_suite::{CanarySpec, Words};

/// A running stack, as far as its stores need to know it.
pub struct Standing<'a> {
    /// The engine that runs it.
    pub engine: &'a dyn Engine,
    /// The stack as the node runs it.
    pub spec: &'a StackSpec,
    /// What selects the objects of the stack.
    pub objects: Selector,
    /// The container that sees the stack's volumes; `None` before it was started.
    pub toolbox: Option<&'a Toolbox>,
    /// How much of the machine the toolbox may take, for a fault that says so.
    pub ceilings: &'a Ceilings,
    /// The ways into the stack.
    pub access: Access,
    /// What the probes of the suite are filled in with.
    pub words: Words,
    /// Canary data in the app's own words, as the suite describes it.
    pub canaries: &'a [CanarySpec],
    /// Time for a store to answer.
    pub limit: Duration,
}

impl Standing<'_> {
    /// The name of the stack.
    pub(crate) fn stack(&self) -> &StackName {
        &self.spec.name
    }

    /// What the backup labels say; `None` where they are broken, which the backup tier reports.
    pub(crate) fn backup_plan(&self) -> Option<BackupPlan> {
        BackupPlan::read(self.spec).ok().flatten()
    }

    /// Runs a script of ours in the toolbox, whatever it ends with.
    pub(crate) async fn tool_ends(&self, script: &str, args: &[&str]) -> Result<ExecOutput, Fault> {
        let message = "the toolbox is used before it was started".to_owned();
        let toolbox = self.toolbox.ok_or(Fault::Bug { message })?;
        let output = toolbox.script(self.engine, script, args).await;
        output.map_err(|error| error.fault())
    }

    /// Runs a script of the harness in the toolbox; any exit code but 0 is a fault of the harness.
    pub(crate) async fn tool_says(&self, script: &str, args: &[&str]) -> Result<String, Fault> {
        let output = self.tool_ends(script, args).await?;
        if output.ok() {
            return Ok(output.text());
        }
        Err(self.tool_fault(&output))
    }

    /// As [`Standing::tool_says`], where only success matters.
    pub(crate) async fn tool(&self, script: &str, args: &[&str]) -> Result<(), Fault> {
        self.tool_says(script, args).await.map(drop)
    }

    /// The fault of a script of ours in the toolbox that did not end with 0.
    pub(crate) fn tool_fault(&self, output: &ExecOutput) -> Fault {
        let said = output.complaint();
        if output.exit_code == KILLED {
            let memory = Ceiling::OwnMemoryBytes;
            Fault::AddedLimit {
                at: "the toolbox".to_owned(),
                limit: format!("{} of memory", memory.words(self.ceilings.get(memory))),
                detail: format!("a script in it was killed; {}", memory.remedy()),
            }
        } else if said.contains("No space left on device") {
            Fault::NodeExhausted { what: "disk space".to_owned(), message: said }
        } else {
            Fault::Bug {
                message: format!("a toolbox script ended with {}: {said}", output.exit_code),
            }
        }
    }
}
