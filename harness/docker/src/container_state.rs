//! Containers as the engine describes them.

use std::collections::{BTreeMap, HashMap};

use bollard::models::{
    ContainerInspectResponse, ContainerStateStatusEnum as Status, EndpointSettings,
    Health as EngineHealth, HealthStatusEnum, MountPoint, PortMap,
};
use cc_ci_engine::{ContainerState, Health};

use crate::maps::sorted;

pub(crate) fn state(container: ContainerInspectResponse) -> ContainerState {
    let config = container.config.unwrap_or_default();
    let state = container.state.unwrap_or_default();
    let network = container.network_settings.unwrap_or_default();
    let host = container.host_config.unwrap_or_default();
    let limit = |named: Option<i64>| named.and_then(|n| u64::try_from(n).ok()).unwrap_or_default();
    // The engine says 0 while the process still runs.
    let ended = matches!(state.status, Some(Status::EXITED | Status::DEAD));
    ContainerState {
        id: container.id.unwrap_or_default(),
        name: container.name.unwrap_or_default().trim_start_matches('/').to_owned(),
        image: config.image.unwrap_or_default(),
        image_id: container.image.unwrap_or_default(),
        labels: sorted(config.labels),
        state: state.status.map(|status| status.to_string()).unwrap_or_default(),
        exit_code: state.exit_code.filter(|_| ended),
        oom_killed: state.oom_killed.unwrap_or_default(),
        probed: probed(state.health.as_ref()),
        health: health(state.health, ended, config.healthcheck.and_then(|check| check.retries)),
        pid: state.pid.and_then(|pid| u32::try_from(pid).ok()).unwrap_or_default(),
        ports: ports(network.ports),
        addresses: addresses(network.networks),
        volumes: volumes(container.mounts),
        memory_limit: limit(host.memory),
        pids_limit: limit(host.pids_limit),
    }
}

fn volumes(mounts: Option<Vec<MountPoint>>) -> Vec<String> {
    let volume = |mount: &MountPoint| mount.typ.as_deref() == Some("volume");
    let mut names: Vec<_> =
        mounts.unwrap_or_default().into_iter().filter(volume).filter_map(|m| m.name).collect();
    names.sort();
    names
}

/// Failed checks after which a container is unhealthy, where its check does not say.
const RETRIES: i64 = 3;

/// The engine calls every container that has ended unhealthy; the number of failed checks in a row says
/// whether it was.
fn health(health: Option<EngineHealth>, ended: bool, retries: Option<i64>) -> Health {
    let health = health.unwrap_or_default();
    let needed = retries.filter(|retries| *retries > 0).unwrap_or(RETRIES);
    if ended && health.failing_streak.unwrap_or_default() < needed {
        return Health::None;
    }
    match health.status.unwrap_or(HealthStatusEnum::NONE) {
        HealthStatusEnum::EMPTY | HealthStatusEnum::NONE => Health::None,
        HealthStatusEnum::STARTING => Health::Starting,
        HealthStatusEnum::HEALTHY => Health::Healthy,
        HealthStatusEnum::UNHEALTHY => Health::Unhealthy(probed(Some(&health))),
    }
}

/// What the last health check printed.
fn probed(health: Option<&EngineHealth>) -> String {
    let last = health.and_then(|health| health.log.as_ref()?.last()?.output.as_deref());
    last.unwrap_or_default().trim().to_owned()
}

/// Where a port is published on both address families, the IPv4 one: probes dial that.
fn ports(ports: Option<PortMap>) -> BTreeMap<String, String> {
    let mut published = BTreeMap::new();
    for (port, bindings) in ports.unwrap_or_default() {
        let mut bindings = bindings.unwrap_or_default();
        bindings.sort_by_key(|binding| {
            binding.host_ip.as_deref().is_some_and(|address| address.contains(':'))
        });
        let Some(first) = bindings.into_iter().next() else {
            continue;
        };
        let (ip, host) = (first.host_ip.unwrap_or_default(), first.host_port.unwrap_or_default());
        let address =
            if ip.contains(':') { format!("[{ip}]:{host}") } else { format!("{ip}:{host}") };
        published.insert(port, address);
    }
    published
}

fn addresses(networks: Option<HashMap<String, EndpointSettings>>) -> BTreeMap<String, String> {
    let address = |(name, endpoint): (String, EndpointSettings)| {
        let address = endpoint.ip_address.filter(|address| !address.is_empty())?;
        Some((name, address))
    };
    networks.unwrap_or_default().into_iter().filter_map(address).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;
    use serde_json::json;

    fn read(value: serde_json::Value) -> ContainerState {
        state(serde_json::from_value(value).unwrap())
    }

    #[rstest]
    #[case::none(json!(null), Health::None)]
    #[case::starting(json!({"Status": "starting"}), Health::Starting)]
    #[case::healthy(json!({"Status": "healthy", "Log": [{"Output": "ok"}]}), Health::Healthy)]
    #[case::unhealthy(
        json!({"Status": "unhealthy", "Log": [{"Output": "old"}, {"Output": "refused\n"}]}),
        Health::Unhealthy("refused".to_owned())
    )]
    fn health_with_its_last_words(#[case] said: serde_json::Value, #[case] expected: Health) {
        assert_eq!(read(json!({"State": {"Health": said}})).health, expected);
    }

    #[rstest]
    #[case::its_check_ended_it(2, Some(2), Health::Unhealthy("refused".to_owned()))]
    #[case::it_ended_by_itself(1, Some(2), Health::None)]
    #[case::three_are_the_default(2, None, Health::None)]
    #[case::three(3, Some(0), Health::Unhealthy("refused".to_owned()))]
    fn a_container_that_has_ended_was_unhealthy_only_after_enough_failures(
        #[case] failed: i64,
        #[case] retries: Option<i64>,
        #[case] expected: Health,
    ) {
        let health = json!({"Status": "unhealthy", "FailingStreak": failed,
            "Log": [{"Output": "refused\n"}]});
        let container = read(json!({
            "State": {"Status": "exited", "Health": health},
            "Config": {"Healthcheck": {"Retries": retries}},
        }));
        assert_eq!((container.health, container.probed.as_str()), (expected, "refused"));
    }

    #[rstest]
    #[case::running("running", None)]
    #[case::created("created", None)]
    #[case::exited("exited", Some(0))]
    fn a_code_counts_once_the_process_ended(#[case] status: &str, #[case] code: Option<i64>) {
        let container = read(json!({"State": {"Status": status, "ExitCode": 0}}));
        assert_eq!((container.state.as_str(), container.exit_code), (status, code));
    }

    #[test]
    fn ports_and_addresses_are_those_that_can_be_dialled() {
        let container = read(json!({"Name": "/edge", "NetworkSettings": {
            "Ports": {
                "80/tcp": [
                    {"HostIp": "::", "HostPort": "8080"},
                    {"HostIp": "0.0.0.0", "HostPort": "8080"},
                ],
                "443/tcp": null,
            },
            "Networks": {"proxy": {"IPAddress": "10.0.1.2"}, "later": {"IPAddress": ""}},
        }}));
        assert_eq!(container.name, "edge");
        assert_eq!(container.ports, BTreeMap::from([("80/tcp".into(), "0.0.0.0:8080".into())]));
        assert_eq!(container.addresses, BTreeMap::from([("proxy".into(), "10.0.1.2".into())]));
    }
}
