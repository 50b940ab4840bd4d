//! The backupbot label contract: what to save, hooks, dump proofs; restic through the engine port.

mod dump;
mod hook;
mod plan;
mod restic;
mod toolbox;

pub use dump::{DumpWatch, Dumps, check_dumps, watch_dumps};
pub use hook::{HookError, run_hook, running_container};
pub use plan::{BackupPlan, Hook, HookMoment, SavedVolume};
pub use restic::{Restic, ResticError, Snapshot};
pub use toolbox::{TOOLBOX_VOLUMES, Toolbox};
