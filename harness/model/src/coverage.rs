//! What changed in a volume during a run, and what of it the snapshot holds.

use serde::{Deserialize, Serialize};

/// What changed in one volume during a run, compared with the snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VolumeCoverage {
    /// Compose name.
    pub volume: String,
    /// Files that the app made, changed or removed since the deploy, ours left out.
    pub changed: u64,
    /// Of those, files that lie under no saved path.
    pub unsaved: u64,
    /// An example of an unsaved one, relative to the volume.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// True where the snapshot holds all of it or some of its paths.
    pub saved: bool,
    /// Why changed files may be missing from the snapshot; `None` where nothing excuses them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excused: Option<String>,
}

impl VolumeCoverage {
    /// True where changed files are in no snapshot and nothing excuses that.
    #[must_use]
    pub fn is_lost(&self) -> bool {
        self.unsaved > 0 && self.excused.is_none()
    }
}
