//! Published ports below 1024.

use cc_ci_model::StackSpec;

use crate::{Grant, Need};

/// The first port that any user may open: Linux' default of `net.ipv4.ip_unprivileged_port_start`.
const UNPRIVILEGED: u16 = 1024;

pub(crate) fn needs(spec: &StackSpec) -> Vec<Need> {
    let mut needs = Vec::new();
    for (service, spec) in &spec.services {
        let published = spec.ports.iter().filter_map(|port| port.published);
        let low = published.filter(|port| (1..UNPRIVILEGED).contains(port));
        needs.extend(low.map(|port| {
            let why = "well-known ports of the node belong to its own services and to the edge";
            let what = format!("publishes port {port}");
            Need::service(service, what, why, Grant::PrivilegedPorts).below(&["ports"])
        }));
    }
    needs
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{PortMode, PortSpec, Protocol};

    use crate::testing::{app, asked};

    #[rstest::rstest]
    #[case::ssh(Some(22), &["privileged-port-range"])]
    #[case::last(Some(1023), &["privileged-port-range"])]
    #[case::first_free(Some(1024), &[])]
    #[case::mumble(Some(64738), &[])]
    #[case::chosen_by_the_engine(None, &[])]
    fn only_low_ports_are_asked_for(#[case] published: Option<u16>, #[case] grants: &[&str]) {
        let (target, protocol, mode) = (80, Protocol::Tcp, PortMode::Host);
        let port = PortSpec { target, published, protocol, mode };
        assert_eq!(asked(super::needs, &app(|app| app.ports = vec![port])), grants);
    }
}
