//! What is put over a recipe's compose file so that the Docker CLI deploys what we deploy.

use std::collections::BTreeMap;

use cc_ci_model::{EndpointMode, StackSpec};
use serde_json::{Value, json};

/// The compose file, as JSON (which is YAML), that replaces images by `digests`, uses `dnsrr` where
/// the kernel has no IPVS and labels everything with `label`.
///
/// # Errors
/// An image has no digest; the error names it.
pub(super) fn overlay(
    version: &str,
    spec: &StackSpec,
    digests: &BTreeMap<String, String>,
    endpoint_mode: EndpointMode,
    (label, value): (&str, &str),
) -> Result<Value, String> {
    let labels = json!({ label: value });
    let mut services = BTreeMap::new();
    for (key, service) in &spec.services {
        let image = &service.image;
        let digest = digests.get(image).ok_or_else(|| format!("image {image} has no digest"))?;
        let mut deploy = json!({ "labels": labels });
        if endpoint_mode == EndpointMode::Dnsrr {
            deploy["endpoint_mode"] = json!("dnsrr");
        }
        services.insert(key, json!({ "image": digest, "labels": labels, "deploy": deploy }));
    }
    let own = spec.volumes.iter().filter(|(_, volume)| !volume.external);
    let volumes: BTreeMap<_, _> = own.map(|(key, _)| (key, json!({ "labels": labels }))).collect();
    Ok(json!({ "version": version, "services": services, "volumes": volumes }))
}

/// The value of the top-level `version` of a compose file. The Docker CLI refuses to put together
/// files that differ in it.
pub(super) fn compose_version(text: &str) -> Option<&str> {
    let line = text.lines().find_map(|line| line.strip_prefix("version:"))?;
    let value = line.split('#').next()?.trim();
    Some(value.trim_matches(['"', '\''])).filter(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{ServiceSpec, StackName, VolumeSpec};

    use super::*;

    fn stack() -> StackSpec {
        let app = ServiceSpec { image: "nginx:1".into(), ..ServiceSpec::default() };
        let external = VolumeSpec { external: true, ..VolumeSpec::default() };
        StackSpec {
            name: StackName::new("s").unwrap(),
            services: [("app".to_owned(), app)].into(),
            networks: BTreeMap::new(),
            volumes: [("own".to_owned(), VolumeSpec::default()), ("other".to_owned(), external)]
                .into(),
            secrets: BTreeMap::new(),
            configs: BTreeMap::new(),
        }
    }

    #[test]
    fn images_labels_and_endpoint_mode_are_put_over() {
        let digests = [("nginx:1".to_owned(), "r/nginx@sha256:aa".to_owned())].into();
        let label = ("cc-ci.run", "r1");
        let made = overlay("3.8", &stack(), &digests, EndpointMode::Dnsrr, label).unwrap();
        let expected = json!({
            "version": "3.8",
            "services": { "app": {
                "image": "r/nginx@sha256:aa",
                "labels": { "cc-ci.run": "r1" },
                "deploy": { "labels": { "cc-ci.run": "r1" }, "endpoint_mode": "dnsrr" },
            } },
            "volumes": { "own": { "labels": { "cc-ci.run": "r1" } } },
        });
        assert_eq!(made, expected);
        let made = overlay("3.8", &stack(), &digests, EndpointMode::Vip, label).unwrap();
        assert_eq!(made["services"]["app"]["deploy"].get("endpoint_mode"), None);
    }

    #[test]
    fn an_image_that_we_did_not_run_is_not_compared() {
        let label = ("cc-ci.run", "r1");
        let error = overlay("3.8", &stack(), &BTreeMap::new(), EndpointMode::Vip, label);
        assert_eq!(error.unwrap_err(), "image nginx:1 has no digest");
    }

    #[rstest::rstest]
    #[case("version: \"3.8\"\nservices: {}\n", Some("3.8"))]
    #[case("# a recipe\nversion: '3.7' # old\n", Some("3.7"))]
    #[case("version: 3.8\n", Some("3.8"))]
    #[case("services:\n  version: 1\n", None)]
    #[case("version:\n", None)]
    fn the_version_is_read(#[case] text: &str, #[case] version: Option<&str>) {
        assert_eq!(compose_version(text), version);
    }
}
