//! Labels by which the harness and the engine know to which run or stack an object belongs.

use std::collections::BTreeMap;

use cc_ci_model::StackSpec;

use crate::{Grant, Need, ObjectKind};

/// Beginnings of labels that only the harness, or the engine for a stack or task, may write.
const RESERVED: [&str; 3] = ["cc-ci.", "com.docker.stack.", "com.docker.swarm."];

const WHY: &str = "by this label the harness decides which objects are its own";

fn is_reserved(label: &str) -> bool {
    let label = label.trim().to_ascii_lowercase();
    label == "cc-ci" || RESERVED.iter().any(|start| label.starts_with(start))
}

pub(crate) fn needs(spec: &StackSpec) -> Vec<Need> {
    let mut needs = Vec::new();
    for (name, service) in &spec.services {
        for (labels, keys) in [
            (&service.labels, &["deploy", "labels"][..]),
            (&service.container_labels, &["labels"][..]),
        ] {
            for label in reserved(labels) {
                let what = format!("sets the label {label}");
                // `Need::service` takes a grant, and `ungrantable` drops it again.
                let need = Need::service(name, what, WHY, Grant::HostNetwork).ungrantable();
                needs.push(need.below(keys).below(&[label]));
            }
        }
    }
    let volumes = spec.volumes.iter().map(|(k, v)| (ObjectKind::Volume, k, &v.labels));
    let networks = spec.networks.iter().map(|(k, n)| (ObjectKind::Network, k, &n.labels));
    let secrets = spec.secrets.iter().map(|(k, s)| (ObjectKind::Secret, k, &s.labels));
    let configs = spec.configs.iter().map(|(k, c)| (ObjectKind::Config, k, &c.labels));
    for (kind, key, labels) in volumes.chain(networks).chain(secrets).chain(configs) {
        for label in reserved(labels) {
            let what = format!("sets the label {label}");
            let need = Need::object(kind, key, what, WHY, Grant::HostNetwork).ungrantable();
            needs.push(need.below(&["labels", label]));
        }
    }
    needs
}

fn reserved(labels: &BTreeMap<String, String>) -> impl Iterator<Item = &str> {
    labels.keys().map(String::as_str).filter(|label| is_reserved(label))
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{NetworkSpec, VolumeSpec};

    use super::*;
    use crate::testing::{app, asked};

    fn label(name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), "forged".to_owned())])
    }

    #[rstest::rstest]
    #[case::run("cc-ci.run")]
    #[case::infra("cc-ci.infra")]
    #[case::namespace("com.docker.stack.namespace")]
    #[case::task("com.docker.swarm.task.id")]
    #[case::bare("cc-ci")]
    #[case::upper_case("CC-CI.run")]
    fn no_grant_helps(#[case] name: &str) {
        let spec = app(|app| app.labels = label(name));
        assert_eq!(asked(needs, &spec), ["nothing helps"]);
        let mut spec = app(|app| app.container_labels = label(name));
        spec.volumes
            .insert("v".into(), VolumeSpec { labels: label(name), ..VolumeSpec::default() });
        spec.networks
            .insert("n".into(), NetworkSpec { labels: label(name), ..NetworkSpec::default() });
        let found = needs(&spec);
        let at: Vec<_> = found.iter().map(|need| need.at.as_str()).collect();
        assert_eq!(at, ["service app", "volume v", "network n"]);
        assert_eq!(found[0].path, ["services", "app", "labels", name]);
    }

    #[rstest::rstest]
    #[case::traefik("traefik.enable")]
    #[case::version("coop-cloud.shop-abc123.version")]
    #[case::backup("backupbot.backup")]
    #[case::begins_alike("cc-cited.run")]
    #[case::opencontainers("org.opencontainers.image.title")]
    fn labels_of_recipes_are_free(#[case] name: &str) {
        assert!(needs(&app(|app| app.labels = label(name))).is_empty());
    }
}
