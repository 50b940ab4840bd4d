//! Networks and volumes.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{Ipam as EngineIpam, IpamConfig, NetworkCreateRequest, VolumeCreateRequest};
use bollard::query_parameters::ListNetworksOptions;
use cc_ci_engine::EngineError;
use cc_ci_model::{Ipam, NetworkSpec, VolumeSpec};

use crate::Docker;
use crate::maps::unsorted;
use crate::selector::Filters;

const OVERLAY: &str = "overlay";

impl Docker {
    pub(crate) async fn new_network(
        &self,
        spec: &NetworkSpec,
        labels: &[(String, String)],
    ) -> Result<String, EngineError> {
        let driver = if spec.driver.is_empty() { OVERLAY } else { &spec.driver };
        if driver != OVERLAY {
            self.refuse_second_network(&spec.name).await?;
        }
        let request = NetworkCreateRequest {
            name: spec.name.clone(),
            driver: Some(driver.to_owned()),
            internal: Some(spec.internal),
            // Only networks of the Swarm can be closed to plain containers.
            attachable: (driver == OVERLAY).then_some(spec.attachable),
            ipam: spec.ipam.as_ref().map(addresses),
            options: (!spec.options.is_empty()).then(|| unsorted(&spec.options)),
            labels: Some(merged(&spec.labels, labels)),
            ..NetworkCreateRequest::default()
        };
        let failed = self.failed("create", "network", &spec.name);
        self.client.create_network(request).await.map(|made| made.id).map_err(failed)
    }

    /// Old engines make a second local network of the same name unless told to look, and the
    /// client cannot tell them any more.
    async fn refuse_second_network(&self, name: &str) -> Result<(), EngineError> {
        let filters = Filters::from([("name".to_owned(), vec![name.to_owned()])]);
        let options = ListNetworksOptions { filters: Some(filters) };
        let failed = self.failed("list", "networks", "");
        let found = self.client.list_networks(Some(options)).await.map_err(failed)?;
        if found.iter().any(|network| network.name.as_deref() == Some(name)) {
            return Err(EngineError::Conflict {
                object: format!("network {name}"),
                message: format!("network with name {name} already exists"),
            });
        }
        Ok(())
    }

    pub(crate) async fn new_volume(
        &self,
        spec: &VolumeSpec,
        labels: &[(String, String)],
    ) -> Result<(), EngineError> {
        let request = VolumeCreateRequest {
            name: Some(spec.name.clone()),
            driver: spec.driver.clone().filter(|driver| !driver.is_empty()),
            driver_opts: (!spec.options.is_empty()).then(|| unsorted(&spec.options)),
            labels: Some(merged(&spec.labels, labels)),
            ..VolumeCreateRequest::default()
        };
        let failed = self.failed("create", "volume", &spec.name);
        // The engine answers with the volume that has the name, even if it had it before.
        let volume = self.client.create_volume(request).await.map_err(failed)?;
        let missing = labels.iter().find(|(key, value)| volume.labels.get(key) != Some(value));
        match missing {
            None => Ok(()),
            Some((key, value)) => Err(EngineError::Conflict {
                object: format!("volume {}", spec.name),
                message: format!("a volume of this name exists without the label {key}={value}"),
            }),
        }
    }
}

fn addresses(wanted: &Ipam) -> EngineIpam {
    let pool =
        |subnet: &String| IpamConfig { subnet: Some(subnet.clone()), ..IpamConfig::default() };
    EngineIpam {
        driver: wanted.driver.clone(),
        config: (!wanted.subnets.is_empty()).then(|| wanted.subnets.iter().map(pool).collect()),
        options: None,
    }
}

/// Labels of the recipe with ours on top.
fn merged(own: &BTreeMap<String, String>, ours: &[(String, String)]) -> HashMap<String, String> {
    own.iter()
        .map(|(key, value)| (key.clone(), value.clone()))
        .chain(ours.iter().cloned())
        .collect()
}
