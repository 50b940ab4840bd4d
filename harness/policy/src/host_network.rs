//! Networks that are the node's own.

use cc_ci_model::{NetworkSpec, StackSpec};

use crate::{Grant, Need};

pub(crate) fn needs(spec: &StackSpec) -> Vec<Need> {
    let mut needs = Vec::new();
    for (service, joined) in &spec.services {
        for attachment in &joined.networks {
            let key = attachment.network.as_str();
            let need = spec.networks.get(key).and_then(|network| need(service, network));
            needs.extend(need.map(|need| need.below(&["networks", key])));
        }
    }
    needs
}

fn need(service: &str, network: &NetworkSpec) -> Option<Need> {
    // `host` is a network that every engine has; it is joined as an external one.
    if network.driver == "host" || network.external && network.name == "host" {
        let why = "it can listen on every port of the node and reach every local service";
        let what = "joins the node's own network".to_owned();
        return Some(Need::service(service, what, why, Grant::HostNetwork));
    }
    if network.external || matches!(network.driver.as_str(), "" | "overlay") {
        return None;
    }
    let driver = &network.driver;
    let why = "its containers join a network of the machine instead of one of the Swarm";
    let what = format!("joins {}, a network of the driver {driver}", network.name);
    Some(Need::service(service, what, why, Grant::NetworkDriver(driver.clone())))
}

#[cfg(test)]
mod tests {
    use cc_ci_model::Attachment;

    use super::*;
    use crate::testing::{app, asked};

    fn joins(network: NetworkSpec) -> StackSpec {
        let attachment =
            Attachment { network: "net".into(), aliases: Vec::new(), options: Default::default() };
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
    #[case::bridge(own("s_net", "bridge"), "network-driver:bridge")]
    #[case::plugin(own("s_net", "weave"), "network-driver:weave")]
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
