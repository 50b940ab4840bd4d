//! The local registry's side of an image.

use cc_ci_engine::{Engine, ImageState};
use cc_ci_model::sha256_hex;
use serde::Deserialize;

use super::ImageError;
use super::catalogue::Target;
use super::reference::{local_reference, registry_reference, repository};
use crate::http;

/// What the engine pushes, image manifest version 2 schema 2.
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// What the registry has under a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    /// The manifest's digest, computed from its bytes, as `sha256:…`: what the engine pulls by and
    /// checks the content against.
    pub(super) digest: String,
    /// The digest of the image's configuration, which names every layer.
    config: String,
}

/// The part of a manifest that says which image it is.
#[derive(Deserialize)]
struct Manifest {
    config: Blob,
}

#[derive(Deserialize)]
struct Blob {
    digest: String,
}

impl Stored {
    /// What the registry has under the tag; nothing where it has none or does not answer.
    pub(super) async fn of(port: u16, target: &Target<'_>) -> Option<Self> {
        let path = format!("/v2/cc-ci/{}/manifests/{}", target.image.name, target.build.tag);
        let answer = http::ask(port, "GET", &path, MANIFEST).await.ok()?;
        let manifest: Manifest = serde_json::from_slice(&answer.body).ok()?;
        let digest = format!("sha256:{}", sha256_hex(&answer.body));
        (answer.status == 200).then_some(Self { digest, config: manifest.config.digest })
    }

    /// True where this is the engine's `image`. An engine names an image by the digest of its
    /// configuration, and by that of its manifest where containerd keeps its images.
    pub(super) fn is(&self, image: &ImageState) -> bool {
        image.id == self.config || image.id == self.digest
    }

    /// The reference to pull it by.
    pub(super) fn reference(&self, port: u16, target: &Target<'_>) -> String {
        format!("{}@{}", repository(port, &target.image.name), self.digest)
    }
}

/// Sends the image to the registry through the writer on `port`; returns its digest.
pub(super) async fn push(
    engine: &dyn Engine,
    port: u16,
    target: &Target<'_>,
) -> Result<String, ImageError> {
    let (name, tag) = (&target.image.name, &target.build.tag);
    let reference = registry_reference(port, name, tag);
    let send = async {
        engine.tag(&local_reference(name, tag), &reference).await?;
        let sent = engine.push(&reference).await;
        // The writer's port is not the same the next time: its name would be litter.
        engine.untag(&reference).await?;
        sent
    };
    let sent = send.await.map_err(ImageError::engine(target.name()))?;
    Ok(sent.rsplit_once('@').map(|(_, digest)| digest.to_owned()).unwrap_or_default())
}
