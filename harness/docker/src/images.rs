//! The image part of the port.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;
use bollard::query_parameters::{RemoveImageOptions, TagImageOptions};
use cc_ci_engine::{BuildSpec, EngineError, ImageState, Images};

use crate::reference::Reference;
use crate::{Docker, image_state};

type Result<T> = std::result::Result<T, EngineError>;

#[async_trait]
impl Images for Docker {
    async fn image(&self, reference: &str) -> Result<Option<ImageState>> {
        let failed = self.failed("inspect", "image", reference);
        match self.client.inspect_image(reference).await.map_err(failed) {
            Ok(found) => Ok(Some(image_state::state(found))),
            Err(EngineError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn pull(&self, reference: &str, limit: Duration) -> Result<ImageState> {
        self.pull_image(reference, limit).await
    }

    async fn build(
        &self,
        build: &BuildSpec,
        progress: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Result<ImageState> {
        self.build_with(build, progress).await
    }

    async fn import(
        &self,
        archive: &Path,
        tag: &str,
        labels: &[(String, String)],
    ) -> Result<ImageState> {
        self.import_archive(archive, tag, labels).await
    }

    async fn tag(&self, image: &str, reference: &str) -> Result<()> {
        let target = Reference::parse(reference);
        let options = TagImageOptions {
            repo: Some(target.name.to_owned()),
            tag: Some(target.tag().to_owned()),
        };
        let failed = self.failed("tag", "image", image);
        self.client.tag_image(image, Some(options)).await.map_err(failed)
    }

    async fn untag(&self, reference: &str) -> Result<()> {
        let options = RemoveImageOptions { noprune: true, ..RemoveImageOptions::default() };
        let failed = self.failed("untag", "image", reference);
        match self.client.remove_image(reference, Some(options), None).await.map_err(failed) {
            Err(EngineError::NotFound { .. }) => Ok(()),
            other => other.map(drop),
        }
    }

    async fn push(&self, reference: &str) -> Result<String> {
        self.push_image(reference).await
    }
}

impl Docker {
    /// The image that must be there by now.
    pub(crate) async fn present(&self, reference: &str) -> Result<ImageState> {
        let missing = || EngineError::NotFound { object: format!("image {reference}") };
        self.image(reference).await?.ok_or_else(missing)
    }
}
