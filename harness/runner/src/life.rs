//! One attempt at a unit: what it has on the engine while it lives.

use std::net::SocketAddr;
use std::sync::Arc;

use cc_ci_backup::{BackupPlan, Restic, ResticError, Toolbox};
use cc_ci_engine::stack::SecretValues;
use cc_ci_engine::{ExecOutput, LABEL_NAMESPACE, LABEL_RECIPE, LABEL_RUN, LABEL_UNIT};
use cc_ci_model::{Fault, ObjectSource, StackSpec, Tier};
use cc_ci_probe::Access;
use cc_ci_suite::{SidePlan, UnitPlan, Words};
use tokio::task::JoinHandle;

use crate::World;
use crate::canary::Store;

/// What one attempt has on the engine. Fields are filled as the tiers go on.
pub(crate) struct Life<'a> {
    pub(crate) world: &'a World,
    pub(crate) plan: &'a UnitPlan,
    pub(crate) attempt: u32,
    /// The labels of everything that belongs to this unit.
    pub(crate) labels: Vec<(String, String)>,
    pub(crate) secrets: SecretValues,
    /// Both sides as this node runs them; the base is the target where there is no upgrade.
    pub(crate) sides: Option<Sides>,
    /// True once the head version runs.
    pub(crate) at_head: bool,
    pub(crate) gateway: Option<SocketAddr>,
    pub(crate) toolbox: Option<Toolbox>,
    /// The backup repository, in the making since the toolbox runs.
    pub(crate) repository: Option<Repository>,
    pub(crate) stores: Vec<Arc<dyn Store>>,
    pub(crate) backup: Option<Backup>,
    pub(crate) deploys: u32,
}

/// A backup repository in the making.
pub(crate) type Repository = JoinHandle<Result<Restic, ResticError>>;

/// Both sides of the upgrade, adapted to the node.
pub(crate) struct Sides {
    pub(crate) first: StackSpec,
    pub(crate) target: StackSpec,
}

/// What the backup tier leaves for the restore tier.
pub(crate) struct Backup {
    pub(crate) restic: Restic,
    pub(crate) plan: BackupPlan,
    pub(crate) snapshot: String,
    /// Key of the canary data that the snapshot holds.
    pub(crate) key: String,
}

impl<'a> Life<'a> {
    pub(crate) fn new(world: &'a World, plan: &'a UnitPlan, attempt: u32) -> Self {
        let label = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let labels = vec![
            label(LABEL_NAMESPACE, plan.head.stack.as_str()),
            label(LABEL_RUN, world.run.as_str()),
            label(LABEL_UNIT, plan.head.unit.as_str()),
            label(LABEL_RECIPE, plan.head.recipe.as_str()),
        ];
        let secrets = make_up_secrets(world, plan);
        Self {
            world,
            plan,
            attempt,
            labels,
            secrets,
            sides: None,
            at_head: plan.base.is_none(),
            gateway: None,
            toolbox: None,
            repository: None,
            stores: Vec::new(),
            backup: None,
            deploys: 0,
        }
    }

    /// The side that runs now, as planned.
    pub(crate) fn side(&self) -> &SidePlan {
        if self.at_head { &self.plan.target } else { self.plan.first() }
    }

    /// The stack that runs now: as the node runs it once that is known, else as planned.
    pub(crate) fn spec(&self) -> &StackSpec {
        match &self.sides {
            Some(sides) if self.at_head => &sides.target,
            Some(sides) => &sides.first,
            None => &self.side().spec,
        }
    }

    /// Begins to create the backup repository. restic stretches the password for half a second or
    /// more, and nothing in that depends on the app.
    pub(crate) fn start_repository(&self, toolbox: &Toolbox) -> Option<Repository> {
        if !self.plan.tiers.contains(&Tier::Backup) || self.backup_plan().is_none() {
            return None;
        }
        let password = self.world.entropy.word(40, "abcdefghijklmnopqrstuvwxyz0123456789");
        self.world.journal.hide(&password);
        let (engine, toolbox) = (self.world.engine.clone(), toolbox.clone());
        let limit = self.plan.suite.timeouts.hook;
        Some(tokio::spawn(
            async move { Restic::init(engine.as_ref(), &toolbox, password, limit).await },
        ))
    }

    /// What the backup labels of the running side say; broken labels are the backup tier's to tell.
    pub(crate) fn backup_plan(&self) -> Option<BackupPlan> {
        BackupPlan::read(self.spec()).ok().flatten()
    }

    pub(crate) fn words(&self) -> Words {
        let stack = self.plan.head.stack.as_str();
        Words::of(stack, &self.plan.domain, &self.side().env, &self.secrets)
    }

    pub(crate) fn access(&self) -> Access {
        Access { gateway: self.gateway, edge: Some(self.world.edge.clone()) }
    }

    /// A fresh name for canary data: a letter first, so that it fits everywhere.
    pub(crate) fn nonce(&self, prefix: &str) -> String {
        format!("{prefix}-{}", self.world.entropy.word(10, "abcdefghijklmnopqrstuvwxyz0123456789"))
    }

    /// Runs a script of ours in the toolbox, whatever it ends with.
    pub(crate) async fn tool_ends(&self, script: &str, args: &[&str]) -> Result<ExecOutput, Fault> {
        let output = self.toolbox()?.script(self.world.engine.as_ref(), script, args).await;
        output.map_err(|error| error.fault())
    }

    /// Runs a script of ours in the toolbox; anything but exit code 0 is a fault of ours.
    pub(crate) async fn tool_says(&self, script: &str, args: &[&str]) -> Result<String, Fault> {
        let output = self.tool_ends(script, args).await?;
        if output.ok() {
            return Ok(output.text());
        }
        let said = output.complaint();
        Err(if said.contains("No space left on device") {
            Fault::NodeExhausted { what: "disk space".to_owned(), message: said }
        } else {
            Fault::Bug {
                message: format!("a toolbox script ended with {}: {said}", output.exit_code),
            }
        })
    }

    /// As [`Life::tool_says`], where only success matters.
    pub(crate) async fn tool(&self, script: &str, args: &[&str]) -> Result<(), Fault> {
        self.tool_says(script, args).await.map(drop)
    }

    pub(crate) fn toolbox(&self) -> Result<&Toolbox, Fault> {
        let message = "the toolbox is used before it was started".to_owned();
        self.toolbox.as_ref().ok_or(Fault::Bug { message })
    }

    pub(crate) fn sides(&self) -> Result<&Sides, Fault> {
        let message = "the stack is used before it was prepared".to_owned();
        self.sides.as_ref().ok_or(Fault::Bug { message })
    }
}

/// Makes up the secrets that the recipe wants generated and hides their values from the journal.
fn make_up_secrets(world: &World, plan: &UnitPlan) -> SecretValues {
    let sides = [plan.first(), &plan.target];
    let mut values = SecretValues::new();
    for (key, secret) in sides.into_iter().flat_map(|side| &side.spec.secrets) {
        let ObjectSource::Generate { length, charset } = &secret.source else { continue };
        values.entry(key.clone()).or_insert_with(|| {
            let value = world.entropy.word(usize::from(*length), charset);
            world.journal.hide(&value);
            value.into_bytes()
        });
    }
    values
}
