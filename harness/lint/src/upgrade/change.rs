//! The difference as a value.

use serde::{Deserialize, Serialize};

/// Version of the difference's JSON form.
pub const UPGRADE_SCHEMA: u32 = 1;

/// What an upgrade changes, by kind; each list is sorted by name. Object names carry
/// `${STACK_NAME}` where the stack's own name stood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UpgradeDiff {
    /// Version of this form.
    pub schema: u32,
    /// Services, and what else changed in them, as `app.healthcheck`.
    pub services: Vec<Change>,
    /// Images by service.
    pub images: Vec<Change>,
    /// Variables by service, as `app.LOG_LEVEL`.
    pub env: Vec<Change>,
    /// Secrets: name on the engine and how they are made. Never a value.
    pub secrets: Vec<Change>,
    /// Configs: name on the engine and the beginning of the content's SHA-256.
    pub configs: Vec<Change>,
    /// Volumes: name on the engine and driver.
    pub volumes: Vec<Change>,
    /// Published ports, as `app 64738/udp`.
    pub ports: Vec<Change>,
    /// Labels by service, as `app.traefik.enable`.
    pub labels: Vec<Change>,
}

/// One thing that is new, gone or different.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// What it is.
    pub name: String,
    /// Its value before; `None` where it is new.
    pub old: Option<String>,
    /// Its value now; `None` where it is gone.
    pub new: Option<String>,
}

impl UpgradeDiff {
    /// The kinds with their names, in the order in which a reader wants them.
    #[must_use]
    pub fn kinds(&self) -> [(&'static str, &[Change]); 8] {
        [
            ("images", &self.images),
            ("services", &self.services),
            ("volumes", &self.volumes),
            ("env", &self.env),
            ("secrets", &self.secrets),
            ("configs", &self.configs),
            ("ports", &self.ports),
            ("labels", &self.labels),
        ]
    }

    /// True where nothing changes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.kinds().iter().all(|(_, changes)| changes.is_empty())
    }
}
