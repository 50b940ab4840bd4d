//! Brings a unit's images to the node.

use std::collections::BTreeMap;
use std::time::Duration;

use cc_ci_engine::{
    EngineError, ImageState, LABEL_INFRA, LABEL_LEASE, LABEL_NAMESPACE, LABEL_RECIPE, LABEL_RUN,
    LABEL_UNIT, PullFailure,
};
use cc_ci_model::{Adaptation, Event, Fault};
use cc_ci_plan::UnitPlan;
use tokio::time::Instant;

use crate::Site;
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
    let Site { engine, pulls, .. } = &bench.world.site;
    let engine = engine.as_ref();
    let error = match pulls.pull(engine, reference, PULL_LIMIT).await {
        Ok(image) => {
            refuse_forged(reference, &image)?;
            return Ok(by_digest(reference, &image));
        }
        Err(error) => error,
    };
    // Only a registry that cannot be reached is stood in for: an image that its registry says
    // does not exist is the recipe's fault and must stay visible.
    let EngineError::Pull { failure: PullFailure::Unreachable, message, .. } = &error else {
        return Err(error.into());
    };
    let Some(stand_in) = plan.substitutes.get(reference) else { return Err(error.into()) };
    let to = bench.world.site.images.built(stand_in).await?;
    let image = pulls.pull(engine, &to, PULL_LIMIT).await?;
    bench.say(Event::Adapted {
        what: Adaptation::Image,
        object: reference.to_owned(),
        from: reference.to_owned(),
        to: to.clone(),
        reason: format!("its registry cannot be reached: {message}"),
    });
    Ok(by_digest(&to, &image))
}

/// Labels by which the harness finds what is its own.
const OWN: [&str; 6] =
    [LABEL_RUN, LABEL_UNIT, LABEL_RECIPE, LABEL_INFRA, LABEL_LEASE, LABEL_NAMESPACE];

/// A container has the labels of its image, so an image can make one look like another run's, or like a
/// container of the machine.
fn refuse_forged(reference: &str, image: &ImageState) -> Result<(), Fault> {
    let Some(label) = OWN.into_iter().find(|label| image.labels.contains_key(*label)) else {
        return Ok(());
    };
    let message =
        format!("image {reference} carries the label {label}, which only the harness writes");
    Err(Fault::BadRecipe { message })
}

/// `repository@sha256:…` of the reference's own repository.
fn by_digest(reference: &str, image: &ImageState) -> String {
    if reference.contains("@sha256:") {
        return reference.to_owned();
    }
    let wanted = repository(reference);
    let own = image.digests.iter().find(|digest| repository(digest) == wanted);
    // Another repository that has the same image today can have another one tomorrow.
    own.cloned().unwrap_or_else(|| image.id.clone())
}

/// The repository of a reference with its registry: `nginx:1` is `docker.io/library/nginx`. Source:
/// `ParseNormalizedNamed` of distribution's `reference/normalize.go`.
fn repository(reference: &str) -> String {
    let name = reference.split('@').next().unwrap_or_default();
    let slash = name.rfind('/').map_or(0, |at| at + 1);
    let end = name[slash..].find(':').map_or(name.len(), |colon| slash + colon);
    let name = &name[..end];
    let is_registry = |first: &str| first.contains(['.', ':']) || first == "localhost";
    match name.split_once('/') {
        Some(("index.docker.io", rest)) => repository(rest),
        Some(("docker.io", rest)) if !rest.contains('/') => format!("docker.io/library/{rest}"),
        Some((first, _)) if is_registry(first) => name.to_owned(),
        Some(_) => format!("docker.io/{name}"),
        None => format!("docker.io/library/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_with_a_label_of_the_harness_is_refused() {
        for label in OWN {
            let labels = BTreeMap::from([(label.to_owned(), "forged".to_owned())]);
            let image = ImageState { labels, ..ImageState::default() };
            let error = refuse_forged("nginx:1", &image).unwrap_err().to_string();
            assert!(error.contains("nginx:1") && error.contains(label), "{error}");
        }
        let labels =
            BTreeMap::from([("org.opencontainers.image.title".to_owned(), "x".to_owned())]);
        refuse_forged("nginx:1", &ImageState { labels, ..ImageState::default() }).unwrap();
    }

    #[rstest::rstest]
    #[case::hub("nginx:1.26", "nginx@sha256:aa")]
    #[case::hub_in_full("docker.io/library/nginx", "nginx@sha256:aa")]
    #[case::ends_alike("my-nginx:1", "my-nginx@sha256:dd")]
    #[case::of_a_user("acme/nginx:1", "acme/nginx@sha256:ee")]
    #[case::registry("127.0.0.1:5000/nginx", "127.0.0.1:5000/nginx@sha256:bb")]
    #[case::registry_and_tag("127.0.0.1:5000/nginx:1", "127.0.0.1:5000/nginx@sha256:bb")]
    #[case::none_of_its_own("other:1", "sha256:id")]
    #[case::only_the_end_is_alike("inx:1", "sha256:id")]
    #[case::digest("x/y@sha256:cc", "x/y@sha256:cc")]
    fn the_digest_of_the_named_repository_is_chosen(#[case] reference: &str, #[case] is: &str) {
        let digests = [
            "my-nginx@sha256:dd",
            "acme/nginx@sha256:ee",
            "nginx@sha256:aa",
            "127.0.0.1:5000/nginx@sha256:bb",
        ];
        let digests = digests.map(str::to_owned).to_vec();
        let image = ImageState { digests, id: "sha256:id".to_owned(), ..ImageState::default() };
        assert_eq!(by_digest(reference, &image), is);
    }
}
