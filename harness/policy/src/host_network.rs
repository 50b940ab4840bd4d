//! Networks that are the node's own.

use cc_ci_model::{NetworkSpec, StackSpec};

use crate::{Grant, Need};

pub(crate) fn needs(spec: &StackSpec) -> Vec<Need> {
    let mut needs = Vec::new();
    for (service, joined) in &spec.services {
        for attachment in &joined.networks {
            let network = spec.networks.get(&attachment.network);
            needs.extend(network.and_then(|network| need(service, network)));
        }
    }
    needs
}

fn need(service: &str, network: &NetworkSpec) -> Option<Need> {
    // `host` is a network that every engine has; it is joined as an external one.
    if network.driver == "host" || network.external && network.name == "host" {
        let why = "every port of the node is its own, and every local service is open to it";
        let what = "joins the node's own network".to_owned();
        return Some(Need::service(service, what, why, Grant::HostNetwork));
    }
    if network.external || matches!(network.driver.as_str(), "" | "overlay" | "bridge" | "null") {
        return None;
    }
    let driver = &network.driver;
    let why = "its containers stand in the network of the machine, past every gateway of ours";
    let what = format!("joins {}, a network of the driver {driver}", network.name);
    Some(Need::service(service, what, why, Grant::NetworkDriver(driver.clone())))
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Attachment;

    use super::*;
    use crate::testing::{app, asked};

    fn joins(network: NetworkSpec) -> StackSpec {
        let attachment = Attachment { network: "net".into(), aliases: Vec::new() };
        let mut spec = app(|app| app.networks = vec![attachment.clone()]);
        spec.networks.insert("net".into(), network);
        spec
    }

    fn own(name: &str, driver: &str) -> NetworkSpec {
        NetworkSpec { name: name.into(), driver: driver.into(), ..NetworkSpec::default() }
    }

    fn external(name: &str) -> NetworkSpec {
        NetworkSpec { external: true, ..own(name, "overlay") }
    }

    #[rstest::rstest]
    #[case::external(external("host"), "host-network")]
    #[case::driver(own("s_net", "host"), "host-network")]
    #[case::macvlan(own("s_net", "macvlan"), "network-driver:macvlan")]
    fn is_asked_for(#[case] network: NetworkSpec, #[case] grant: &str) {
        assert_eq!(asked(needs, &joins(network)), [grant]);
    }

    #[rstest::rstest]
    #[case::proxy(external("proxy"))]
    #[case::overlay(own("s_net", "overlay"))]
    #[case::named_host(own("host", "overlay"))]
    fn is_free(#[case] network: NetworkSpec) {
        assert!(asked(needs, &joins(network)).is_empty());
    }
}
