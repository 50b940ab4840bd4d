//! From a recipe's substitute to an image that can be pulled by digest.

use super::catalogue::{Catalogue, Target};
use super::{ImageError, push, reference::repository};
use crate::Settings;

impl Catalogue {
    /// The digest reference of `image` (as `nginx:1.22`) in the local registry.
    ///
    /// # Errors
    /// [`ImageError::Unknown`] with a near name, [`ImageError::NotBuilt`] where the registry does
    /// not have it or does not run.
    pub async fn resolve(&self, settings: &Settings, image: &str) -> Result<String, ImageError> {
        let found = self.find(image)?;
        // A bare name with several tags names nothing.
        let [target] = found.as_slice() else {
            let near = found.first().map(Target::name);
            return Err(ImageError::Unknown { name: image.to_owned(), near });
        };
        let not_built = || ImageError::NotBuilt { name: target.name() };
        let port = settings.registry_port;
        let digest = push::digest(port, target).await.ok_or_else(not_built)?;
        Ok(format!("{}@{digest}", repository(port, &target.image.name)))
    }
}
