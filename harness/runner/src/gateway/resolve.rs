//! From a name to the addresses of the stack's own tasks.

use std::net::IpAddr;

use cc_ci_engine::Endpoint;

/// What a probe asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    Name(String),
    Address(IpAddr),
}

/// What that is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Resolved {
    /// Addresses of the stack's own tasks, in the order in which they are tried.
    Addresses(Vec<IpAddr>),
    /// The stack's networks know no such name.
    Unknown,
    /// An address of somebody else, or a service that has none inside the stack's networks because it
    /// runs in the network of the node.
    Foreign,
}

/// Docker asks the networks of a container in the order of their names, and the first that knows the
/// name answers.
pub(super) fn resolve(endpoints: &[Endpoint], target: &Target) -> Resolved {
    let name = match target {
        Target::Address(address) => {
            let own = endpoints.iter().flat_map(addresses).any(|own| own == *address);
            return if own { Resolved::Addresses(vec![*address]) } else { Resolved::Foreign };
        }
        Target::Name(name) => name.trim_end_matches('.'),
    };
    let mut networks: Vec<&str> = endpoints.iter().map(|e| e.network.as_str()).collect();
    networks.sort_unstable();
    networks.dedup();
    let mut known = false;
    for network in networks {
        let there = endpoints.iter().filter(|endpoint| endpoint.network == network);
        let mut found = Vec::new();
        for endpoint in there {
            let answer = named(endpoint, name);
            known |= answer.is_some();
            found.extend(answer.unwrap_or_default());
        }
        if !found.is_empty() {
            return Resolved::Addresses(found);
        }
    }
    if known { Resolved::Foreign } else { Resolved::Unknown }
}

/// The addresses of `name`, where this is one of its names and something runs behind it.
fn named(endpoint: &Endpoint, name: &str) -> Option<Vec<IpAddr>> {
    let is = |known: &String| known.eq_ignore_ascii_case(name);
    let tasks = || endpoint.tasks.iter().filter_map(|task| task.address).collect();
    if endpoint.names.iter().any(is) {
        return match endpoint.virtual_address {
            Some(address) => Some(vec![address]),
            None if endpoint.tasks.is_empty() => None,
            None => Some(tasks()),
        };
    }
    let service = name.get(..6).filter(|start| start.eq_ignore_ascii_case("tasks."));
    if service.is_some_and(|_| endpoint.names.iter().any(|n| n.eq_ignore_ascii_case(&name[6..]))) {
        return (!endpoint.tasks.is_empty()).then(tasks);
    }
    let task = endpoint.tasks.iter().find(|task| task.names.iter().any(is))?;
    Some(task.address.into_iter().collect())
}

fn addresses(endpoint: &Endpoint) -> impl Iterator<Item = IpAddr> {
    endpoint.virtual_address.into_iter().chain(endpoint.tasks.iter().filter_map(|t| t.address))
}

#[cfg(test)]
mod tests {
    use cc_ci_engine::TaskEndpoint;
    use rstest::rstest;

    use super::*;

    fn endpoint(network: &str, names: &[&str], vip: Option<&str>, tasks: &[&str]) -> Endpoint {
        let task = |(number, address): (usize, &&str)| TaskEndpoint {
            names: vec![format!("{}.{number}", names[0])],
            address: address.parse().ok(),
        };
        Endpoint {
            network: network.to_owned(),
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            virtual_address: vip.map(|address| address.parse().unwrap()),
            tasks: tasks.iter().enumerate().map(task).collect(),
        }
    }

    fn stack() -> Vec<Endpoint> {
        vec![
            endpoint("zz", &["x_app", "app"], None, &["10.0.9.1"]),
            endpoint("a", &["x_app", "app"], None, &["10.0.1.1", "10.0.1.2"]),
            endpoint("a", &["x_db", "db"], Some("10.0.1.9"), &["10.0.1.5"]),
            endpoint("a", &["x_gone", "gone"], None, &[]),
            endpoint("host", &["x_agent", "agent"], None, &["none"]),
        ]
    }

    #[rstest]
    #[case::alias("app", &["10.0.1.1", "10.0.1.2"])]
    #[case::full_name("x_app", &["10.0.1.1", "10.0.1.2"])]
    #[case::any_case("APP.", &["10.0.1.1", "10.0.1.2"])]
    #[case::one_task("x_app.1", &["10.0.1.2"])]
    #[case::virtual_address("db", &["10.0.1.9"])]
    #[case::behind_it("tasks.db", &["10.0.1.5"])]
    #[case::nothing_runs("gone", &[])]
    #[case::a_neighbour("victim_db", &[])]
    #[case::the_world("example.org", &[])]
    #[case::almost("tasks.", &[])]
    #[case::not_ascii("täsks.db", &[])]
    fn names(#[case] name: &str, #[case] expected: &[&str]) {
        let expected = match expected {
            [] => Resolved::Unknown,
            some => Resolved::Addresses(some.iter().map(|a| a.parse().unwrap()).collect()),
        };
        assert_eq!(resolve(&stack(), &Target::Name(name.to_owned())), expected);
    }

    #[rstest]
    #[case::a_task("10.0.9.1", true)]
    #[case::a_virtual_address("10.0.1.9", true)]
    #[case::a_neighbour("10.0.1.77", false)]
    #[case::this_machine("127.0.0.1", false)]
    #[case::metadata("169.254.169.254", false)]
    #[case::mapped("::ffff:10.0.1.77", false)]
    fn addresses_are_the_stacks_own_or_nobodys(#[case] address: &str, #[case] own: bool) {
        let address = address.parse().unwrap();
        let found = resolve(&stack(), &Target::Address(address));
        let expected = if own { Resolved::Addresses(vec![address]) } else { Resolved::Foreign };
        assert_eq!(found, expected);
    }

    #[test]
    fn a_service_in_the_nodes_own_network_is_not_dialled() {
        assert_eq!(resolve(&stack(), &Target::Name("agent".to_owned())), Resolved::Foreign);
    }
}
