//! Two tasks for one port of the host.

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C012",
    name: "host-port-start-first",
    severity: Severity::Error,
    title: "a service with a port of the host updates stop-first",
    why: "start-first starts the new task while the old one still holds the port, so on one node \
          the new task can never start and every update hangs or is rolled back",
    remedy: "set update_config.order to stop-first, or publish the port in ingress mode",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    for service in stack.changed_services() {
        let order = service.word(&["deploy", "update_config", "order"]);
        if order.is_some_and(|(order, _)| order == "start-first")
            && let Some(port) = service.host_ports().next()
        {
            let message =
                format!("`{}` updates start-first and has a port of the host", service.name());
            found.at(&port.place, service.key("ports"), message);
        }
    }
}
