//! The local registry's side of an image.

use cc_ci_engine::{Engine, ImageState};

use super::ImageError;
use super::catalogue::Target;
use super::reference::{local_reference, registry_reference, repository};
use crate::http;

/// What the engine pushes, image manifest version 2 schema 2.
const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

/// The digest under which the registry has the tag, as `sha256:…`; nothing where it has it not.
pub(super) async fn digest(port: u16, target: &Target<'_>) -> Option<String> {
    let path = format!("/v2/cc-ci/{}/manifests/{}", target.image.name, target.build.tag);
    let answer = http::ask(port, "HEAD", &path, MANIFEST).await.ok()?;
    let digest = answer.header("docker-content-digest")?;
    (answer.status == 200).then(|| digest.to_owned())
}

/// The registry's digest reference of `image`, where the registry's tag means that very image.
pub(super) async fn pushed(port: u16, target: &Target<'_>, image: &ImageState) -> Option<String> {
    let digest = digest(port, target).await?;
    let reference = format!("{}@{digest}", repository(port, &target.image.name));
    image.digests.contains(&reference).then_some(reference)
}

/// Sends the image to the registry; returns `name@sha256:…`.
pub(super) async fn push(
    engine: &dyn Engine,
    port: u16,
    target: &Target<'_>,
) -> Result<String, ImageError> {
    let (name, tag) = (&target.image.name, &target.build.tag);
    let reference = registry_reference(port, name, tag);
    let send = async {
        engine.tag(&local_reference(name, tag), &reference).await?;
        engine.push(&reference).await
    };
    send.await.map_err(ImageError::engine(target.name()))
}
