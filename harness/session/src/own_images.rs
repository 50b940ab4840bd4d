//! The images of the harness itself, and those that units need.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use cc_ci_engine::Engine;
use cc_ci_model::Fault;
use cc_ci_node::images::{ImageError, Making, Step, Watch};
use cc_ci_node::infra::edge;
use cc_ci_runner::ImageSource;

use crate::{Failure, Images, Kind};

/// The images that the harness itself runs.
pub(crate) const GATEWAY: &str = "gateway:2";
pub(crate) const TOOLBOX: &str = "restic:0.18";
/// Every image without which no unit can run.
pub const OWN_IMAGES: [&str; 3] = [GATEWAY, TOOLBOX, edge::IMAGE];
/// Time to bring one of them from the registry of this machine.
const PULL: Duration = Duration::from_secs(120);

/// Images of `recipes/images`, by digest.
pub(crate) struct Built {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) images: Images,
    pub(crate) settings: cc_ci_node::Settings,
    /// Images that are made while the run goes on.
    pub(crate) making: Option<Arc<Making>>,
}

#[async_trait]
impl ImageSource for Built {
    async fn built(&self, name_and_tag: &str) -> Result<String, Fault> {
        // The display of the run shows the wait for the image.
        let had = async {
            self.had(&[name_and_tag], &|_: Step<'_>| ()).await?;
            self.resolved(name_and_tag).await
        };
        had.await.map_err(|error| image_fault(&error))
    }
}

/// The fault of a missing image of `recipes/images`. No third party is at fault: the image is built here and
/// comes from the registry of this machine.
fn image_fault(error: &ImageError) -> Fault {
    match error {
        ImageError::Engine { source, .. } => source.fault(),
        ImageError::File { .. }
        | ImageError::Manifest { .. }
        | ImageError::Unknown { .. }
        | ImageError::NotBuilt { .. }
        | ImageError::Differs { .. }
        | ImageError::Base { .. }
        | ImageError::Command { .. }
        | ImageError::Several { .. }
        | ImageError::Registry(_)
        | ImageError::Lock(_) => Fault::NotPlanned { message: error.to_string() },
    }
}

impl Built {
    async fn resolved(&self, name_and_tag: &str) -> Result<String, ImageError> {
        let catalogue = self.images.having(name_and_tag)?;
        catalogue.resolve(self.engine.as_ref(), &self.settings, name_and_tag).await
    }

    /// Waits for images that are made while the run goes on. Otherwise makes the missing ones of `names`.
    pub(crate) async fn had(&self, names: &[&str], watch: &dyn Watch) -> Result<(), ImageError> {
        if let Some(making) = &self.making {
            names.iter().for_each(|name| making.want(name));
            for name in names {
                making.had(name).await?;
            }
            return Ok(());
        }
        let mut missing = Vec::new();
        for name in names {
            if let Err(ImageError::NotBuilt { .. }) = self.resolved(name).await {
                missing.push((*name).to_owned());
            }
        }
        if missing.is_empty() {
            return Ok(());
        }
        let making = Making::building(self.images.all()?.clone(), &missing)?;
        making.run(self.engine.as_ref(), &self.settings, watch).await.map(drop)
    }

    /// An image that the harness itself runs, by digest and on this node.
    pub(crate) async fn own(&self, name: &str) -> Result<String, Failure> {
        let reference = self.resolved(name).await.map_err(not_built)?;
        if self.engine.image(&reference).await?.is_none() {
            self.engine.pull(&reference, PULL).await?;
        }
        Ok(reference)
    }
}

pub(crate) fn not_built(error: ImageError) -> Failure {
    let mut error = Failure::from(error);
    if error.kind == Kind::Engine {
        return error;
    }
    error.kind = Kind::Machine;
    error.hint("`cc-ci images build` builds what is missing (a few minutes the first time)")
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::EngineError;
    use cc_ci_model::Owner;

    use super::*;

    #[test]
    fn an_image_that_was_not_built_here_is_no_third_partys_matter() {
        let missing = ImageError::NotBuilt { name: "gateway:2".to_owned() };
        let fault = image_fault(&missing);
        assert_eq!(fault.origin().0, Owner::Harness, "{fault}");
        assert!(fault.to_string().contains("cc-ci images build gateway:2"), "{fault}");
        let (endpoint, message) = ("x".to_owned(), "gone".to_owned());
        let source = EngineError::Unreachable { endpoint, message };
        let gone = ImageError::Engine { name: "gateway:2".to_owned(), source };
        assert!(matches!(image_fault(&gone), Fault::EngineDown { .. }));
        assert_eq!(not_built(gone).kind, Kind::Engine);
    }
}
