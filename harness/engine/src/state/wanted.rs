//! Secrets, configs and services that are to be created.

use std::collections::BTreeMap;

use cc_ci_model::{Secret, ServiceSpec};

/// A secret to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretObject {
    /// Name on the engine.
    pub name: String,
    /// Its value.
    pub data: Secret,
    /// `golang` or nothing.
    pub template_driver: Option<String>,
    /// All labels.
    pub labels: BTreeMap<String, String>,
}

/// A config to create.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigObject {
    /// Name on the engine.
    pub name: String,
    /// Its content.
    pub data: Vec<u8>,
    /// `golang` or nothing.
    pub template_driver: Option<String>,
    /// All labels.
    pub labels: BTreeMap<String, String>,
}

/// A service to create or update. Names in the specification are resolved: networks, secrets,
/// configs and volumes are those of the engine, not of the compose file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceObject {
    /// Name on the engine, `<stack>_<service>`.
    pub name: String,
    /// What runs.
    pub spec: ServiceSpec,
    /// Labels of the service on top of the specification's.
    pub labels: BTreeMap<String, String>,
    /// Labels of its containers on top of the specification's.
    pub container_labels: BTreeMap<String, String>,
    /// Labels of the volumes that its mounts create.
    pub volume_labels: BTreeMap<String, String>,
    /// Changes to force new tasks although nothing else did.
    pub force: u64,
}
