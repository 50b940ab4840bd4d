//! Where tasks can be reached.

use std::collections::BTreeMap;
use std::net::IpAddr;

use cc_ci_engine::{Endpoint, EngineError, Selector, TaskEndpoint};
use serde_json::Value;

use crate::Docker;
use crate::raw::RawFilters;
use crate::selector::filters;

impl Docker {
    pub(crate) async fn reachable(
        &self,
        selector: &Selector,
    ) -> Result<Vec<Endpoint>, EngineError> {
        let wanted: RawFilters = filters(selector).into_iter().collect();
        let mut running = wanted.clone();
        running.insert("desired-state".to_owned(), vec!["running".to_owned()]);
        let (services, tasks) =
            tokio::join!(self.raw_list("/services", &wanted), self.raw_list("/tasks", &running));
        Ok(endpoints(&services?, &tasks?))
    }
}

/// From the engine's own words. Networks are known by their ids in services and by both in tasks.
fn endpoints(services: &[Value], tasks: &[Value]) -> Vec<Endpoint> {
    let mut endpoints = Vec::new();
    for service in services {
        let id = text(service, "/ID");
        let own: Vec<&Value> = tasks
            .iter()
            .filter(|task| text(task, "/ServiceID") == id)
            .filter(|task| text(task, "/Status/State") == "running")
            .collect();
        // By the network's id: its name and the tasks there.
        let mut networks: BTreeMap<&str, (String, Vec<TaskEndpoint>)> = BTreeMap::new();
        for task in own {
            for attachment in list(task, "/NetworksAttachments") {
                let name = text(attachment, "/Network/Spec/Name").to_owned();
                let network = networks.entry(text(attachment, "/Network/ID")).or_default();
                network.0 = name;
                network.1.push(TaskEndpoint {
                    names: container_names(service, task),
                    address: list(attachment, "/Addresses").first().and_then(address),
                });
            }
        }
        for (network, (name, tasks)) in networks {
            let names = service_names(service, network, &name);
            let virtual_address = virtual_address(service, network);
            endpoints.push(Endpoint { network: name, names, virtual_address, tasks });
        }
    }
    endpoints.sort_by(|a, b| (&a.network, &a.names).cmp(&(&b.network, &b.names)));
    endpoints
}

fn service_names(service: &Value, network: &str, name: &str) -> Vec<String> {
    let joined = list(service, "/Spec/TaskTemplate/Networks");
    let old = list(service, "/Spec/Networks");
    let there = |joined: &&Value| matches!(text(joined, "/Target"), t if t == network || t == name);
    let aliases =
        joined.iter().chain(old).filter(there).flat_map(|joined| list(joined, "/Aliases"));
    let own = text(service, "/Spec/Name").to_owned();
    let aliases = aliases.filter_map(Value::as_str).map(str::to_owned);
    std::iter::once(own).chain(aliases).collect()
}

fn virtual_address(service: &Value, network: &str) -> Option<IpAddr> {
    if text(service, "/Endpoint/Spec/Mode") != "vip" {
        return None;
    }
    let addresses = list(service, "/Endpoint/VirtualIPs");
    let there = addresses.iter().find(|address| text(address, "/NetworkID") == network)?;
    address(there.pointer("/Addr")?)
}

fn container_names(service: &Value, task: &Value) -> Vec<String> {
    let name = text(service, "/Spec/Name");
    let id = text(task, "/ID");
    let container: String =
        text(task, "/Status/ContainerStatus/ContainerID").chars().take(12).collect();
    // Tasks of a global service are called after their node in place of a number.
    let place = match task.pointer("/Slot").and_then(Value::as_u64) {
        Some(slot) if slot > 0 => slot.to_string(),
        _ => text(task, "/NodeID").to_owned(),
    };
    vec![format!("{name}.{place}.{id}"), container]
}

/// An address without the length of its network.
fn address(value: &Value) -> Option<IpAddr> {
    value.as_str()?.split('/').next()?.parse().ok()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn list<'a>(value: &'a Value, pointer: &str) -> &'a [Value] {
    value.pointer(pointer).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn service(mode: &str) -> Value {
        json!({
            "ID": "s1",
            "Spec": {"Name": "x_app", "TaskTemplate": {"Networks": [
                {"Target": "n1", "Aliases": ["app"]}, {"Target": "n2", "Aliases": ["front"]},
            ]}},
            "Endpoint": {"Spec": {"Mode": mode}, "VirtualIPs": [{"NetworkID": "n1", "Addr": "10.0.1.2/24"}]},
        })
    }

    fn task(id: &str, state: &str, address: &str) -> Value {
        json!({
            "ID": id, "ServiceID": "s1", "Slot": 1,
            "Status": {"State": state, "ContainerStatus": {"ContainerID": "0123456789abcdef"}},
            "NetworksAttachments": [
                {"Network": {"ID": "n1", "Spec": {"Name": "x_net"}}, "Addresses": [address]},
                {"Network": {"ID": "h", "Spec": {"Name": "host"}}},
            ],
        })
    }

    #[test]
    fn a_running_task_is_found_in_each_of_its_networks() {
        let tasks = [task("t1", "running", "10.0.1.7/24"), task("t2", "starting", "10.0.1.8/24")];
        let found = endpoints(&[service("dnsrr")], &tasks);
        let names = vec!["x_app.1.t1".to_owned(), "0123456789ab".to_owned()];
        let at = |address: Option<&str>| {
            let address = address.map(|address| address.parse().unwrap());
            vec![TaskEndpoint { names: names.clone(), address }]
        };
        let endpoint = |network: &str, known: &[&str], tasks| Endpoint {
            network: network.to_owned(),
            names: known.iter().map(|name| (*name).to_owned()).collect(),
            virtual_address: None,
            tasks,
        };
        let expected = [
            endpoint("host", &["x_app"], at(None)),
            endpoint("x_net", &["x_app", "app"], at(Some("10.0.1.7"))),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn a_virtual_address_belongs_to_its_network() {
        let found = endpoints(&[service("vip")], &[task("t1", "running", "10.0.1.7/24")]);
        let addresses: Vec<_> = found.iter().map(|endpoint| endpoint.virtual_address).collect();
        assert_eq!(addresses, [None, Some("10.0.1.2".parse().unwrap())]);
    }
}
