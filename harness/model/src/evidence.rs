//! Facts captured when something happened.

use serde::{Deserialize, Serialize};

use crate::Event;

/// What a piece of evidence holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EvidenceKind {
    /// The last output of a container.
    Log,
    /// The engine's own account of services and tasks.
    Inspect,
    /// The specification that was sent to the engine.
    Spec,
    /// Output of a command run in a container.
    Exec,
    /// Memory, disk and pressure of the machine.
    Node,
    /// What was found out about the recipe's files.
    Text,
}

/// A pointer to `evidence/<sha256>`; the content is redacted before it is hashed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EvidenceRef {
    /// SHA-256 of the stored bytes, hexadecimal; also the file's name.
    pub sha256: String,
    /// What it holds.
    pub kind: EvidenceKind,
    /// What it is about, for a reader: a service, a hook, a check.
    pub name: String,
    /// Size of the stored bytes.
    pub bytes: u64,
}

impl Event {
    /// The evidence that it points to.
    #[must_use]
    pub fn evidence(&self) -> Vec<&EvidenceRef> {
        match self {
            Self::Deployed { evidence, .. } | Self::Captured { evidence } => vec![evidence],
            Self::HookRan { evidence, .. } => evidence.iter().collect(),
            Self::CheckFinished { evidence, .. } => evidence.iter().collect(),
            Self::RunStarted { .. }
            | Self::UnitRefused { .. }
            | Self::RunFailed { .. }
            | Self::UnitWaits { .. }
            | Self::NotBegun { .. }
            | Self::UnitStarted { .. }
            | Self::Adapted { .. }
            | Self::ImageReady { .. }
            | Self::TierStarted { .. }
            | Self::Waiting { .. }
            | Self::Converged { .. }
            | Self::TasksKilled { .. }
            | Self::KilledAtStop { .. }
            | Self::LimitStretched { .. }
            | Self::Resumed { .. }
            | Self::Predicted { .. }
            | Self::TroubleKnown { .. }
            | Self::MemoryPeak { .. }
            | Self::NodeStalled { .. }
            | Self::StaleDeclaration { .. }
            | Self::LintFound { .. }
            | Self::Covered { .. }
            | Self::TaskFailed { .. }
            | Self::UpdateSettled { .. }
            | Self::CanaryWritten { .. }
            | Self::CanarySkipped { .. }
            | Self::Snapshot { .. }
            | Self::Observed { .. }
            | Self::Compared { .. }
            | Self::ProgramKnown { .. }
            | Self::FilesRead { .. }
            | Self::TierFinished { .. }
            | Self::UnitFinished { .. }
            | Self::LeftVisible { .. }
            | Self::Withheld { .. }
            | Self::SecretsScanned { .. }
            | Self::RunFinished { .. }
            | Self::Removed { .. }
            | Self::EvidenceRemoved { .. }
            | Self::Unknown { .. } => Vec::new(),
        }
    }
}
