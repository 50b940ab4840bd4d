//! Containers of our own.

use std::collections::HashMap;

use bollard::models::{
    ContainerCreateBody, EndpointSettings, HostConfig, Mount as EngineMount, MountType,
    MountVolumeOptions, NetworkingConfig, PortBinding, RestartPolicy, RestartPolicyNameEnum,
};
use bollard::query_parameters::{CreateContainerOptions, StartContainerOptions};
use cc_ci_engine::{
    ContainerSpec, Containers as _, EngineError, HostPort, Mount, Object, ObjectKind, OwnLimits,
};

use crate::Docker;
use crate::maps::{signed, some, unsorted};

impl Docker {
    pub(crate) async fn new_container(&self, spec: &ContainerSpec) -> Result<String, EngineError> {
        let failed = self.failed("create", "container", &spec.name);
        let options =
            CreateContainerOptions { name: Some(spec.name.clone()), ..Default::default() };
        let made = self
            .client
            .create_container(Some(options), body(spec, self.bounds.own))
            .await
            .map_err(failed)?;
        match self.join_and_start(&made.id, spec).await {
            Ok(()) => Ok(made.id),
            Err(error) => {
                // What did not start must not hold the name; the first error is the one to tell.
                let object = Object {
                    kind: ObjectKind::Container,
                    id: made.id,
                    name: spec.name.clone(),
                    labels: spec.labels.clone(),
                    created: String::new(),
                };
                let _ = self.remove_object(&object).await;
                Err(error)
            }
        }
    }

    /// Old engines take one network at creation, so the others are joined before the start.
    async fn join_and_start(&self, id: &str, spec: &ContainerSpec) -> Result<(), EngineError> {
        for network in spec.networks.iter().skip(1) {
            let aliases = spec.aliases.get(network).map(Vec::as_slice).unwrap_or_default();
            self.connect(id, network, aliases).await?;
        }
        let failed = self.failed("start", "container", &spec.name);
        self.client.start_container(id, None::<StartContainerOptions>).await.map_err(failed)
    }
}

/// `standard` are the limits where the specification names none.
fn body(spec: &ContainerSpec, standard: OwnLimits) -> ContainerCreateBody {
    let limits = spec.limits.unwrap_or(standard);
    let port = |port: &HostPort| format!("{}/tcp", port.target);
    let exposed: Vec<String> = spec.ports.iter().map(port).collect();
    let mut bindings: HashMap<String, Option<Vec<PortBinding>>> = HashMap::new();
    for published in &spec.ports {
        let binding = PortBinding {
            host_ip: Some(published.address.clone()),
            host_port: (published.port != 0).then(|| published.port.to_string()),
        };
        bindings.entry(port(published)).or_default().get_or_insert_default().push(binding);
    }
    let mounts: Vec<_> = spec.mounts.iter().map(|wanted| mount(wanted, spec)).collect();
    ContainerCreateBody {
        image: Some(spec.image.clone()),
        entrypoint: spec.entrypoint.clone(),
        cmd: spec.command.clone(),
        env: some(&spec.environment),
        labels: Some(unsorted(&spec.labels)),
        exposed_ports: some(&exposed),
        host_config: Some(HostConfig {
            mounts: some(&mounts),
            port_bindings: (!bindings.is_empty()).then_some(bindings),
            network_mode: spec.networks.first().cloned(),
            restart_policy: spec.restart.then_some(RestartPolicy {
                name: Some(RestartPolicyNameEnum::UNLESS_STOPPED),
                maximum_retry_count: None,
            }),
            init: spec.init.then_some(true),
            memory: signed(Some(limits.memory_bytes)),
            pids_limit: signed(Some(limits.pids)),
            ..HostConfig::default()
        }),
        networking_config: first_network(spec),
        ..ContainerCreateBody::default()
    }
}

/// What the engine is told about the first network.
fn first_network(spec: &ContainerSpec) -> Option<NetworkingConfig> {
    let network = spec.networks.first()?;
    let endpoint = known_as(spec.aliases.get(network)?);
    let endpoints_config = Some(HashMap::from([(network.clone(), endpoint)]));
    Some(NetworkingConfig { endpoints_config })
}

/// An endpoint with these names beside the container's own.
pub(crate) fn known_as(aliases: &[String]) -> EndpointSettings {
    EndpointSettings { aliases: some(aliases), ..EndpointSettings::default() }
}

fn mount(wanted: &Mount, spec: &ContainerSpec) -> EngineMount {
    let plain = EngineMount {
        target: Some(wanted.target.clone()),
        source: Some(wanted.source.clone()),
        read_only: wanted.read_only.then_some(true),
        ..EngineMount::default()
    };
    if wanted.source.starts_with('/') {
        return EngineMount { typ: Some(MountType::BIND), ..plain };
    }
    EngineMount {
        typ: Some(MountType::VOLUME),
        volume_options: Some(MountVolumeOptions {
            no_copy: Some(true),
            // A volume that does not exist yet is created by the mount: without labels no
            // clean-up would find it again.
            labels: Some(unsorted(&spec.labels)),
            ..MountVolumeOptions::default()
        }),
        ..plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_whole_body() {
        let spec = ContainerSpec {
            name: "edge".into(),
            image: "proxy:1".into(),
            labels: [("a".to_owned(), "1".to_owned())].into(),
            mounts: vec![
                Mount { source: "data".into(), target: "/d".into(), read_only: true },
                Mount { source: "/etc/x".into(), target: "/x".into(), read_only: false },
            ],
            ports: vec![
                HostPort { target: 80, address: "127.0.0.1".into(), port: 8080 },
                HostPort { target: 80, address: "127.0.0.2".into(), port: 0 },
            ],
            networks: vec!["bridge".into(), "proxy".into()],
            aliases: [("bridge".to_owned(), vec!["door".to_owned()])].into(),
            restart: true,
            init: true,
            ..ContainerSpec::default()
        };
        let volume = json!({"NoCopy": true, "Labels": {"a": "1"}});
        assert_eq!(
            serde_json::to_value(body(&spec, OwnLimits { memory_bytes: 1 << 20, pids: 9 }))
                .unwrap(),
            json!({
                "Image": "proxy:1",
                "Labels": {"a": "1"},
                "ExposedPorts": {"80/tcp": {}},
                "HostConfig": {
                    "Mounts": [
                        {"Type": "volume", "Source": "data", "Target": "/d", "ReadOnly": true, "VolumeOptions": volume},
                        {"Type": "bind", "Source": "/etc/x", "Target": "/x"},
                    ],
                    "PortBindings": {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8080"}, {"HostIp": "127.0.0.2"}]},
                    "NetworkMode": "bridge",
                    "RestartPolicy": {"Name": "unless-stopped"},
                    "Init": true,
                    "Memory": 1_048_576,
                    "PidsLimit": 9,
                },
                "NetworkingConfig": {"EndpointsConfig": {"bridge": {"Aliases": ["door"]}}},
            })
        );
    }
}
