//! Promises about images.

use std::time::Duration;

use super::broken::{Broken, ensure};
use super::subject::Subject;
use crate::EngineError;

/// An image is found by tag and by id; one that nobody has is none.
pub async fn an_image_is_found_by_its_names(subject: &Subject<'_>) -> Result<(), Broken> {
    let engine = subject.engine;
    let Some(image) = engine.image(&subject.image).await? else {
        return ensure(false, "the image of the test", &subject.image);
    };
    ensure(image.tags.contains(&subject.image), "its tag", &image)?;
    ensure(image.bytes > 0 && image.id.starts_with("sha256:"), "an id and a size", &image)?;
    let by_id = engine.image(&image.id).await?;
    ensure(by_id.as_ref() == Some(&image), "the same image by its id", by_id)?;
    let none = engine.image(&format!("cc-ci.invalid/{}:1", subject.name("none"))).await?;
    ensure(none.is_none(), "no image", none)
}

/// A pull that cannot be is an error of its own that names the reference.
pub async fn an_unknown_image_cannot_be_pulled(subject: &Subject<'_>) -> Result<(), Broken> {
    // Nobody listens on port 1 of the node itself.
    let wanted = format!("127.0.0.1:1/{}:1", subject.name("none"));
    let result = subject.engine.pull(&wanted, Duration::from_secs(30)).await;
    let named = matches!(&result, Err(EngineError::Pull { reference, .. }) if *reference == wanted);
    ensure(named, "a pull failure with the reference", result)?;
    let image = subject.engine.image(&wanted).await?;
    ensure(image.is_none(), "no image after that", image)
}
