//! Who owns a fault.

use super::{Fault, Operation};
use crate::{Cause, Owner};

impl Fault {
    /// Who must act if this failure is real, and the finer cause.
    #[must_use]
    pub fn origin(&self) -> (Owner, Cause) {
        use {Cause as C, Owner as O};
        match self {
            Self::CrashLoop { .. }
            | Self::OneShotFailed { .. }
            | Self::Ended { .. }
            | Self::RolledBack { .. }
            | Self::UpdatePaused { .. }
            | Self::OwnPort { .. }
            | Self::InNoVolume { .. }
            | Self::NotMoved { .. } => (O::Recipe, C::Config),
            Self::TaskRejected { .. } | Self::ImageMissing { .. } => (O::Recipe, C::Image),
            Self::Unhealthy { .. } | Self::CheckFailed { .. } => (O::Recipe, C::Upstream),
            Self::MemoryLimit { .. } => (O::Recipe, C::Resources),
            Self::DataLost { after, .. } => match after {
                // Data that is lost without an operation, or with its process, was never written to the volume.
                Operation::Nothing | Operation::Restart => (O::Recipe, C::Upstream),
                // The recipe declares a volume that survives a killed process and does not survive a reboot.
                Operation::Reboot => (O::Recipe, C::Config),
                Operation::Upgrade | Operation::Rollback | Operation::Interrupt => {
                    (O::Recipe, C::Migration)
                }
                Operation::Restore | Operation::Recovery => (O::Recipe, C::Restore),
            },
            Self::DataUnreadable { after, why, .. } => why.origin(*after),
            Self::DataKept { .. } => (O::Recipe, C::Restore),
            Self::HookFailed { hook, .. } => {
                (O::Recipe, if hook.contains(".restore.") { C::Restore } else { C::Backup })
            }
            Self::BadDump { .. } | Self::BackupLabels { .. } | Self::NotSaved { .. } => {
                (O::Recipe, C::Backup)
            }
            Self::NotRestarted { .. } => (O::Recipe, C::Config),
            Self::RuleBroken { .. } => (O::Recipe, C::Lint),
            Self::NotServing { .. } => (O::Recipe, C::Network),
            Self::BadRecipe { .. } => (O::Recipe, C::Config),
            Self::RegistryDown { .. } | Self::SourceDown { .. } => (O::External, C::Registry),
            Self::RegistryQuota { .. } => (O::Harness, C::Registry),
            Self::EngineDown { .. } | Self::EngineRefused { .. } => (O::Harness, C::Engine),
            Self::NotSchedulable { .. }
            | Self::NodeExhausted { .. }
            | Self::AddedLimit { .. }
            | Self::NotPlanned { .. } => (O::Harness, C::Node),
            Self::PortTaken { .. } | Self::LeftBehind { .. } => (O::Harness, C::State),
            Self::Gateway { .. } | Self::Edge { .. } => (O::Harness, C::Proxy),
            Self::Restic { .. }
            | Self::DeployCount { .. }
            | Self::NotRefused { .. }
            | Self::NotIdempotent { .. }
            | Self::Bug { .. } => (O::Harness, C::Code),
            Self::BrokenCheck { .. } => (O::Harness, C::Check),
            Self::Deadline { .. } => (O::Unknown, C::Unknown),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timeout_has_no_owner() {
        let fault = Fault::Deadline { seconds: 5, waiting_for: "app 0/1".into() };
        assert_eq!(fault.origin(), (Owner::Unknown, Cause::Unknown));
    }

    #[test]
    fn a_limit_s_owner_is_its_author() {
        let ours = Fault::AddedLimit {
            at: "service app".into(),
            limit: "512 MiB of memory".into(),
            detail: String::new(),
        };
        assert_eq!(ours.origin(), (Owner::Harness, Cause::Node));
        let theirs = Fault::MemoryLimit { service: "app".into(), limit_bytes: 1 << 20 };
        assert_eq!(theirs.origin(), (Owner::Recipe, Cause::Resources));
    }

    #[test]
    fn the_hook_decides_between_backup_and_restore() {
        let hook = |hook: &str| Fault::HookFailed {
            service: "app".into(),
            hook: hook.into(),
            exit_code: 1,
            output: String::new(),
        };
        assert_eq!(hook("backupbot.backup.pre-hook").origin().1, Cause::Backup);
        assert_eq!(hook("backupbot.restore.post-hook").origin().1, Cause::Restore);
    }
}
