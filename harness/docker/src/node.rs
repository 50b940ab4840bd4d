//! The node that answers.

use std::net::Ipv6Addr;

use bollard::ClientVersion;
use bollard::models::{SystemInfo, SystemVersion};
use cc_ci_engine::{NodeId, NodeState};

pub(crate) fn state(version: SystemVersion, info: SystemInfo, api: ClientVersion) -> NodeState {
    let swarm = info.swarm.unwrap_or_default();
    let mut warnings = info.warnings.unwrap_or_default();
    warnings.extend(swarm.error.filter(|error| !error.is_empty()));
    NodeState {
        id: swarm.node_id.and_then(NodeId::new),
        version: bare(&version.version.unwrap_or_default()),
        api: format!("{}.{}", api.major_version, api.minor_version),
        os: info.operating_system.unwrap_or_default(),
        kernel: info.kernel_version.or(version.kernel_version).unwrap_or_default(),
        arch: info.architecture.or(version.arch).unwrap_or_default(),
        name: info.name.unwrap_or_default(),
        data_root: info.docker_root_dir.unwrap_or_default(),
        cpus: positive(info.ncpu),
        memory_bytes: positive(info.mem_total),
        swarm: swarm
            .local_node_state
            .map(|state| state.to_string())
            .filter(|state| !state.is_empty())
            .unwrap_or_else(|| "inactive".to_owned()),
        manager: swarm.control_available.unwrap_or_default(),
        warnings,
        time: info.system_time.unwrap_or_default(),
    }
}

/// Swarm's own port (`docker swarm init --listen-addr`).
const SWARM_PORT: u16 = 2377;

/// The API wants the port that the command line adds by itself.
pub(crate) fn listen_address(address: &str) -> String {
    if address.parse::<Ipv6Addr>().is_ok() {
        format!("[{address}]:{SWARM_PORT}")
    } else {
        format!("{address}:{SWARM_PORT}")
    }
}

/// Distributions add their own mark, as in `20.10.24+dfsg1`.
fn bare(version: &str) -> String {
    version.split('+').next().unwrap_or_default().to_owned()
}

fn positive(value: Option<i64>) -> u64 {
    value.and_then(|value| u64::try_from(value).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::v4("127.0.0.1", "127.0.0.1:2377")]
    #[case::v6("fd00::1", "[fd00::1]:2377")]
    fn a_swarm_listens_on_its_port(#[case] address: &str, #[case] expected: &str) {
        assert_eq!(listen_address(address), expected);
    }

    #[test]
    fn an_engine_without_a_swarm_is_inactive_and_no_manager() {
        let api = ClientVersion { major_version: 1, minor_version: 41 };
        let version =
            SystemVersion { version: Some("20.10.24+dfsg1".into()), ..SystemVersion::default() };
        let state = state(version, SystemInfo::default(), api);
        assert_eq!((state.version.as_str(), state.api.as_str()), ("20.10.24", "1.41"));
        assert_eq!((state.swarm.as_str(), state.manager), ("inactive", false));
    }
}
