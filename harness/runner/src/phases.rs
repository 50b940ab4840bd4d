//! What a leg has after each phase of its life: prepared, up, saved.

use std::collections::BTreeSet;
use std::time::Duration;

use cc_ci_backup::{BackupPlan, HookMoment, Moment, Restic, ResticError, Toolbox};
use cc_ci_model::{Fault, StackSpec};
use cc_ci_probe::Access;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::edge::LegEdge;
use crate::gateway::Gateway;
use crate::proof::Keys;

/// Prepared: both sides of the upgrade, adapted to the node.
pub(crate) struct Sides {
    pub(crate) first: StackSpec,
    pub(crate) target: StackSpec,
}

/// Up: what the harness has beside a stack that was deployed and runs.
pub(crate) struct Up {
    /// The ways into the stack; nothing while the daemon is restarted.
    pub(crate) ways: Option<Ways>,
    pub(crate) toolbox: Toolbox,
    /// When the stack was deployed, by the node's clock.
    pub(crate) born: Moment,
}

/// The ways into a stack, for probes.
pub(crate) struct Ways {
    pub(crate) gateway: Gateway,
    /// Where the stack is on the network `proxy`.
    pub(crate) edge: Option<LegEdge>,
}

impl Ways {
    pub(crate) fn access(&self) -> Access {
        Access {
            gateway: Some(self.gateway.access.clone()),
            edge: self.edge.as_ref().map(|edge| edge.access.clone()),
        }
    }
}

/// The backup repository of a unit, by how far it is.
#[derive(Default)]
pub(crate) enum Repository {
    /// It was not begun, or another leg has it.
    #[default]
    None,
    /// restic makes it.
    Making(JoinHandle<Result<Restic, ResticError>>),
    /// It was made.
    Made(Restic),
}

impl Repository {
    /// Waits until restic has made it.
    pub(crate) async fn created(self) -> Result<Restic, Fault> {
        let bug = |message: String| Fault::Bug { message };
        match self {
            Self::None => Err(bug("no repository was begun".to_owned())),
            Self::Made(restic) => Ok(restic),
            Self::Making(making) => {
                let restic = making.await.map_err(|error| bug(error.to_string()))?;
                restic.map_err(|error| error.fault())
            }
        }
    }

    /// The repository, if there is one within `limit`.
    pub(crate) async fn within(self, limit: Duration) -> Option<Restic> {
        match self {
            Self::None => None,
            Self::Made(restic) => Some(restic),
            Self::Making(making) => {
                timeout(limit, making).await.ok().and_then(Result::ok).and_then(Result::ok)
            }
        }
    }
}

/// Saved: what the backup tier leaves for every restore.
#[derive(Debug, Clone)]
pub(crate) struct Backup {
    pub(crate) restic: Restic,
    pub(crate) plan: BackupPlan,
    pub(crate) snapshot: String,
    /// Dumps in the snapshot that a hook wrote and that are not known to be broken, by volume and path.
    pub(crate) dumps: Vec<String>,
    /// Key of the canary data that the snapshot holds.
    pub(crate) key: String,
    /// Key of the data that was written and deleted again before the snapshot, and the stores that
    /// did so.
    pub(crate) removed: (String, BTreeSet<String>),
    /// Services in which a hook runs before or after a restore.
    pub(crate) hooked: BTreeSet<String>,
}

/// The services in which `plan` runs a hook around a restore.
pub(crate) fn hooked(plan: &BackupPlan) -> BTreeSet<String> {
    let moments = [HookMoment::BeforeRestore, HookMoment::AfterRestore];
    moments.into_iter().flat_map(|at| plan.hooks(at)).map(|hook| hook.service.clone()).collect()
}

impl Backup {
    /// What a restore has to bring back and what not; `later` was written after the snapshot, `complaints` are
    /// what its hooks said.
    pub(crate) fn keys<'a>(&'a self, later: Option<&'a str>, complaints: &'a [String]) -> Keys<'a> {
        let removed = (self.removed.0.as_str(), &self.removed.1);
        let unloaded = unloaded(&self.plan, &self.dumps);
        Keys { saved: &self.key, later, removed, unloaded, hooked: &self.hooked, complaints }
    }

    /// True where the recipe does something once the files are back.
    pub(crate) fn has_post_hook(&self) -> bool {
        self.plan.hooks(HookMoment::AfterRestore).next().is_some()
    }
}

/// The dumps that nothing loads. Hooks may sit on any service, so one after the restore may load them
/// all.
fn unloaded<'a>(plan: &BackupPlan, dumps: &'a [String]) -> &'a [String] {
    if plan.hooks(HookMoment::AfterRestore).next().is_some() { &[] } else { dumps }
}

#[cfg(test)]
mod tests {
    use cc_ci_backup::Hook;

    use super::*;

    #[rstest::rstest]
    #[case::nothing_loads_it(HookMoment::AfterBackup, 1)]
    #[case::a_hook_may_load_it(HookMoment::AfterRestore, 0)]
    fn only_a_hook_after_the_restore_loads_a_dump(
        #[case] moment: HookMoment,
        #[case] expected: usize,
    ) {
        let hook = Hook { service: "app".to_owned(), moment, command: "/hook.sh".to_owned() };
        let plan = BackupPlan { volumes: vec![], excluded: vec![], hooks: vec![hook] };
        assert_eq!(unloaded(&plan, &["db/dump.sql".to_owned()]).len(), expected);
    }
}
