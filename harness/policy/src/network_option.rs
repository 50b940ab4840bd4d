//! Options and addresses that a recipe sets for the driver of a network.

use cc_ci_model::{NetworkSpec, StackSpec};

use crate::{Grant, Need, ObjectKind};

pub(crate) fn needs(spec: &StackSpec) -> Vec<Need> {
    let own = spec.networks.iter().filter(|(_, network)| !network.external);
    own.flat_map(|(key, network)| of_network(key, network)).collect()
}

fn of_network(key: &str, network: &NetworkSpec) -> Vec<Need> {
    let need = |what, why, grant| Need::object(ObjectKind::Network, key, what, why, grant);
    let mut needs = Vec::new();
    for name in network.options.keys() {
        let what = format!("sets the option {name} of its driver");
        let why = "the driver runs with the rights of the node";
        let grant = Grant::NetworkOption(name.clone());
        needs.push(need(what, why, grant).below(&["driver_opts", name]));
    }
    let Some(ipam) = &network.ipam else { return needs };
    if let Some(driver) = ipam.driver.as_deref().filter(|driver| *driver != "default") {
        let what = format!("takes its addresses from the plugin {driver}");
        let why = "a plugin is a program of the node with its own rights";
        let grant = Grant::IpamDriver(driver.to_owned());
        needs.push(need(what, why, grant).below(&["ipam", "driver"]));
    }
    for subnet in &ipam.subnets {
        let what = format!("takes the addresses {subnet}");
        let why = "a chosen range can hide addresses of the node or of another stack";
        let grant = Grant::NetworkSubnet(subnet.clone());
        needs.push(need(what, why, grant).below(&["ipam", "config"]));
    }
    needs
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use cc_ci_model::Ipam;

    use super::*;
    use crate::testing::{app, asked};

    fn network(network: NetworkSpec) -> StackSpec {
        let mut spec = app(|_| ());
        spec.networks.insert("net".into(), network);
        spec
    }

    fn options(name: &str) -> BTreeMap<String, String> {
        BTreeMap::from([(name.to_owned(), "1".to_owned())])
    }

    #[test]
    fn options_subnets_and_plugins_are_asked_for() {
        let ipam = Ipam { driver: Some("acme".into()), subnets: vec!["10.9.0.0/24".into()] };
        let spec = network(NetworkSpec {
            options: options("com.docker.network.bridge.name"),
            ipam: Some(ipam),
            ..NetworkSpec::default()
        });
        let grants = [
            "network-option:com.docker.network.bridge.name",
            "ipam-driver:acme",
            "network-subnet:10.9.0.0/24",
        ];
        assert_eq!(asked(needs, &spec), grants);
    }

    #[test]
    fn what_the_engine_chooses_is_free() {
        let ipam = Some(Ipam { driver: Some("default".into()), subnets: Vec::new() });
        assert!(needs(&network(NetworkSpec { ipam, ..NetworkSpec::default() })).is_empty());
        let external =
            NetworkSpec { external: true, options: options("x"), ..NetworkSpec::default() };
        assert!(needs(&network(external)).is_empty());
    }
}
