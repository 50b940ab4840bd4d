//! Images and how they are built.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// An image on the node.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ImageState {
    /// Id, `sha256:…`.
    pub id: String,
    /// Names with tag.
    pub tags: Vec<String>,
    /// Names with digest, `name@sha256:…`; empty for an image that no registry has.
    pub digests: Vec<String>,
    /// Labels.
    pub labels: BTreeMap<String, String>,
    /// Size in bytes.
    pub bytes: u64,
}

/// An image to build with the classic builder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BuildSpec {
    /// The build context as a tar archive, with the Dockerfile in it.
    pub context: Vec<u8>,
    /// Name of the Dockerfile in the context.
    pub dockerfile: String,
    /// Build arguments.
    pub args: BTreeMap<String, String>,
    /// Name and tag of the result.
    pub tag: String,
    /// Labels of the result.
    pub labels: BTreeMap<String, String>,
    /// Network mode of the build steps: `bridge`, `host` or empty for the engine's default.
    pub network: String,
}
