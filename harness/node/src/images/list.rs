//! What is there.

use cc_ci_engine::Engine;
use serde::Serialize;

use super::ImageError;
use super::catalogue::Catalogue;
use super::push::Stored;
use super::reference::{local_reference, registry_reference};
use crate::Settings;

/// One tag of one image, and what this machine has of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Listed {
    /// Image.
    pub name: String,
    /// Tag.
    pub tag: String,
    /// What it is, for a reader.
    pub description: String,
    /// Its name in the local registry.
    pub reference: String,
    /// The engine has it.
    pub built: bool,
    /// The local registry has this very image.
    pub pushed: bool,
    /// Its name with its digest, where the registry has it.
    pub digest: Option<String>,
    /// Size in bytes, where the engine has it.
    pub bytes: Option<u64>,
}

impl Catalogue {
    /// Every image with what this machine has of it.
    ///
    /// # Errors
    /// The engine's own.
    pub async fn list(
        &self,
        engine: &dyn Engine,
        settings: &Settings,
    ) -> Result<Vec<Listed>, ImageError> {
        let port = settings.registry_port;
        let mut listed = Vec::new();
        for target in self.targets() {
            let (name, tag) = (&target.image.name, &target.build.tag);
            let image = engine
                .image(&local_reference(name, tag))
                .await
                .map_err(ImageError::engine(target.name()))?;
            let digest = match &image {
                Some(image) => Stored::of(port, &target).await.filter(|stored| stored.is(image)),
                None => None,
            };
            listed.push(Listed {
                name: name.clone(),
                tag: tag.clone(),
                description: target.image.manifest.description.clone(),
                reference: registry_reference(port, name, tag),
                built: image.is_some(),
                pushed: digest.is_some(),
                digest: digest.map(|stored| stored.reference(port, &target)),
                bytes: image.map(|image| image.bytes),
            });
        }
        Ok(listed)
    }
}
