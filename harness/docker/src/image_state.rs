//! Images as the engine describes them.

use bollard::models::ImageInspect;
use cc_ci_engine::ImageState;

use crate::maps::sorted;

pub(crate) fn state(image: ImageInspect) -> ImageState {
    ImageState {
        id: image.id.unwrap_or_default(),
        tags: image.repo_tags.unwrap_or_default(),
        digests: image.repo_digests.unwrap_or_default(),
        labels: sorted(image.config.and_then(|config| config.labels)),
        bytes: image.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default(),
    }
}
