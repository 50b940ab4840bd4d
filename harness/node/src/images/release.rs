//! Debian releases that images stand on.

use serde::{Deserialize, Serialize};

/// A Debian release that images stand on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Release {
    /// Debian 12.
    Bookworm,
    /// Debian 13.
    Trixie,
}

impl Release {
    /// Every release.
    pub const ALL: [Self; 2] = [Self::Bookworm, Self::Trixie];

    /// Its code name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Bookworm => "bookworm",
            Self::Trixie => "trixie",
        }
    }

    /// The base image on the engine.
    #[must_use]
    pub fn reference(self) -> String {
        format!("cc-ci/base:{}", self.name())
    }

    /// The same release as its publisher's own image.
    pub(super) fn upstream(self) -> String {
        format!("debian:{}-slim", self.name())
    }
}
