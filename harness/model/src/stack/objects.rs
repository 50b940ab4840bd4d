//! A stack and the objects beside its services.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{FileContent, ServiceSpec};
use crate::StackName;

/// One deployed copy of a recipe, as it is asked of the engine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StackSpec {
    /// The stack's name; the prefix of its objects.
    pub name: StackName,
    /// Services by their compose name.
    pub services: BTreeMap<String, ServiceSpec>,
    /// Networks by their compose name.
    pub networks: BTreeMap<String, NetworkSpec>,
    /// Named volumes by their compose name.
    pub volumes: BTreeMap<String, VolumeSpec>,
    /// Secrets by their compose name.
    pub secrets: BTreeMap<String, SecretSpec>,
    /// Configs by their compose name.
    pub configs: BTreeMap<String, ConfigSpec>,
}

/// A network of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetworkSpec {
    /// The name on the engine.
    pub name: String,
    /// True where the stack does not create it (`proxy`).
    pub external: bool,
    /// The driver; `overlay` unless the recipe says otherwise.
    pub driver: String,
    /// Driver options.
    pub options: BTreeMap<String, String>,
    /// No route to the outside.
    pub internal: bool,
    /// Whether plain containers may join. Our own networks always are, for the gateway.
    pub attachable: bool,
    /// Labels of the recipe.
    pub labels: BTreeMap<String, String>,
    /// Which addresses it has; the engine chooses them where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ipam: Option<Ipam>,
}

/// Who gives addresses to a network, and which.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ipam {
    /// The driver; the engine's default where empty.
    pub driver: Option<String>,
    /// Its subnets, as `10.9.0.0/24`.
    pub subnets: Vec<String>,
}

/// A named volume of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VolumeSpec {
    /// The name on the engine.
    pub name: String,
    /// True where the stack does not create it.
    pub external: bool,
    /// The driver; the engine's default where empty.
    pub driver: Option<String>,
    /// Driver options.
    pub options: BTreeMap<String, String>,
    /// Labels of the recipe.
    pub labels: BTreeMap<String, String>,
}

/// Where the content of a secret or config comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum ObjectSource {
    /// A file of the recipe, already read.
    Content(FileContent),
    /// The harness makes it up: a password of `length` characters of `charset`.
    Generate {
        /// Number of characters.
        length: u16,
        /// The characters to choose from.
        charset: String,
    },
    /// The harness makes it up: a passphrase of `words` words with hyphens between.
    Passphrase {
        /// Number of words.
        words: u16,
    },
    /// The stack does not create it; it must exist already.
    External,
}

/// A secret of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SecretSpec {
    /// The name on the engine, at most 64 characters.
    pub name: String,
    /// Where its value comes from.
    pub source: ObjectSource,
    /// `golang` or nothing.
    pub template_driver: Option<String>,
    /// Labels of the recipe.
    pub labels: BTreeMap<String, String>,
}

/// A config of a stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ConfigSpec {
    /// The name on the engine, at most 64 characters.
    pub name: String,
    /// Where its content comes from.
    pub source: ObjectSource,
    /// `golang` or nothing.
    pub template_driver: Option<String>,
    /// Labels of the recipe.
    pub labels: BTreeMap<String, String>,
}

/// What kind of thing is mounted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MountType {
    /// A named or anonymous volume.
    #[default]
    Volume,
    /// A path of the host.
    Bind,
    /// Memory.
    Tmpfs,
}

/// One mount of a service.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MountSpec {
    /// What kind of thing is mounted.
    pub kind: MountType,
    /// Compose name of the volume, or host path; empty for tmpfs and anonymous volumes.
    pub source: String,
    /// Path in the container.
    pub target: String,
    /// Mounted read-only.
    pub read_only: bool,
    /// Do not fill an empty volume from the image.
    pub no_copy: bool,
    /// Bind propagation (`rprivate`, …).
    pub propagation: Option<String>,
    /// Size limit of a tmpfs in bytes.
    pub tmpfs_bytes: Option<u64>,
    /// File mode of a tmpfs.
    pub tmpfs_mode: Option<u32>,
    /// What the stack declares about a named volume. The node that first runs a task makes the volume by it, so
    /// it is sent with the mount. [`StackSpec`]s leave it empty.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub declared: Option<VolumeSpec>,
}
