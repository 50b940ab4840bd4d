//! The fake's side of the port: images.

use std::path::Path;
use std::time::Duration;

use async_trait::async_trait;

use super::engine::FakeEngine;
use super::images::{digest_of, from_registry, made_here, tagged, untagged};
use crate::{BuildSpec, EngineError, ImageState, Images, PullFailure};

type Result<T> = std::result::Result<T, EngineError>;

#[async_trait]
impl Images for FakeEngine {
    async fn image(&self, reference: &str) -> Result<Option<ImageState>> {
        self.read("image", reference, |world| Ok(world.shelves[self.node].find(reference).cloned()))
    }

    async fn pull(&self, reference: &str, _limit: Duration) -> Result<ImageState> {
        self.change("pull", reference, |world| {
            let offered = world.pullable.iter().any(|known| {
                known == reference || from_registry(known).digests.iter().any(|d| d == reference)
            });
            if !offered {
                return Err(EngineError::Pull {
                    reference: reference.to_owned(),
                    failure: PullFailure::Missing,
                    message: format!("manifest for {reference} not found: manifest unknown"),
                });
            }
            Ok(world.shelves[self.node].put(from_registry(reference)))
        })
    }

    async fn build(
        &self,
        build: &BuildSpec,
        progress: &(dyn for<'a> Fn(&'a str) + Send + Sync),
    ) -> Result<ImageState> {
        self.unless_it_hangs("build").await;
        let image = self.change("build", &build.tag, |world| {
            let mut seed = build.context.clone();
            seed.extend(format!("{:?} {}", build.args, build.dockerfile).into_bytes());
            let mut image = made_here(&seed, &build.tag);
            image.labels = build.labels.clone();
            Ok(world.shelves[self.node].put(image))
        })?;
        progress("Step 1/1 : FROM scratch");
        progress(&format!("Successfully built {}", image.id));
        Ok(image)
    }

    async fn import(
        &self,
        archive: &Path,
        tag: &str,
        labels: &[(String, String)],
    ) -> Result<ImageState> {
        let content = tokio::fs::read(archive).await;
        self.change("import", tag, |world| {
            let content = content.map_err(|error| EngineError::Refused {
                action: format!("import {}", archive.display()),
                status: None,
                message: error.to_string(),
            })?;
            let mut image = made_here(&content, tag);
            image.labels = labels.iter().cloned().collect();
            Ok(world.shelves[self.node].put(image))
        })
    }

    async fn tag(&self, image: &str, reference: &str) -> Result<()> {
        self.change("tag", &format!("{image} {reference}"), |world| {
            let Some(mut found) = world.shelves[self.node].find(image).cloned() else {
                return Err(EngineError::NotFound { object: format!("image {image}") });
            };
            let reference = tagged(reference);
            if !found.tags.contains(&reference) {
                found.tags.push(reference);
            }
            world.shelves[self.node].put(found);
            Ok(())
        })
    }

    async fn untag(&self, reference: &str) -> Result<()> {
        self.change("untag", reference, |world| {
            let name = tagged(reference);
            let here = &mut world.shelves[self.node].here;
            here.iter_mut().for_each(|image| image.tags.retain(|tag| *tag != name));
            here.retain(|image| !image.tags.is_empty() || !image.digests.is_empty());
            Ok(())
        })
    }

    async fn push(&self, reference: &str) -> Result<String> {
        self.change("push", reference, |world| {
            let Some(mut found) = world.shelves[self.node].find(reference).cloned() else {
                return Err(EngineError::NotFound { object: format!("image {reference}") });
            };
            let pushed = format!("{}@{}", untagged(reference), digest_of(&tagged(reference)));
            if !found.digests.contains(&pushed) {
                found.digests.push(pushed.clone());
            }
            world.shelves[self.node].put(found);
            world.pullable.push(reference.to_owned());
            Ok(pushed)
        })
    }
}
