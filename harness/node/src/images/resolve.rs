//! From a recipe's substitute to an image that can be pulled by digest.

use cc_ci_engine::Engine;

use super::ImageError;
use super::catalogue::Catalogue;
use super::push::Stored;
use super::reference::local_reference;
use crate::Settings;

impl Catalogue {
    /// The digest reference of `image` (as `nginx:1.22`) in the local registry.
    ///
    /// # Errors
    /// [`ImageError::Unknown`] with a near name, [`ImageError::NotBuilt`] where the engine or the
    /// registry does not have it, [`ImageError::Differs`] where the registry has another image
    /// under this tag than the one that was built here.
    pub async fn resolve(
        &self,
        engine: &dyn Engine,
        settings: &Settings,
        image: &str,
    ) -> Result<String, ImageError> {
        let target = self.one(image)?;
        let name = target.name();
        let tag = local_reference(&target.image.name, &target.build.tag);
        let built = engine.image(&tag).await.map_err(ImageError::engine(&name))?;
        let port = settings.registry_port;
        let (Some(built), Some(stored)) = (built, Stored::of(port, &target).await) else {
            return Err(ImageError::NotBuilt { name });
        };
        if !stored.is(&built) {
            return Err(ImageError::Differs { name, stored: stored.digest, built: built.id });
        }
        Ok(stored.reference(port, &target))
    }
}
