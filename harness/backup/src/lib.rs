//! The backupbot label contract: what to save, hooks, dump proofs; restic through the engine port.

mod break_off;
mod changes;
mod copied;
mod drill;
mod dump;
mod hook;
mod place;
mod plan;
mod quick_key;
mod removal;
mod restic;
mod strays;
mod toolbox;

pub use cc_ci_dump::Source as DumpSource;
pub use changes::{Moment, changed_since, moment};
pub use copied::copy_repository;
pub use drill::{Flaw, flawed, refusal};
pub use dump::{DumpWatch, Dumps, Looked, Proof, ReadDump, check_dumps, watch_dumps};
pub use hook::{HookError, run_hook, running_container};
pub use place::BackupPlace;
pub use plan::{BackupPlan, Hook, HookMoment, SavedVolume};
pub use removal::Removed;
pub use restic::{Restic, ResticError, Snapshot};
pub use strays::{mark, stray_dumps};
pub use toolbox::{RepositoryVolume, TOOLBOX_NAME, TOOLBOX_VOLUMES, Toolbox};
