//! Brings a unit's images to the node.

use std::collections::BTreeMap;
use std::time::Duration;

use cc_ci_engine::{EngineError, ImageState, PullFailure};
use cc_ci_model::{Adaptation, Event};
use cc_ci_suite::UnitPlan;
use tokio::time::Instant;

use crate::bench::{Bench, Stop, millis_since};

/// Time for one image. Gigabytes over a slow line take minutes; this bounds a line that is dead.
const PULL_LIMIT: Duration = Duration::from_secs(900);

/// Brings every image of the unit to the node and returns them by digest, as named in the recipe.
///
/// # Errors
/// [`Fault::ImageMissing`], [`Fault::RegistryDown`] or [`Fault::RegistryQuota`]: a failed pull is a
/// pull failure, never a deploy timeout.
pub(crate) async fn images(
    bench: &Bench<'_>,
    plan: &UnitPlan,
) -> Result<BTreeMap<String, String>, Stop> {
    let mut digests = BTreeMap::new();
    for reference in plan.images() {
        bench.waiting(format!("image {reference}"));
        let started = Instant::now();
        let digest = image(bench, plan, reference).await?;
        let (reference, millis) = (reference.to_owned(), millis_since(started));
        let ready =
            Event::ImageReady { reference: reference.clone(), digest: digest.clone(), millis };
        bench.say(ready);
        digests.insert(reference, digest);
    }
    Ok(digests)
}

async fn image(bench: &Bench<'_>, plan: &UnitPlan, reference: &str) -> Result<String, Stop> {
    let engine = bench.world.engine.as_ref();
    let error = match engine.pull(reference, PULL_LIMIT).await {
        Ok(image) => return Ok(by_digest(reference, &image)),
        Err(error) => error,
    };
    // Only a registry that cannot be reached is stood in for: an image that its registry says
    // does not exist is the recipe's fault and must stay visible.
    let EngineError::Pull { failure: PullFailure::Unreachable, message, .. } = &error else {
        return Err(error.into());
    };
    let Some(stand_in) = plan.substitutes.get(reference) else { return Err(error.into()) };
    let to = bench.world.images.built(stand_in).await?;
    let image = engine.pull(&to, PULL_LIMIT).await?;
    bench.say(Event::Adapted {
        what: Adaptation::Image,
        object: reference.to_owned(),
        from: reference.to_owned(),
        to: to.clone(),
        reason: format!("its registry cannot be reached: {message}"),
    });
    Ok(by_digest(&to, &image))
}

/// `repository@sha256:…` of the reference's own repository.
fn by_digest(reference: &str, image: &ImageState) -> String {
    if reference.contains("@sha256:") {
        return reference.to_owned();
    }
    let slash = reference.rfind('/').map_or(0, |at| at + 1);
    let end = reference[slash..].find(':').map_or(reference.len(), |colon| slash + colon);
    let repository = &reference[..end];
    let own = image
        .digests
        .iter()
        .find(|digest| digest.split('@').next().is_some_and(|name| name.ends_with(repository)));
    own.or(image.digests.first()).cloned().unwrap_or_else(|| image.id.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[rstest::rstest]
    #[case("nginx:1.26", "registry.example/library/nginx@sha256:aa")]
    #[case("127.0.0.1:5000/nginx", "127.0.0.1:5000/nginx@sha256:bb")]
    #[case("127.0.0.1:5000/nginx:1", "127.0.0.1:5000/nginx@sha256:bb")]
    #[case("other:1", "registry.example/library/nginx@sha256:aa")]
    #[case("x/y@sha256:cc", "x/y@sha256:cc")]
    fn the_digest_of_the_named_repository_is_chosen(#[case] reference: &str, #[case] is: &str) {
        let digests =
            ["registry.example/library/nginx@sha256:aa", "127.0.0.1:5000/nginx@sha256:bb"];
        let digests = digests.map(str::to_owned).to_vec();
        let image = ImageState { digests, ..ImageState::default() };
        assert_eq!(by_digest(reference, &image), is);
    }
}
