//! The service around its containers.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    EndpointPortConfig, EndpointPortConfigProtocolEnum, EndpointPortConfigPublishModeEnum,
    EndpointSpec, EndpointSpecModeEnum, NetworkAttachmentConfig, ServiceSpec, ServiceSpecMode,
    ServiceSpecModeReplicated, TaskSpec, TaskSpecLogDriver, TaskSpecPlacement,
    TaskSpecPlacementPreferences, TaskSpecPlacementSpread,
};
use cc_ci_engine::{LABEL_NAMESPACE, ServiceObject};
use cc_ci_model::{
    EndpointMode, Logging, Mode, Placement, PortMode, PortSpec, Protocol, ServiceSpec as Wanted,
};

use super::{FileIds, container, policy, resources};
use crate::maps::{signed, some, unsorted};

/// The label in which Docker's own tools keep the image as the compose file names it.
const LABEL_IMAGE: &str = "com.docker.stack.image";

/// The whole specification; `ids` has every secret and config that it names.
pub(crate) fn service_spec(service: &ServiceObject, ids: &FileIds) -> ServiceSpec {
    let spec = &service.spec;
    ServiceSpec {
        name: Some(service.name.clone()),
        labels: Some(unsorted(&labels(service))),
        task_template: Some(TaskSpec {
            container_spec: Some(container::container_spec(service, ids)),
            resources: Some(resources::resources(&spec.resources)),
            restart_policy: spec.restart.as_ref().map(policy::restart),
            placement: Some(placement(&spec.placement)),
            force_update: Some(service.force),
            networks: networks(spec),
            log_driver: spec.logging.as_ref().map(log_driver),
            ..TaskSpec::default()
        }),
        mode: Some(mode(spec.mode)),
        update_config: spec.update.as_ref().map(policy::update),
        rollback_config: spec.rollback.as_ref().map(policy::rollback),
        endpoint_spec: Some(endpoint(spec)),
        ..ServiceSpec::default()
    }
}

fn labels(service: &ServiceObject) -> BTreeMap<String, String> {
    let mut labels = service.spec.labels.clone();
    labels.extend(service.labels.clone());
    if labels.contains_key(LABEL_NAMESPACE) {
        labels.entry(LABEL_IMAGE.to_owned()).or_insert_with(|| service.spec.image.clone());
    }
    labels
}

fn mode(mode: Mode) -> ServiceSpecMode {
    match mode {
        Mode::Replicated(replicas) => ServiceSpecMode {
            replicated: Some(ServiceSpecModeReplicated { replicas: signed(Some(replicas)) }),
            ..ServiceSpecMode::default()
        },
        Mode::Global => {
            ServiceSpecMode { global: Some(HashMap::new()), ..ServiceSpecMode::default() }
        }
    }
}

/// Sorted, so that a new order in the compose file is not a new specification.
fn networks(spec: &Wanted) -> Option<Vec<NetworkAttachmentConfig>> {
    let mut networks: Vec<_> = spec
        .networks
        .iter()
        .map(|attachment| NetworkAttachmentConfig {
            target: Some(attachment.network.clone()),
            aliases: some(&attachment.aliases),
            driver_opts: (!attachment.options.is_empty())
                .then(|| attachment.options.clone().into_iter().collect()),
        })
        .collect();
    networks.sort_by(|a, b| a.target.cmp(&b.target));
    some(&networks)
}

fn endpoint(spec: &Wanted) -> EndpointSpec {
    let mut ports: Vec<_> = spec.ports.iter().map(port).collect();
    ports.sort_by_key(|port| port.published_port);
    EndpointSpec {
        mode: Some(match spec.endpoint_mode {
            EndpointMode::Vip => EndpointSpecModeEnum::VIP,
            EndpointMode::Dnsrr => EndpointSpecModeEnum::DNSRR,
        }),
        ports: some(&ports),
    }
}

fn port(port: &PortSpec) -> EndpointPortConfig {
    EndpointPortConfig {
        name: None,
        protocol: Some(match port.protocol {
            Protocol::Tcp => EndpointPortConfigProtocolEnum::TCP,
            Protocol::Udp => EndpointPortConfigProtocolEnum::UDP,
            Protocol::Sctp => EndpointPortConfigProtocolEnum::SCTP,
        }),
        target_port: Some(i64::from(port.target)),
        published_port: port.published.map(i64::from),
        publish_mode: Some(match port.mode {
            PortMode::Ingress => EndpointPortConfigPublishModeEnum::INGRESS,
            PortMode::Host => EndpointPortConfigPublishModeEnum::HOST,
        }),
    }
}

fn placement(placement: &Placement) -> TaskSpecPlacement {
    let spread = |label: &String| TaskSpecPlacementPreferences {
        spread: Some(TaskSpecPlacementSpread { spread_descriptor: Some(label.clone()) }),
    };
    let preferences: Vec<_> = placement.spread.iter().map(spread).collect();
    TaskSpecPlacement {
        constraints: some(&placement.constraints),
        preferences: some(&preferences),
        max_replicas: signed(placement.max_replicas_per_node),
        platforms: None,
    }
}

fn log_driver(logging: &Logging) -> TaskSpecLogDriver {
    TaskSpecLogDriver {
        name: Some(logging.driver.clone()),
        options: (!logging.options.is_empty()).then(|| unsorted(&logging.options)),
    }
}

#[cfg(test)]
#[path = "service_tests.rs"]
mod tests;
