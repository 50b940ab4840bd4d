//! Objects of every kind.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Kinds of objects, in the order in which they can be removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ObjectKind {
    /// A Swarm service.
    Service,
    /// A container.
    Container,
    /// A network.
    Network,
    /// A volume.
    Volume,
    /// A secret.
    Secret,
    /// A config.
    Config,
}

impl ObjectKind {
    /// The kind's word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Container => "container",
            Self::Network => "network",
            Self::Volume => "volume",
            Self::Secret => "secret",
            Self::Config => "config",
        }
    }
}

/// One object on the engine.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Object {
    /// Its kind.
    pub kind: ObjectKind,
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// When it was created, as the engine says it.
    pub created: String,
}

impl Object {
    /// What [`crate::Swarm::remove`] has to know about an object: nothing but what it is.
    #[must_use]
    pub fn known(kind: ObjectKind, id: impl Into<String>, name: impl Into<String>) -> Self {
        let (labels, created) = (BTreeMap::new(), String::new());
        Self { kind, id: id.into(), name: name.into(), labels, created }
    }
}
