//! Makes a stack runnable on this node, and says so wherever that differs from the recipe.

use std::collections::BTreeMap;

use cc_ci_model::{
    Adaptation, Ceilings, EndpointMode, Event, Fault, Mode, NetworkSpec, PortMode, ServiceSpec,
    StackSpec, UpdateOrder,
};

use crate::edge::{self, SHARED, stand_in};
use crate::limits;

/// Key of the edge's network in a stack that is not on the shared one.
const EDGE_KEY: &str = "cc-ci-edge";

/// Whether a probe looks from the edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Yes,
    No,
}

/// The stack as this node runs it, with its images by digest, and an event for each difference from the recipe.
///
/// # Errors
/// [`Fault::NotSchedulable`] where the node cannot run it, in whatever form.
pub(crate) fn adapt(
    (endpoint_mode, ceilings): (EndpointMode, &Ceilings),
    spec: &StackSpec,
    digests: &BTreeMap<String, String>,
    edge: Wanted,
) -> Result<(StackSpec, Vec<Event>), Fault> {
    let mut spec = spec.clone();
    let mut changes = Vec::new();
    for (key, service) in &mut spec.services {
        let digest = digests.get(&service.image);
        let message = || format!("image {} of service {key} was not prepared", service.image);
        service.image = digest.cloned().ok_or_else(|| Fault::Bug { message: message() })?;
        if endpoint_mode == EndpointMode::Dnsrr {
            without_ipvs(key, service, &mut changes)?;
        }
    }
    let name = spec.name.clone();
    for (key, network) in &mut spec.networks {
        if network.external && network.name == SHARED {
            *network = stand_in(&name, network);
            let reason =
                "each unit has an edge of its own, and a decoy stands there for other stacks";
            changes.push(Change {
                what: Adaptation::Network,
                object: key.clone(),
                from: format!("{SHARED}, shared"),
                to: "private".to_owned(),
                reason,
            });
        }
        if !network.external && !network.attachable {
            network.attachable = true;
            let reason = "the gateway is a plain container and has to join it";
            changes.push(Change {
                what: Adaptation::Network,
                object: key.clone(),
                from: "not attachable".to_owned(),
                to: "attachable".to_owned(),
                reason,
            });
        }
    }
    if edge == Wanted::Yes && edge::network(&spec).is_none() {
        // Nothing of the stack is on it: the edge answers that it knows no way to the app.
        let network = stand_in(&name, &NetworkSpec::default());
        spec.networks.insert(EDGE_KEY.to_owned(), network);
    }
    changes.extend(limits::add(&mut spec, ceilings));
    Ok((spec, changes.into_iter().map(Change::event).collect()))
}

/// What is different here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) what: Adaptation,
    pub(crate) object: String,
    pub(crate) from: String,
    pub(crate) to: String,
    pub(crate) reason: &'static str,
}

impl Change {
    fn event(self) -> Event {
        let Self { what, object, from, to, reason } = self;
        Event::Adapted { what, object, from, to, reason: reason.to_owned() }
    }
}

/// Virtual addresses and the routing mesh both are IPVS. Without it a service is found by its tasks'
/// own addresses, and what it publishes is published by its one task.
fn without_ipvs(
    key: &str,
    service: &mut ServiceSpec,
    changes: &mut Vec<Change>,
) -> Result<(), Fault> {
    let mut change = |what, from: &str, to: &str, reason| {
        let (object, from, to) = (key.to_owned(), from.to_owned(), to.to_owned());
        changes.push(Change { what, object, from, to, reason });
    };
    if service.endpoint_mode == EndpointMode::Vip {
        service.endpoint_mode = EndpointMode::Dnsrr;
        let reason = "the kernel has no IPVS, a virtual address would not answer";
        change(Adaptation::EndpointMode, "vip", "dnsrr", reason);
    }
    let copies = service.mode;
    let mut moved = false;
    for port in service.ports.iter_mut().filter(|port| port.mode == PortMode::Ingress) {
        let number = port.published.unwrap_or(port.target);
        if matches!(copies, Mode::Replicated(copies) if copies > 1) {
            let error = format!(
                "port {number} of several copies needs the routing mesh, and the kernel has no IPVS"
            );
            return Err(Fault::NotSchedulable { service: key.to_owned(), error });
        }
        port.mode = PortMode::Host;
        moved = true;
        let reason = "the kernel has no IPVS, the routing mesh would not carry it";
        let (from, to) = (format!("{number} ingress"), format!("{number} host"));
        change(Adaptation::Port, &from, &to, reason);
    }
    let policies = [&mut service.update, &mut service.rollback];
    for policy in policies.into_iter().flatten() {
        if moved && policy.order == Some(UpdateOrder::StartFirst) {
            policy.order = Some(UpdateOrder::StopFirst);
            let reason = "two tasks cannot hold one port of the node, as the routing mesh allows";
            change(Adaptation::UpdateOrder, "start-first", "stop-first", reason);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use cc_ci_model::{PortSpec, Protocol, UpdatePolicy};

    use super::*;

    fn service(mode: PortMode, order: UpdateOrder) -> ServiceSpec {
        let port =
            PortSpec { target: 7835, published: Some(7835), protocol: Protocol::default(), mode };
        let update = UpdatePolicy { order: Some(order), ..UpdatePolicy::default() };
        ServiceSpec { ports: vec![port], update: Some(update), ..ServiceSpec::default() }
    }

    fn adapted(service: &mut ServiceSpec) -> Result<Vec<String>, Fault> {
        let mut changes = Vec::new();
        without_ipvs("app", service, &mut changes)?;
        Ok(changes.into_iter().map(|c| format!("{} → {}", c.from, c.to)).collect())
    }

    #[test]
    fn the_mesh_is_left_out_with_all_that_hangs_on_it() {
        let mut app = service(PortMode::Ingress, UpdateOrder::StartFirst);
        let expected = ["vip → dnsrr", "7835 ingress → 7835 host", "start-first → stop-first"];
        assert_eq!(adapted(&mut app).unwrap(), expected);
        let mut expected = service(PortMode::Host, UpdateOrder::StopFirst);
        expected.endpoint_mode = EndpointMode::Dnsrr;
        assert_eq!(app, expected);
        assert!(adapted(&mut app).unwrap().is_empty(), "nothing is left to change");
    }

    #[test]
    fn what_the_recipe_gets_wrong_by_itself_stays_wrong() {
        let mut app = service(PortMode::Host, UpdateOrder::StartFirst);
        assert_eq!(adapted(&mut app).unwrap(), ["vip → dnsrr"]);
        assert_eq!(app.update.unwrap().order, Some(UpdateOrder::StartFirst));
    }

    #[test]
    fn several_copies_of_one_port_are_the_node_s_fault() {
        let mut app = service(PortMode::Ingress, UpdateOrder::StopFirst);
        app.mode = Mode::Replicated(2);
        let fault = adapted(&mut app).unwrap_err();
        assert!(matches!(fault, Fault::NotSchedulable { .. }), "{fault}");
        assert_eq!(fault.origin().0, cc_ci_model::Owner::Harness);
    }
}
