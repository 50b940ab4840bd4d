//! What a process printed before it failed.

use super::Fault;
use crate::Said;
use crate::said::UNHEALTHY;

impl Fault {
    /// What the process of the failed task printed, as far as it is known.
    #[must_use]
    pub fn said(&self) -> Option<&Said> {
        match self {
            Self::CrashLoop { said, .. }
            | Self::OneShotFailed { said, .. }
            | Self::Ended { said, .. }
            | Self::Unhealthy { said, .. }
            | Self::RolledBack { said, .. }
            | Self::UpdatePaused { said, .. } => said.as_deref(),
            _ => None,
        }
    }

    /// The error of a task that its health check has ended, by the check's output.
    #[must_use]
    pub fn unhealthy(output: &str) -> String {
        format!("{UNHEALTHY}{output}")
    }
}
