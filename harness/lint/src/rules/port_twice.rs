//! One port for two services.

use std::collections::BTreeMap;

use crate::finding::Found;
use crate::rule::{Check, Rule, Severity};
use crate::stack::Stack;

pub(super) const RULE: Rule = Rule {
    id: "C043",
    name: "port-twice",
    severity: Severity::Error,
    title: "no two services publish one port",
    why: "the engine refuses the second service with `port is already in use`, and half of the stack \
          is deployed",
    remedy: "publish another port, or none",
    check: Check::Stack(check),
};

fn check(stack: &Stack<'_>, found: &mut Found) {
    let mut taken: BTreeMap<(String, &str), &str> = BTreeMap::new();
    let services: Vec<_> = stack.services().collect();
    for service in &services {
        for port in service.ports() {
            let Some(published) = port.published else { continue };
            let protocol = port.protocol.unwrap_or("tcp");
            let earlier = taken.insert((published.to_owned(), protocol), service.name());
            if let Some(earlier) = earlier {
                let message = if earlier == service.name() {
                    format!("`{earlier}` publishes port {published}/{protocol} twice")
                } else {
                    format!("`{earlier}` publishes port {published}/{protocol}, too")
                };
                found.at(port.place, service.key("ports"), message);
            }
        }
    }
}
